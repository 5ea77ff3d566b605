/*
 * One round is an exchange.  When it gave an answer:
 *
 *   1. without `until`, or when that holds: judge it, save, done;
 *   2. when the next round would begin after `within`: done, failed by `until`;
 *   3. else the look is begun anew, and after `every` comes the next round.
 *
 * No answer ends the step at once: what `until` waits for is a state, not a
 * server.  The step's whole time is that of all rounds, its other phases those
 * of the last.
 */
#include "checks/step.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/expr.h"
#include "base/loop.h"
#include "base/str.h"
#include "base/units.h"
#include "checks/engine_priv.h"
#include "checks/exchange.h"
#include "checks/expect.h"
#include "checks/expect_fill.h"
#include "checks/look.h"
#include "checks/save.h"
#include "checks/scope.h"
#include "checks/spec.h"

#define LAST_MAX RESULT_MESSAGE_MAX /* bytes of what `until` saw last */

struct step {
    struct step_opts opts;
    step_done_fn *done;
    void *cookie;
    struct exchange *exchange;
    struct loop_timer *deadline; /* its own, when that is before the run's */
    struct loop_timer *wait;     /* for the next round; or it ended in start */
    mono_t began;
    mono_t ends;
    int rounds;
    enum reason until_reason; /* what `until` asks about */
    char last[LAST_MAX];      /* what it saw last */
};

static struct loop *
loop_of(const struct step *step)
{
    return step->opts.scope->engine->loop;
}

static void
end(struct step *step)
{
    loop_timer_cancel(step->deadline);
    step->deadline = NULL;
    look_stop(step->opts.look);
    step->done(step->cookie);
}

/* ---- the answer ---- */

static void
save(struct step *step)
{
    const struct spec_step *spec = step->opts.spec;
    struct scope *scope = step->opts.scope;
    struct look *look = step->opts.look;
    struct save_seen seen = {
        .head = look->seen.head,
        .head_len = look->seen.head_len,
        .body = look->seen.body,
        .body_len = look->seen.body_len,
        .doc = look->seen.doc,
        .jar = scope->jar,
        .now = loop_wall(loop_of(step)),
    };
    char why[SAVE_WHY_MAX];

    for (size_t i = 0; i < spec->save_count; i++) {
        const struct spec_save *one = &spec->saves[i];
        enum save_end end = save_take(one->from, &seen, scope_values(scope),
                                      scope_flags(scope, one->name), why);

        if (end == SAVE_OK)
            continue;
        look_fault(look,
                   end == SAVE_MISSING ? REASON_SAVE_MISSING
                                       : REASON_SAVE_INVALID,
                   "%s", why);
        break;
    }
    look->seen.doc = seen.doc;
}

static void
judge(struct step *step)
{
    const struct spec_step *spec = step->opts.spec;
    struct look *look = step->opts.look;

    look_stop(look);
    if (look->status == STATUS_UP && spec->expect.count == 0)
        expect_ok(look);
    if (look->status == STATUS_UP)
        expect_fill_judge(look, step->opts.scope, &spec->expect,
                          &spec->degraded_when);
    if (look->status == STATUS_UP || look->status == STATUS_DEGRADED)
        save(step);
}

/* ---- rounds ---- */

static void start_round(struct step *step);

static void
fault_of_until(struct step *step)
{
    char took[UNITS_TEXT_MAX];
    int64_t ns = clock_since_ns(step->began, loop_now(loop_of(step)));

    look_fault(step->opts.look, step->until_reason,
               "%s (asked %d time%s in %s)", step->last, step->rounds,
               step->rounds == 1 ? "" : "s",
               units_format_duration(took, ns / NS_PER_MS * NS_PER_MS));
    step->opts.look->expected = expr_text(step->opts.spec->until);
}

static void
on_wait(void *cookie)
{
    struct step *step = cookie;
    struct look *look = step->opts.look;
    int64_t queue_us = look->queue_us;

    step->wait = NULL;
    exchange_cancel(step->exchange);
    step->exchange = NULL;
    look_free(look);
    look_init(look, loop_of(step));
    look->began = step->began;
    look->queue_us = queue_us;
    start_round(step);
}

/* Also true when it never can be: then the look says why. */
static bool
is_met(struct step *step)
{
    const struct expr *until = step->opts.spec->until;
    struct look *look = step->opts.look;
    char why[TEMPLATE_WHY_MAX] = "";
    enum reason reason = REASON_NONE;
    struct expr *filled = NULL;
    bool holds;

    if (expect_fill_is_needed(until))
        filled = expect_fill(step->opts.scope, until, &reason, why);
    if (reason != REASON_NONE) {
        look_fault(look, reason, "%s", why);
        return true;
    }
    holds = expect_until(look, filled != NULL ? filled : until,
                         &step->until_reason, step->last, sizeof(step->last));
    expr_free(filled);
    return holds;
}

/* True when there is to be another round. */
static bool
waits(struct step *step)
{
    const struct spec_step *spec = step->opts.spec;
    int64_t waited = clock_since_ns(step->began, loop_now(loop_of(step)));

    if (is_met(step))
        return false;
    if (waited + spec->until_every_ns > spec->until_within_ns) {
        fault_of_until(step);
        return false;
    }
    look_forget(step->opts.look);
    step->wait =
        loop_timer_start(loop_of(step), spec->until_every_ns, on_wait, step);
    return true;
}

static void
on_exchange(void *cookie)
{
    struct step *step = cookie;

    (void)scope_hide(step->opts.scope, step->opts.look);
    if (step->opts.look->status == STATUS_UP &&
        step->opts.spec->until != NULL && waits(step))
        return;
    judge(step);
    end(step);
}

static void
on_failed_start(void *cookie)
{
    struct step *step = cookie;

    step->wait = NULL;
    end(step);
}

static void
start_round(struct step *step)
{
    struct exchange_opts opts = {
        .scope = step->opts.scope,
        .request = &step->opts.spec->request,
        .look = step->opts.look,
        .deadline = step->ends,
        .keeps_cookies = true,
    };

    step->rounds++;
    step->exchange = exchange_start(&opts, on_exchange, step);
    if (step->exchange != NULL)
        return;
    look_fault(step->opts.look, REASON_LOCAL_LIMIT, "%s", strerror(errno));
    step->wait = loop_timer_start(loop_of(step), 0, on_failed_start, step);
}

/* ---- the whole ---- */

static void
on_deadline(void *cookie)
{
    struct step *step = cookie;

    step->deadline = NULL;
    step_expire(step);
}

struct step *
step_start(const struct step_opts *opts, step_done_fn *done, void *cookie)
{
    struct step *step = str_xcalloc(1, sizeof(*step));
    int64_t own_ns = opts->spec->timeout_ns;

    step->opts = *opts;
    step->done = done;
    step->cookie = cookie;
    look_init(opts->look, loop_of(step));
    step->began = opts->look->began;
    step->ends = opts->deadline;
    if (own_ns > 0 && own_ns < clock_since_ns(step->began, opts->deadline)) {
        step->ends = clock_after(step->began, own_ns);
        step->deadline =
            loop_timer_start(loop_of(step), own_ns, on_deadline, step);
    }
    start_round(step);
    return step;
}

void
step_expire(struct step *step)
{
    if (step->exchange != NULL && step->wait == NULL) {
        exchange_expire(step->exchange); /* which comes back here */
        return;
    }
    loop_timer_cancel(step->wait);
    step->wait = NULL;
    if (step->opts.look->status == STATUS_UP)
        fault_of_until(step);
    end(step);
}

void
step_cancel(struct step *step)
{
    if (step == NULL)
        return;
    loop_timer_cancel(step->deadline);
    loop_timer_cancel(step->wait);
    exchange_cancel(step->exchange);
    free(step);
}
