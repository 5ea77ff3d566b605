/*
 * fake_engine.h - checks/ without checks: a test decides when each run ends and
 * how.  A text is compiled when it reads "every N" (seconds), or
 * "lock, every N" (with a timeout of 1 s).
 *
 * Over 150 lines on purpose: as fake_*.c it would be linked into every test of
 * the probe, in the place of the engine that most of them run.
 *
 * Include it once in a test that links nothing of checks/.
 */
#ifndef TESTS_LIB_FAKE_ENGINE_H
#define TESTS_LIB_FAKE_ENGINE_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/str.h"
#include "checks/catalog.h"
#include "checks/check.h"
#include "checks/engine.h"
#include "checks/spec.h"
#include "wire/result.h"

#define FAKE_ENGINE_MAX 1024

struct engine {
    int dummy;
};

struct check {
    struct spec *spec;
    struct check_run run;
    check_done_fn *done;
    void *cookie;
};

static struct check *fake_engine_runs[FAKE_ENGINE_MAX]; /* oldest first */
static size_t fake_engine_count;
static size_t fake_engine_started;
static size_t fake_engine_compiled;
static size_t fake_engine_specs; /* alive */

struct engine *
engine_create(const struct engine_opts *opts)
{
    (void)opts;
    return calloc(1, sizeof(struct engine));
}

void
engine_free(struct engine *engine)
{
    assert(fake_engine_count == 0);
    free(engine);
}

struct spec *
catalog_compile(const char *text, char *why, size_t cap)
{
    struct spec *spec;
    int64_t every_s;

    bool is_locked = str_starts(text, "lock, ");

    fake_engine_compiled++;
    text += is_locked ? strlen("lock, ") : 0;
    if (!str_starts(text, "every ") || str_parse_i64(text + 6, &every_s) != 0) {
        (void)snprintf(why, cap, "not a fake check");
        return NULL;
    }
    spec = calloc(1, sizeof(*spec));
    assert(spec != NULL);
    spec->refs = 1;
    spec->every_ns = every_s * NS_PER_S;
    spec->timeout_ns = NS_PER_S;
    spec->lock = is_locked;
    fake_engine_specs++;
    return spec;
}

struct spec *
catalog_of_target(const char *target, const char *const *expects,
                  size_t expect_count, struct diag *diag)
{
    struct spec *spec;
    char why[64];

    (void)expects;
    (void)expect_count;
    if (strcmp(target, "bad") == 0) {
        diag_add(diag, DIAG_ERROR, (struct diag_pos){target, 1, 1, 1}, NULL,
                 "not a target");
        return NULL;
    }
    spec = catalog_compile("every 30", why, sizeof(why));
    spec->target = str_xdup(target);
    return spec;
}

struct spec *
spec_ref(struct spec *spec)
{
    spec->refs++;
    return spec;
}

void
spec_free(struct spec *spec)
{
    if (spec == NULL || --spec->refs > 0)
        return;
    fake_engine_specs--;
    free(spec->target);
    free(spec);
}

struct check *
check_start(struct engine *engine, struct spec *spec,
            const struct check_run *run, check_done_fn *done, void *cookie)
{
    struct check *check = calloc(1, sizeof(*check));

    (void)engine;
    assert(check != NULL && fake_engine_count < FAKE_ENGINE_MAX);
    *check = (struct check){spec_ref(spec), *run, done, cookie};
    fake_engine_runs[fake_engine_count++] = check;
    fake_engine_started++;
    return check;
}

static inline void
fake_engine_forget(struct check *check)
{
    size_t i = 0;

    while (fake_engine_runs[i] != check)
        i++;
    fake_engine_count--;
    memmove(&fake_engine_runs[i], &fake_engine_runs[i + 1],
            (fake_engine_count - i) * sizeof(fake_engine_runs[0]));
    spec_free(check->spec);
}

void
check_cancel(struct check *check)
{
    if (check == NULL)
        return;
    fake_engine_forget(check);
    free(check);
}

/* Ends the run that is in flight longest. */
static inline void
fake_engine_end(enum status status)
{
    struct check *check = fake_engine_runs[0];
    struct result result;

    assert(fake_engine_count > 0);
    result_init(&result);
    result.check = "fake";
    result.run = check->run.run;
    result.asked = check->run.asked;
    result.slot = check->run.slot;
    result.status = status;
    if (status != STATUS_UP)
        result.reason = REASON_CONNECT_REFUSED;
    result.us[PHASE_TOTAL] = 1234;
    check->done(check->cookie, &result);
    if (check->run.gone != NULL)
        check->run.gone(check->cookie, NULL);
    fake_engine_forget(check);
    free(check);
}

#endif
