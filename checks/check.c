/*
 * One run, from its start to the one call of done(), and to its end:
 *
 *   1. the kind starts; the deadline's timer is set before it;
 *   2. the kind ends the run by check_end() or check_fail(), or the deadline
 *      does by asking the kind which phase it is in;
 *   3. an ended run is judged: failed already, else by its expectations, else
 *      by its kind's own; facts and evidence are added;
 *   4. done() is told; a kind may have something left to do (cleanup);
 *   5. gone() is told, the kind frees its state, the check is no more.
 *
 * A kind may end inside its start.  Then step 3 waits for the next turn of the
 * loop, so that whoever started the check holds its handle before it is told.
 */
#include "checks/check.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/expr.h"
#include "base/loop.h"
#include "base/mask.h"
#include "checks/check_priv.h"
#include "checks/engine_priv.h"
#include "checks/evidence.h"
#include "checks/expect.h"
#include "checks/expect_fill.h"
#include "checks/facts.h"
#include "checks/spec.h"

/* Judged where its heartbeats arrive: nobody runs it. */
static void
start_unrun(struct check *check)
{
    check_fail(check, REASON_LOCAL_CONFIG,
               "a %s check waits for heartbeats: the controller judges it, and "
               "no probe runs it",
               spec_kind_name(check->spec->kind));
}

static void
do_nothing(struct check *check)
{
    (void)check;
}

static const struct check_kind unrun = {
    .start = start_unrun,
    .expire = do_nothing,
    .cancel = do_nothing,
    .judge = do_nothing,
};

static const struct check_kind *
kind_of(enum spec_kind kind)
{
    switch (kind) {
    case SPEC_HTTP:
        return &http_check;
    case SPEC_DNS:
        return &dns_check;
    case SPEC_TLS:
        return &tls_check;
    case SPEC_TCP:
        return &tcp_check;
    case SPEC_JOURNEY:
        return &journey_check;
    case SPEC_ICMP:
        return &icmp_check;
    case SPEC_EXEC:
        return &exec_check;
    case SPEC_GRPC:
        return &grpc_check;
    case SPEC_WS:
        return &ws_check;
    case SPEC_PUSH:
        return &unrun;
    }
    assert(!"a kind without a row");
    return NULL;
}

static void
free_check(struct check *check)
{
    check->kind->cancel(check);
    loop_timer_cancel(check->deadline);
    loop_timer_cancel(check->ending);
    look_free(&check->look);
    buf_free(&check->evidence);
    buf_free(&check->hidden);
    check->engine->running--;
    spec_free(check->spec);
    free(check);
}

/* What a person is told holds no secret, whoever said it. */
static void
hide(struct check *check)
{
    struct look *look = &check->look;

    if (check->mask == NULL || mask_is_empty(check->mask))
        return;
    mask_in_place(check->mask, look->message, sizeof(look->message));
    facts_mask(&check->result, check->mask, &check->hidden);
}

void
check_prove(struct check *check, const struct look *look)
{
    struct evidence_opts opts = {check->spec->evidence, &check->spec->shown,
                                 check->mask};

    buf_reset(&check->evidence);
    check->result.evidence = evidence_of(look, &opts, &check->evidence);
}

static void
judge_all(struct check *check)
{
    const struct spec *spec = check->spec;

    if (check->scope != NULL)
        expect_fill_judge(&check->look, check->scope, &spec->expect,
                          &spec->degraded_when);
    else
        expect_judge(&check->look, &spec->expect, &spec->degraded_when);
}

/* Step 3: what the look says becomes the result. */
static void
conclude(struct check *check)
{
    struct look *look = &check->look;
    struct result *result = &check->result;

    look_stop(look);
    if (look->status == STATUS_UP && !check->is_judged &&
        check->spec->expect.count == 0)
        check->kind->judge(check);
    if (look->status == STATUS_UP && !check->is_judged)
        judge_all(check);
    facts_add(look, result);
    hide(check);
    result->lag_us =
        check->lag_us >= 0
            ? check->lag_us
            : loop_lag_since_ns(check->engine->loop, look->began) / NS_PER_US;
    result->status = look->status;
    result->reason = look->reason;
    result->message = look->message[0] != '\0' ? look->message : NULL;
    memcpy(result->us, look->us, sizeof(result->us));
    if (result->status != STATUS_UP && result->evidence == NULL)
        check_prove(check, look);
}

/* Step 3 and 4. */
static void
finish(void *cookie)
{
    struct check *check = cookie;
    struct result *result = &check->result;

    check->ending = NULL;
    loop_timer_cancel(check->deadline);
    check->deadline = NULL;
    conclude(check);
    check->is_telling = true;
    check->done(check->cookie, result);
    check->is_telling = false;
    if (check->is_dropped)
        free_check(check);
    else if (check->kind->linger == NULL || !check->kind->linger(check))
        check_leave(check, NULL);
}

void
check_leave(struct check *check, const char *unclean)
{
    if (check->gone != NULL)
        check->gone(check->cookie, unclean);
    free_check(check);
}

void
check_end(struct check *check)
{
    assert(!check->has_ended);
    check->has_ended = true;
    if (check->is_starting)
        check->ending = loop_timer_start(check->engine->loop, 0, finish, check);
    else
        finish(check);
}

void
check_fail(struct check *check, enum reason reason, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    look_vfault(&check->look, reason, format, args);
    va_end(args);
    check_end(check);
}

int64_t
check_left_ns(const struct check *check)
{
    mono_t now = loop_now(check->engine->loop);
    int64_t left =
        check->spec->timeout_ns - clock_since_ns(check->look.began, now);

    return left > NS_PER_MS ? left : NS_PER_MS;
}

static bool
asks(const struct spec_exprs *exprs, const char *subject)
{
    for (size_t i = 0; i < exprs->count; i++)
        if (expr_uses(exprs->item[i], subject))
            return true;
    return false;
}

bool
check_asks(const struct check *check, const char *subject)
{
    return asks(&check->spec->expect, subject) ||
           asks(&check->spec->degraded_when, subject);
}

static void
on_deadline(void *cookie)
{
    struct check *check = cookie;

    check->deadline = NULL;
    if (!check->has_ended)
        check->kind->expire(check);
}

/* All zero at first, but what says "none" by another value. */
static struct check *
create_check(struct engine *engine, struct spec *spec,
             const struct check_run *run)
{
    struct check *check = calloc(1, sizeof(*check));
    struct result *result;

    if (check == NULL)
        return NULL;
    check->engine = engine;
    check->spec = spec_ref(spec);
    check->kind = kind_of(spec->kind);
    look_init(&check->look, engine->loop);
    check->lag_us = -1;
    buf_init(&check->evidence, RESULT_EVIDENCE_MAX);
    buf_init(&check->hidden, FACTS_HIDDEN_MAX);
    result = &check->result;
    result_init(result);
    result->check = spec->name;
    result->version = spec->version;
    result->run = run->run;
    while (id_is_zero(&result->run))
        random_pool_get(&engine->random, result->run.byte,
                        sizeof(result->run.byte));
    result->asked = run->asked;
    result->slot = run->slot;
    result->started = loop_wall(engine->loop);
    engine->running++;
    return check;
}

struct check *
check_start(struct engine *engine, struct spec *spec,
            const struct check_run *run, check_done_fn *done, void *cookie)
{
    struct check *check = create_check(engine, spec, run);

    if (check == NULL)
        return NULL;
    check->done = done;
    check->cookie = cookie;
    check->gone = run->gone;
    check->is_starting = true;
    check->deadline =
        loop_timer_start(engine->loop, spec->timeout_ns, on_deadline, check);
    check->kind->start(check);
    check->is_starting = false;
    return check;
}

void
check_cancel(struct check *check)
{
    if (check == NULL)
        return;
    if (check->is_telling)
        check->is_dropped = true;
    else
        free_check(check);
}
