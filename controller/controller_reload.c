/*
 * A reload: the files are read and checked here, the secrets they name on the
 * keeper's thread, and only when both are right does the new configuration take
 * the old one's place, at one moment.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/secret_keeper.h"
#include "base/str.h"
#include "checks/catalog.h"
#include "checks/spec.h"
#include "controller/config.h"
#include "controller/controller_priv.h"

#define PROBLEMS_MAX (256u << 10)

struct controller_reload {
    struct controller *controller;
    struct config *fresh; /* NULL: it is wrong */
    struct buf problems;
    int secrets_rc;
    char secrets_why[SECRET_WHY_MAX];
    controller_reload_fn *done; /* NULL: cancelled */
    void *cookie;
};

static void
tell_fixed(struct buf *problems, const char *name, const char *was,
           const char *now)
{
    if (!str_eq(was, now))
        (void)buf_addf(problems, "warning: %s changed; that takes a restart\n",
                       name);
}

static void
tell_restart(struct buf *problems, const struct config *was,
             const struct config *now)
{
    tell_fixed(problems, "controller.listen", was->listen, now->listen);
    tell_fixed(problems, "controller.probes_listen", was->probes_listen,
               now->probes_listen);
    tell_fixed(problems, "controller.metrics_listen", was->metrics_listen,
               now->metrics_listen);
    tell_fixed(problems, "controller.data_dir", was->data_dir, now->data_dir);
    tell_fixed(problems, "controller.tls.cert", was->tls_cert, now->tls_cert);
    tell_fixed(problems, "controller.tls.key", was->tls_key, now->tls_key);
}

/* What became of the checks, as text and in the log. */
static void
tell_change(const struct controller *c, struct buf *problems,
            const struct config *was, const struct config *now)
{
    size_t count = catalog_count(now->catalog);
    size_t kept = 0;
    size_t changed = 0;

    for (size_t i = 0; i < count; i++) {
        const struct spec *spec = catalog_get(now->catalog, i);
        const struct spec *old = catalog_find(was->catalog, spec->name);

        kept += old != NULL;
        changed += old != NULL && old->version != spec->version;
    }
    (void)buf_addf(problems,
                   "%zu check%s: %zu added, %zu changed, %zu removed\n", count,
                   count == 1 ? "" : "s", count - kept, changed,
                   catalog_count(was->catalog) - kept);
    log_event(
        c->opts.log, EV_CONFIG_READ, LOG_INT("checks", (int64_t)count),
        LOG_INT("added", (int64_t)(count - kept)),
        LOG_INT("changed", (int64_t)changed),
        LOG_INT("removed", (int64_t)(catalog_count(was->catalog) - kept)));
}

/* On the keeper's thread, which alone has that set. */
static void
read_secrets(void *cookie)
{
    struct controller_reload *r = cookie;

    if (r->fresh != NULL)
        r->secrets_rc = secret_read(r->fresh->secrets, NULL, r->secrets_why,
                                    sizeof(r->secrets_why));
}

static void
swap(struct controller *c, struct config *fresh, struct buf *problems)
{
    struct config *old = c->config;

    tell_restart(problems, old, fresh);
    tell_change(c, problems, old, fresh);
    c->config = fresh;
    controller_use_config(c);
    config_free(old);
}

static void
free_reload(struct controller_reload *r)
{
    config_free(r->fresh);
    buf_free(&r->problems);
    free(r);
}

static void
on_secrets_read(void *cookie)
{
    struct controller_reload *r = cookie;
    struct controller *c = r->controller;
    int rc = r->fresh != NULL && r->secrets_rc == 0 ? 0 : -1;

    if (c->is_ending) {
        free_reload(r);
        return;
    }
    if (r->secrets_rc != 0)
        (void)buf_addf(&r->problems, "error: %s\n", r->secrets_why);
    if (rc == 0) {
        swap(c, r->fresh, &r->problems);
        r->fresh = NULL;
    } else {
        log_event(c->opts.log, EV_CONFIG_REFUSED,
                  LOG_STR("why", buf_text(&r->problems)));
    }
    if (r->done != NULL)
        r->done(r->cookie, rc, &r->problems);
    free_reload(r);
}

static void
load(struct controller_reload *r)
{
    const struct controller *c = r->controller;
    struct diag *diag = diag_create();

    if (c->opts.load != NULL)
        r->fresh = c->opts.load(c->opts.cookie, diag);
    else
        (void)buf_add_str(&r->problems,
                          "there is no file to read again: what is watched "
                          "here was said at the start; end it and start it "
                          "anew, or use `picket up --config PATH`\n");
    diag_print(diag, &r->problems, false);
    diag_free(diag);
}

struct controller_reload *
controller_reload_start(struct controller *c, controller_reload_fn *done,
                        void *cookie)
{
    struct controller_reload *r = str_xcalloc(1, sizeof(*r));

    r->controller = c;
    r->done = done;
    r->cookie = cookie;
    buf_init(&r->problems, PROBLEMS_MAX);
    load(r);
    if (secret_keeper_push(c->keeper, read_secrets, on_secrets_read, r) == 0)
        return r;
    free_reload(r);
    return NULL;
}

void
controller_reload_cancel(struct controller_reload *r)
{
    if (r != NULL)
        r->done = NULL;
}
