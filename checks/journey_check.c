/*
 * Steps one after the other, on one scope: what one saves the next may use, and
 * all of them have the same cookies.
 *
 *   values -> step -> step -> ... -> the outcome -> cleanup -> the end
 *               |                        ^
 *               +-- down or error -------+
 *
 * The first step that is down or in error is the outcome; a degraded one lets
 * the journey go on, and the first of those is the outcome when nothing worse
 * comes.  The run's phases are the sums over its steps, its time is that of the
 * whole, cleanup not counted.
 *
 * Cleanup comes after every outcome, also after the deadline, with a deadline of
 * its own, and never changes it.  A journey that failed is told at once and
 * cleans up afterwards; one that works is told when it has, with a row a step
 * of it, and with what went wrong there as the fact `cleanup`.  So is one with a
 * lock, as another region's turn begins when it is told.  A step of it that
 * needs a value that was never saved has nothing to clean up, and no row.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/loop.h"
#include "base/mask.h"
#include "base/str.h"
#include "checks/check_priv.h"
#include "checks/engine_priv.h"
#include "checks/expect.h"
#include "checks/scope.h"
#include "checks/spec.h"
#include "checks/step.h"
#include "checks/steps.h"
#include "checks/template.h"
#include "checks/values.h"

struct journey {
    struct check *check;
    struct scope scope;
    struct steps *steps;
    struct step *step; /* in flight; or ended, until the next begins */
    struct look look;  /* its */
    bool has_look;
    size_t at;      /* of steps, then of cleanup */
    size_t begun;   /* steps */
    size_t rows;    /* of the result: steps, then cleanup */
    size_t about;   /* the step whose facts are the run's */
    int64_t lag_us; /* of the loop, at its worst in a step */
    bool is_after;  /* cleanup, and the outcome was told */
    bool is_cleaning;
    struct loop_timer *deadline; /* of the cleanup */
    char unclean[RESULT_MESSAGE_MAX];
};

static const struct spec_journey *
spec_of(const struct journey *j)
{
    return &j->check->spec->of.journey;
}

/* ---- one step ---- */

static void on_step(void *cookie);

static void
drop_step(struct journey *j)
{
    step_cancel(j->step);
    j->step = NULL;
    if (j->has_look)
        look_free(&j->look);
    j->has_look = false;
}

static void
start_step(struct journey *j, const struct spec_step *spec, mono_t deadline)
{
    struct step_opts opts = {
        .scope = &j->scope,
        .spec = spec,
        .look = &j->look,
        .deadline = deadline,
    };

    drop_step(j);
    j->has_look = true;
    j->step = step_start(&opts, on_step, j);
}

/* ---- cleanup ---- */

static void
end_cleanup(struct journey *j)
{
    struct check *check = j->check;
    bool is_after = j->is_after;

    loop_timer_cancel(j->deadline);
    j->deadline = NULL;
    j->is_cleaning = false;
    if (is_after) {
        check_leave(check, j->unclean[0] != '\0' ? j->unclean : NULL);
        return;
    }
    if (j->unclean[0] != '\0')
        result_add_text(&check->result, FACT_CLEANUP, j->unclean);
    steps_give(j->steps, &check->result);
    check_end(check);
}

static void
note_unclean(struct journey *j, const char *name, const char *why)
{
    char whole[SPEC_NAME_MAX + RESULT_MESSAGE_MAX + 2];

    if (j->unclean[0] != '\0')
        return;
    (void)snprintf(whole, sizeof(whole), "%s: %s", name, why);
    j->check->mask = scope_mask(&j->scope);
    if (j->check->mask != NULL)
        mask_in_place(j->check->mask, whole, sizeof(whole));
    (void)str_copy(j->unclean, sizeof(j->unclean), whole);
}

static void
next_cleanup(struct journey *j)
{
    const struct spec_journey *spec = spec_of(j);
    mono_t now = loop_now(j->check->engine->loop);

    if (j->at == spec->cleanup_count || j->deadline == NULL)
        end_cleanup(j);
    else
        start_step(j, &spec->cleanup[j->at],
                   clock_after(now, spec->cleanup_timeout_ns));
}

/* The result that was told before it keeps the rows it has. */
static void
put_cleaned(struct journey *j)
{
    char *name;

    if (j->is_after)
        return;
    name =
        str_xprintf(RESULT_STEP_CLEANUP "%s", spec_of(j)->cleanup[j->at].name);
    steps_put(j->steps, j->rows++, name, &j->look, scope_mask(&j->scope));
    free(name);
}

static void
on_cleaned(struct journey *j)
{
    struct look *look = &j->look;
    bool is_unclean =
        look->status == STATUS_DOWN || look->status == STATUS_ERROR;

    if (is_unclean && look->reason != REASON_SAVE_MISSING)
        note_unclean(j, spec_of(j)->cleanup[j->at].name, look->message);
    if (look->reason != REASON_SAVE_MISSING)
        put_cleaned(j);
    j->at++;
    next_cleanup(j);
}

static void
on_cleanup_deadline(void *cookie)
{
    struct journey *j = cookie;

    j->deadline = NULL;
    step_expire(j->step); /* which comes back, the last one to do so */
}

static void
start_cleanup(struct journey *j)
{
    j->is_cleaning = true;
    j->at = 0;
    j->deadline =
        loop_timer_start(j->check->engine->loop, spec_of(j)->cleanup_timeout_ns,
                         on_cleanup_deadline, j);
    next_cleanup(j);
}

/* ---- the outcome ---- */

static bool
has_failed(const struct look *look)
{
    return look->status == STATUS_DOWN || look->status == STATUS_ERROR;
}

/* A soft fault of a step does not excuse a hard one of the whole. */
static void
judge_whole(struct check *check)
{
    struct look *look = &check->look;
    const struct spec *spec = check->spec;

    look_stop(look);
    look->is_over = true;
    check->is_judged = true;
    if (look->status == STATUS_UP ||
        (look->status == STATUS_DEGRADED && !expect_holds(look, &spec->expect)))
        expect_judge(look, &spec->expect, &spec->degraded_when);
}

static void
conclude(struct journey *j)
{
    struct check *check = j->check;
    bool has_cleanup = spec_of(j)->cleanup_count > 0 && j->begun > 0;

    check->mask = scope_hide(&j->scope, &check->look);
    judge_whole(check);
    steps_give(j->steps, &check->result);
    if (j->begun > 0)
        steps_give_facts(j->steps, j->about, &check->result);
    j->is_after = has_cleanup && has_failed(&check->look) &&
                  check->gone != NULL && !check->spec->lock;
    if (has_cleanup && !j->is_after)
        start_cleanup(j);
    else
        check_end(check);
}

/* Told: what is left of a failed journey. */
static bool
linger(struct check *check)
{
    struct journey *j = check->state;

    if (j->is_after)
        start_cleanup(j);
    return j->is_after;
}

/* ---- steps ---- */

static void
next_step(struct journey *j)
{
    const struct spec_journey *spec = spec_of(j);
    const struct check *check = j->check;

    if (j->at == spec->step_count) {
        conclude(j);
        return;
    }
    j->begun++;
    start_step(j, &spec->steps[j->at],
               clock_after(check->look.began, check->spec->timeout_ns));
}

/* The run's outcome so far, and its evidence. */
static void
take_outcome(struct journey *j)
{
    struct check *check = j->check;
    struct look *whole = &check->look;
    const struct look *look = &j->look;

    if (look->status == STATUS_UP ||
        (look->status == STATUS_DEGRADED && whole->status == STATUS_DEGRADED))
        return;
    look_fault(whole, look->reason, "%s: %s", spec_of(j)->steps[j->at].name,
               look->message);
    whole->status = look->status;
    whole->expected = look->expected;
    whole->is_unwanted = look->is_unwanted;
    check_prove(check, look);
}

/* How late the loop was matters where it may have made the outcome: in the
 * step that failed, else in all of them. */
static void
take_lag(struct journey *j)
{
    struct check *check = j->check;
    int64_t lag_us =
        loop_lag_since_ns(check->engine->loop, j->look.began) / NS_PER_US;

    if (lag_us > j->lag_us)
        j->lag_us = lag_us;
    check->lag_us = has_failed(&j->look) ? lag_us : j->lag_us;
}

static void
on_step(void *cookie)
{
    struct journey *j = cookie;
    struct check *check = j->check;

    if (j->is_cleaning) {
        on_cleaned(j);
        return;
    }
    check->mask = scope_mask(&j->scope);
    take_outcome(j);
    take_lag(j);
    steps_put(j->steps, j->at, spec_of(j)->steps[j->at].name, &j->look,
              check->mask);
    j->rows++;
    for (int p = 0; p < PHASE_TOTAL; p++)
        look_add_us(&check->look, (enum phase)p, j->look.us[p]);
    check->look.queue_us += j->look.queue_us;
    j->about = j->at++;
    if (has_failed(&j->look))
        conclude(j);
    else
        next_step(j);
}

/* ---- values ---- */

/* Each has a moment of its own: two ${uuid} are two. */
static enum reason
make_value(struct journey *j, const struct spec_field *field,
           char why[TEMPLATE_WHY_MAX])
{
    struct template_moment moment =
        template_moment(loop_wall(j->check->engine->loop));
    struct scope_place place = {
        .context = TEMPLATE_IN_TEXT,
        .moment = &moment,
    };
    struct buf text;
    enum reason reason;

    buf_init(&text, VALUES_BYTES_MAX);
    why[0] = '\0';
    reason = scope_expand(&j->scope, field->value, &place, &text, why);
    if (reason == REASON_NONE &&
        scope_set(&j->scope, field->name, buf_text(&text), text.len,
                  text.wipes) < 0) {
        (void)snprintf(why, TEMPLATE_WHY_MAX, "over %d values, or %d bytes",
                       VALUES_MAX, VALUES_BYTES_MAX);
        reason = REASON_LOCAL_LIMIT;
    }
    buf_free(&text);
    return reason;
}

/* ---- the run ---- */

static void
start(struct check *check)
{
    struct journey *j = str_xcalloc(1, sizeof(*j));
    const struct spec_fields *values = &check->spec->of.journey.values;
    char why[TEMPLATE_WHY_MAX];

    check->state = j;
    j->check = check;
    j->steps = steps_create();
    scope_init(&j->scope, check->engine, check->spec, &check->result.run);
    for (size_t i = 0; i < values->count; i++) {
        enum reason reason = make_value(j, &values->item[i], why);

        if (reason == REASON_NONE)
            continue;
        check_fail(check, reason, "values.%s: %s", values->item[i].name, why);
        return;
    }
    next_step(j);
}

/* Cleanup has a deadline of its own. */
static void
expire(struct check *check)
{
    struct journey *j = check->state;

    if (!j->is_cleaning)
        step_expire(j->step);
}

static void
cancel(struct check *check)
{
    struct journey *j = check->state;

    loop_timer_cancel(j->deadline);
    drop_step(j);
    steps_free(j->steps);
    scope_clear(&j->scope);
    free(j);
}

/* Every step was. */
static void
judge(struct check *check)
{
    (void)check;
}

const struct check_kind journey_check = {
    .start = start,
    .expire = expire,
    .cancel = cancel,
    .judge = judge,
    .linger = linger,
};
