#include "cli/run_once.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/loop.h"
#include "base/secret.h"
#include "base/str.h"
#include "base/trust.h"
#include "checks/check.h"
#include "checks/engine.h"
#include "checks/spec.h"
#include "wire/result.h"

#define AT_ONCE     16
#define CA_FILE_MAX (1u << 20) /* bytes */

struct once;

struct slot {
    struct once *once;
    struct check *check; /* NULL: free */
    struct spec *spec;
};

struct once {
    const struct run_once_opts *opts;
    struct loop *loop;
    struct engine *engine;
    struct slot *slots;
    size_t slot_count;
    size_t next; /* of the specs */
    size_t running;
    size_t reported;
};

static void start_next(struct once *once);

static void
on_done(void *cookie, const struct result *result)
{
    struct slot *slot = cookie;
    struct once *once = slot->once;
    slot->check = NULL;
    once->running--;
    once->reported++;
    once->opts->each(once->opts->cookie, slot->spec, result);
    start_next(once);
}

static void
start_next(struct once *once)
{
    for (size_t i = 0; i < once->slot_count; i++) {
        struct slot *slot = &once->slots[i];
        if (slot->check != NULL || once->next == once->opts->count)
            continue;
        struct check_run run = {.slot = loop_wall(once->loop)};
        slot->spec = once->opts->specs[once->next++];
        slot->check =
            check_start(once->engine, slot->spec, &run, on_done, slot);
        once->running += slot->check != NULL ? 1 : 0;
    }
    if (once->running == 0)
        loop_stop(once->loop);
}

static void
begin(void *cookie)
{
    start_next(cookie);
}

static void
interrupt(void *cookie)
{
    struct once *once = cookie;
    loop_stop(once->loop);
}

static struct trust *
make_trust(const char *ca_file)
{
    char why[256];
    struct buf pem;
    buf_init(&pem, CA_FILE_MAX);
    if (ca_file != NULL && file_read(ca_file, &pem) != 0) {
        fprintf(stderr,
                "picket: %s cannot be read: it should hold CA certificates "
                "in PEM\n",
                ca_file);
        buf_free(&pem);
        return NULL;
    }
    struct trust *trust = trust_create(
        NULL, ca_file != NULL ? buf_text(&pem) : NULL, why, sizeof why);
    if (trust == NULL)
        fprintf(stderr, "picket: %s\n", why);
    buf_free(&pem);
    return trust;
}

static void
read_secret(void *cookie, const struct secret_def *def)
{
    char why[SECRET_WHY_MAX]; /* the run that needs it says it */
    (void)secret_read(cookie, def->name, why, sizeof why);
}

/* Those alone that a check uses: the password of the mail server is none of
 * this command's business.  Before the loop runs, so it may block. */
static void
read_secrets(const struct run_once_opts *opts)
{
    for (size_t i = 0; opts->secrets != NULL && i < opts->count; i++)
        if (opts->specs[i]->secrets != NULL)
            secret_each(opts->specs[i]->secrets, read_secret, opts->secrets);
}

/* -1: not every check has reported, and that is said. */
static int
drive(struct once *once)
{
    size_t missing;
    struct loop_watch *term =
        loop_signal_start(once->loop, SIGTERM, interrupt, once);
    struct loop_watch *quit =
        loop_signal_start(once->loop, SIGINT, interrupt, once);
    loop_post(once->loop, begin, once);
    loop_run(once->loop);
    for (size_t i = 0; i < once->slot_count; i++)
        check_cancel(once->slots[i].check);
    loop_watch_cancel(term);
    loop_watch_cancel(quit);
    missing = once->opts->count - once->reported;
    if (missing > 0)
        fprintf(stderr, "picket: interrupted: %zu of %zu check%s no result\n",
                missing, once->opts->count,
                once->opts->count == 1 ? " has" : "s have");
    return missing > 0 ? -1 : 0;
}

int
run_once(const struct run_once_opts *opts)
{
    struct once once = {.opts = opts};
    struct trust *trust = make_trust(opts->ca_file);
    if (trust == NULL)
        return -1;
    once.loop = loop_create();
    struct engine_opts engine = {.loop = once.loop,
                                 .trust = trust,
                                 .resolvers = opts->resolvers,
                                 .plugins = opts->plugins,
                                 .secrets = opts->secrets};
    read_secrets(opts);
    once.engine = engine_create(&engine);
    once.slot_count = opts->at_once_max ? opts->at_once_max : AT_ONCE;
    once.slots = str_xcalloc(once.slot_count, sizeof *once.slots);
    for (size_t i = 0; i < once.slot_count; i++)
        once.slots[i].once = &once;
    int rc = once.engine == NULL ? -1 : 0;
    if (rc == 0)
        rc = drive(&once);
    else
        perror("picket: the engine does not start");
    free(once.slots);
    engine_free(once.engine);
    loop_free(once.loop);
    trust_free(trust);
    return rc;
}

void
run_once_add_json(struct buf *out, const struct spec *spec,
                  const struct result *result)
{
    struct json j = json_begin(out);
    struct result_place place = {.kind = spec_kind_name(spec->kind),
                                 .target = spec->target,
                                 .region = "local"};

    result_format_json(&j, NULL, result, &place);
    (void)buf_add_str(out, "\n");
}

int
run_once_exit_code(const int *status_counts)
{
    if (status_counts[STATUS_DOWN] > 0)
        return 2;
    if (status_counts[STATUS_ERROR] > 0)
        return 3;
    return status_counts[STATUS_DEGRADED] > 0 ? 1 : 0;
}
