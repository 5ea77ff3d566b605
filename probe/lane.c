/*
 * A run's way here: due, or asked for -> waits for a place -> runs -> reported;
 * one that was asked for and failed pauses, then begins a second time.  Runs
 * that wait stand in one line: those asked for, in the order they were, before
 * those merely due; a second begin before all of them.
 */
#include "probe/lane.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "base/clock_step.h"
#include "base/id.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/str.h"
#include "checks/check.h"
#include "checks/engine.h"
#include "probe/asked.h"
#include "probe/outcome.h"
#include "probe/recall.h"
#include "probe/roster.h"
#include "probe/schedule.h"
#include "wire/message.h"
#include "wire/result.h"

#define WAKE_MAX_NS (5 * NS_PER_S)    /* so that a clock step is noticed */
#define PULSE_NS    (100 * NS_PER_MS) /* while something runs */
#define SLACK_NS    (100 * NS_PER_MS) /* a turn of the loop */

struct run {
    TAILQ_ENTRY(run) link; /* in one of the lane's lines */
    struct lane *lane;
    struct roster_check *of;
    struct check *check;      /* NULL: waiting, or for its second begin */
    struct loop_timer *again; /* until the second begin */
    struct check_run what;
    mono_t begun;
    mono_t expires;   /* of a run-now */
    int64_t again_ns; /* 0: no second */
    bool is_asked;
    bool has_failed; /* the begin that is over */
};

TAILQ_HEAD(line, run);

struct lane {
    struct lane_opts opts;
    struct loop *loop;
    struct engine *engine;
    struct schedule *schedule;
    struct roster *roster;
    struct loop_timer *due_timer;
    struct line running;
    size_t running_count;
    struct line waiting;
    struct line pausing; /* between the two begins of a run-now */
    struct recall *recall;
    struct asked asked;
    size_t asked_count;
    struct clock_step step;
    atomic_uint_fast64_t overruns, delayed, missed, asked_dropped;
};

static struct schedule_clock
clock_of(const struct lane *lane)
{
    return (struct schedule_clock){loop_now(lane->loop), loop_wall(lane->loop)};
}

/* ---- runs -------------------------------------------------------------- */

static void start_waiting(struct lane *lane);
static void begin(struct run *run);
static void wake_when_due(struct lane *lane);

static void
free_run(struct run *run)
{
    if (run->of->turn == run)
        run->of->turn = NULL;
    if (run->is_asked)
        run->lane->asked_count--;
    free(run);
}

static void
on_again(void *cookie)
{
    struct run *run = cookie;

    run->again = NULL;
    run->again_ns = 0;
    TAILQ_REMOVE(&run->lane->pausing, run, link);
    TAILQ_INSERT_HEAD(&run->lane->waiting, run, link);
    start_waiting(run->lane);
}

/* The second begin counts from the first, not from its end. */
static void
pause_run(struct run *run)
{
    mono_t now = loop_now(run->lane->loop);
    int64_t wait_ns = run->again_ns - clock_since_ns(run->begun, now);

    run->what.run = (struct id){{0}};
    TAILQ_INSERT_TAIL(&run->lane->pausing, run, link);
    run->again = loop_timer_start(run->lane->loop, wait_ns, on_again, run);
}

static void
report(struct run *run, struct result *result)
{
    struct lane *lane = run->lane;
    int64_t lag_us = 0;

    if (result->step_count == 0) /* with steps it knows which one counts */
        lag_us = loop_lag_since_ns(lane->loop, run->begun) / NS_PER_US;
    result = outcome_lag(result, lag_us, (int64_t)LANE_LAG_MAX_MS * 1000);
    result = recall_tell(lane->recall, result, run->is_asked);
    lane->opts.on_result(lane->opts.cookie, result, run->is_asked);
}

static void
on_check_done(void *cookie, const struct result *result)
{
    struct run *run = cookie;
    struct result *copy = result_copy(result);

    run->has_failed =
        result->status == STATUS_DOWN || result->status == STATUS_ERROR;
    if (copy != NULL)
        report(run, copy);
}

/* The result is on its way; the place is free only now. */
static void
on_check_gone(void *cookie, const char *unclean)
{
    struct run *run = cookie;
    struct lane *lane = run->lane;

    if (unclean != NULL)
        log_event(lane->opts.log, EV_CHECK_UNCLEAN,
                  LOG_STR("check", run->of->as->check),
                  LOG_STR("error", unclean));
    run->check = NULL;
    TAILQ_REMOVE(&lane->running, run, link);
    lane->running_count--;
    if (run->again_ns > 0 && run->has_failed)
        pause_run(run);
    else
        free_run(run);
    start_waiting(lane);
}

static void
report_refused(struct run *run, enum reason reason, const char *why)
{
    struct result *result = outcome_refused(
        run->of->as, &run->what, loop_wall(run->lane->loop), reason, why);

    if (result != NULL)
        run->lane->opts.on_result(run->lane->opts.cookie, result,
                                  run->is_asked);
}

/* `run` is in no line. */
static void
begin(struct run *run)
{
    struct lane *lane = run->lane;
    char why[RESULT_MESSAGE_MAX];
    struct spec *spec = roster_spec(lane->roster, run->of, why, sizeof(why));
    enum reason reason = REASON_LOCAL_CONFIG;

    if (spec != NULL) {
        run->begun = loop_now(lane->loop);
        run->check =
            check_start(lane->engine, spec, &run->what, on_check_done, run);
        reason = REASON_LOCAL_LIMIT;
        (void)str_copy(why, sizeof(why), "no memory to run the check");
    }
    if (run->check != NULL) {
        TAILQ_INSERT_TAIL(&lane->running, run, link);
        lane->running_count++;
        if (lane->running_count == 1)
            wake_when_due(lane);
        return;
    }
    report_refused(run, reason, why);
    free_run(run);
}

static bool
has_expired(const struct run *run)
{
    return (run->is_asked || run->of->slack_ns >= 0) &&
           clock_since_ns(run->expires, loop_now(run->lane->loop)) >= 0;
}

static void
start_waiting(struct lane *lane)
{
    struct run *run;

    while ((run = TAILQ_FIRST(&lane->waiting)) != NULL &&
           lane->running_count < lane->opts.concurrency_max) {
        TAILQ_REMOVE(&lane->waiting, run, link);
        if (!has_expired(run)) {
            begin(run);
            continue;
        }
        if (!run->is_asked)
            report_refused(run, REASON_LOCAL_OVERLOAD, OUTCOME_TOO_LATE);
        free_run(run);
    }
}

static struct run *
make_run(struct lane *lane, struct roster_check *c, wall_t slot)
{
    struct run *run = str_xcalloc(1, sizeof(*run));

    run->lane = lane;
    run->of = c;
    run->what.slot = slot;
    run->what.gone = on_check_gone;
    return run;
}

static void
on_turn(struct lane *lane, struct roster_check *c, wall_t slot)
{
    if (c->turn != NULL) {
        atomic_fetch_add(&lane->overruns, 1);
        if (!c->is_overrun)
            log_event(lane->opts.log, EV_SCHEDULE_OVERRUN,
                      LOG_STR("check", c->as->check));
        c->is_overrun = true;
        return;
    }
    c->is_overrun = false;
    if (lane->running_count >= lane->opts.concurrency_max)
        atomic_fetch_add(&lane->delayed, 1);
    c->turn = make_run(lane, c, slot);
    c->turn->expires =
        clock_after(loop_now(lane->loop), c->slack_ns + SLACK_NS);
    TAILQ_INSERT_TAIL(&lane->waiting, c->turn, link);
}

/* ---- time -------------------------------------------------------------- */

static void
notice_step(struct lane *lane, struct schedule_clock now)
{
    if (clock_step_take(&lane->step, now.wall, now.mono) != 0)
        schedule_set_clock(lane->schedule, now);
}

static void
on_due(void *cookie)
{
    struct lane *lane = cookie;
    struct schedule_due due;

    lane->due_timer = NULL;
    notice_step(lane, clock_of(lane));
    while (schedule_pop(lane->schedule, clock_of(lane), &due))
        on_turn(lane, due.cookie, due.slot);
    atomic_store(&lane->missed, schedule_missed(lane->schedule));
    start_waiting(lane);
    wake_when_due(lane);
}

static void
wake_when_due(struct lane *lane)
{
    /* A loop that is busy elsewhere shows by how late a timer is. */
    int64_t wait_ns = lane->running_count > 0 ? PULSE_NS : WAKE_MAX_NS;
    mono_t due;

    loop_timer_cancel(lane->due_timer);
    if (schedule_next(lane->schedule, &due) &&
        due.ns - loop_now(lane->loop).ns < wait_ns)
        wait_ns = due.ns - loop_now(lane->loop).ns;
    lane->due_timer = loop_timer_start(lane->loop, wait_ns, on_due, lane);
}

/* ---- checks that come and go ------------------------------------------- */

static void
on_scheduled(void *cookie)
{
    wake_when_due(cookie);
}

static void
cancel_runs(struct line *line, const struct roster_check *of)
{
    struct run *next;

    for (struct run *run = TAILQ_FIRST(line); run != NULL; run = next) {
        next = TAILQ_NEXT(run, link);
        if (run->of != of)
            continue;
        TAILQ_REMOVE(line, run, link);
        run->lane->running_count -= run->check != NULL;
        check_cancel(run->check);
        loop_timer_cancel(run->again);
        free_run(run);
    }
}

static void
on_leave(void *cookie, struct roster_check *check)
{
    struct lane *lane = cookie;

    cancel_runs(&lane->running, check);
    cancel_runs(&lane->waiting, check);
    cancel_runs(&lane->pausing, check);
}

void
lane_set_assignment(struct lane *lane, struct assignment *assignment)
{
    roster_set_assignment(lane->roster, assignment);
    start_waiting(lane); /* in the places of those that left */
}

/* ---- run-now ----------------------------------------------------------- */

/* Behind those that were asked for before it. */
static void
add_asked(struct lane *lane, struct run *run)
{
    struct run *next = TAILQ_FIRST(&lane->waiting);

    while (next != NULL && next->is_asked)
        next = TAILQ_NEXT(next, link);
    if (next != NULL)
        TAILQ_INSERT_BEFORE(next, run, link);
    else
        TAILQ_INSERT_TAIL(&lane->waiting, run, link);
}

void
lane_run_now(struct lane *lane, const struct message_run_now *run_now,
             mono_t expires)
{
    struct roster_check *c = roster_find(lane->roster, run_now->check);
    struct run *run;

    if (c == NULL || c->item == NULL || id_is_zero(&run_now->id) ||
        asked_has(&lane->asked, &run_now->id))
        return;
    if (clock_since_ns(expires, loop_now(lane->loop)) >= 0)
        return;
    if (lane->asked_count >= LANE_ASKED_MAX) {
        atomic_fetch_add(&lane->asked_dropped, 1);
        return;
    }
    asked_add(&lane->asked, &run_now->id);
    run = make_run(lane, c, schedule_slot(c->item, loop_wall(lane->loop)));
    run->is_asked = true;
    run->what.asked = run_now->id;
    run->expires = expires;
    run->again_ns = run_now->again_ms * NS_PER_MS;
    lane->asked_count++;
    add_asked(lane, run);
    start_waiting(lane);
}

/* ---- life -------------------------------------------------------------- */

static struct roster *
create_roster(struct lane *lane)
{
    struct roster_opts opts = {
        .loop = lane->loop,
        .log = lane->opts.log,
        .schedule = lane->schedule,
        .specs_max = LANE_SPECS_MAX / lane->opts.count,
        .index = lane->opts.index,
        .count = lane->opts.count,
        .on_scheduled = on_scheduled,
        .on_leave = on_leave,
        .cookie = lane,
    };

    return roster_create(&opts);
}

struct lane *
lane_create(const struct lane_opts *opts)
{
    struct lane *lane = str_xcalloc(1, sizeof(*lane));
    struct engine_opts engine = {
        .loop = opts->loop,
        .trust = opts->trust,
        .resolvers = opts->resolvers,
        .plugins = opts->plugins,
        .source = opts->source,
        .region = opts->region,
        .secrets = opts->secrets,
    };
    struct schedule_clock now;

    assert(opts->concurrency_max > 0 && opts->index < opts->count);
    lane->opts = *opts;
    lane->loop = opts->loop;
    lane->engine = engine_create(&engine);
    if (lane->engine == NULL) {
        free(lane);
        return NULL;
    }
    lane->schedule = schedule_create();
    lane->recall = recall_create(RECALL_BYTES / opts->count);
    lane->roster = create_roster(lane);
    TAILQ_INIT(&lane->running);
    TAILQ_INIT(&lane->waiting);
    TAILQ_INIT(&lane->pausing);
    now = clock_of(lane);
    clock_step_init(&lane->step, now.wall, now.mono);
    wake_when_due(lane);
    return lane;
}

void
lane_free(struct lane *lane)
{
    if (lane == NULL)
        return;
    loop_timer_cancel(lane->due_timer);
    roster_free(lane->roster);
    schedule_free(lane->schedule);
    recall_free(lane->recall);
    engine_free(lane->engine);
    free(lane);
}

struct lane_counts
lane_counts(const struct lane *lane)
{
    return (struct lane_counts){
        .overruns = atomic_load(&lane->overruns),
        .delayed = atomic_load(&lane->delayed),
        .missed = atomic_load(&lane->missed),
        .asked_dropped = atomic_load(&lane->asked_dropped),
    };
}

struct engine *
lane_engine(struct lane *lane)
{
    return lane->engine;
}
