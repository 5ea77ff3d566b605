/*
 * A check's way here: assigned -> waits to be compiled (a few at each turn of
 * the loop, so that ten thousand do not stop it) -> scheduled -> due -> runs,
 * or waits for a place -> reported.  Runs that wait stand in one line: those
 * asked for before those that are merely due.
 */
#include "probe/lane.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/id.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/str.h"
#include "checks/catalog.h"
#include "checks/check.h"
#include "checks/engine.h"
#include "checks/spec.h"
#include "probe/asked.h"
#include "probe/assignment.h"
#include "probe/outcome.h"
#include "probe/recall.h"
#include "probe/schedule.h"
#include "probe/spec_cache.h"
#include "wire/message.h"
#include "wire/result.h"

#define COMPILE_A_TURN   8
#define FIRST_MIN_MS     500   /* new checks first run within this ... */
#define FIRST_EACH_MS    20    /* ... or this for each, if that is longer */
#define REFUSED_EVERY_MS 60000 /* of a check whose interval is not known */
#define WAKE_MAX_NS      (5 * NS_PER_S) /* so that a clock step is noticed */
#define STEP_MIN_MS      1000
#define PULSE_NS         (100 * NS_PER_MS) /* while something runs */
#define SLACK_NS         (100 * NS_PER_MS) /* a turn of the loop */

struct lane_check {
    const struct message_assigned *as; /* in the lane's assignment */
    struct schedule_item *item;        /* NULL: not compiled yet */
    struct spec_slot slot;
    struct lane_check *next_new; /* waits to be compiled */
    struct run *run;             /* its scheduled one */
    int64_t slack_ns; /* of a lock: a run may begin so late; < 0: none */
    bool is_overrun;  /* so that only the first is logged */
    bool is_refused;
};

struct run {
    TAILQ_ENTRY(run) link; /* in one of the lane's lines */
    struct lane *lane;
    struct lane_check *of;
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
    struct assignment *assignment;
    struct lane_check **checks; /* in order of names */
    size_t check_count;
    struct lane_check *new_head;
    int64_t first_window_ms;
    struct loop_timer *compile_timer;
    struct loop_timer *due_timer;
    struct line running;
    size_t running_count;
    struct line waiting;
    struct line pausing; /* between the two begins of a run-now */
    struct spec_cache specs;
    struct recall *recall;
    struct asked asked;
    size_t asked_count;
    int64_t step_ms; /* wall minus monotonic when last looked at */
    atomic_uint_fast64_t overruns, delayed, missed, asked_dropped;
};

static struct schedule_clock
clock_of(const struct lane *lane)
{
    return (struct schedule_clock){loop_now(lane->loop), loop_wall(lane->loop)};
}

/* NULL: `why` says what is wrong with the text. */
static struct spec *
get_spec(struct lane *lane, struct lane_check *c, char *why, size_t cap)
{
    struct spec *spec =
        spec_cache_get(&lane->specs, &c->slot, c->as->text, why, cap);

    if (spec == NULL && !c->is_refused)
        log_event(lane->opts.log, EV_CHECK_REFUSED,
                  LOG_STR("check", c->as->check), LOG_STR("error", why));
    c->is_refused = spec == NULL;
    return spec;
}

/* ---- runs -------------------------------------------------------------- */

static void start_waiting(struct lane *lane);
static void begin(struct run *run);
static void wake_when_due(struct lane *lane);

static void
free_run(struct run *run)
{
    if (run->of->run == run)
        run->of->run = NULL;
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
    int64_t lag_us = loop_lag_since_ns(lane->loop, run->begun) / NS_PER_US;

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
    struct spec *spec = get_spec(lane, run->of, why, sizeof(why));

    if (spec != NULL) {
        run->begun = loop_now(lane->loop);
        run->check =
            check_start(lane->engine, spec, &run->what, on_check_done, run);
        (void)str_copy(why, sizeof(why), "the check could not be started");
    }
    if (run->check != NULL) {
        TAILQ_INSERT_TAIL(&lane->running, run, link);
        lane->running_count++;
        if (lane->running_count == 1)
            wake_when_due(lane);
        return;
    }
    report_refused(run, REASON_LOCAL_CONFIG, why);
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
make_run(struct lane *lane, struct lane_check *c, wall_t slot)
{
    struct run *run = str_xcalloc(1, sizeof(*run));

    run->lane = lane;
    run->of = c;
    run->what.slot = slot;
    run->what.gone = on_check_gone;
    return run;
}

static void
on_turn(struct lane *lane, struct lane_check *c, wall_t slot)
{
    if (c->run != NULL) {
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
    c->run = make_run(lane, c, slot);
    c->run->expires = clock_after(loop_now(lane->loop), c->slack_ns + SLACK_NS);
    TAILQ_INSERT_TAIL(&lane->waiting, c->run, link);
}

/* ---- time -------------------------------------------------------------- */

static void
notice_step(struct lane *lane, struct schedule_clock now)
{
    int64_t step_ms = now.wall.ms - now.mono.ns / NS_PER_MS;

    if (llabs(step_ms - lane->step_ms) < STEP_MIN_MS)
        return;
    lane->step_ms = step_ms;
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

/* ---- the assignment ---------------------------------------------------- */

static void
schedule_check(struct lane *lane, struct lane_check *c)
{
    char why[RESULT_MESSAGE_MAX];
    struct spec *spec = get_spec(lane, c, why, sizeof(why));
    uint64_t hash = id_hash(c->as->check);
    struct schedule_opts opts = {
        .hash = hash,
        .every_ms =
            spec == NULL ? REFUSED_EVERY_MS : spec->every_ns / NS_PER_MS,
        .region_index = c->as->region_index,
        .region_count = c->as->region_count,
        .first_ns =
            (int64_t)(hash % (uint64_t)lane->first_window_ms) * NS_PER_MS,
        .cookie = c,
    };

    c->slack_ns = outcome_slack_ns(spec, c->as->region_count);
    if (c->slack_ns >= 0) {
        opts.is_exact = true;
        opts.first_ns = -1;
    }
    if (opts.every_ms < SCHEDULE_EVERY_MIN_MS)
        opts.every_ms = SCHEDULE_EVERY_MIN_MS;
    c->item = schedule_add(lane->schedule, &opts, clock_of(lane));
}

static void
on_compile(void *cookie)
{
    struct lane *lane = cookie;

    lane->compile_timer = NULL;
    for (int i = 0; i < COMPILE_A_TURN && lane->new_head != NULL; i++) {
        struct lane_check *c = lane->new_head;

        lane->new_head = c->next_new;
        schedule_check(lane, c);
    }
    if (lane->new_head != NULL)
        lane->compile_timer = loop_timer_start(lane->loop, 0, on_compile, lane);
    wake_when_due(lane);
}

static void
cancel_runs(struct line *line, const struct lane_check *of)
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
free_check(struct lane *lane, struct lane_check *c)
{
    cancel_runs(&lane->running, c);
    cancel_runs(&lane->waiting, c);
    cancel_runs(&lane->pausing, c);
    spec_cache_remove(&lane->specs, &c->slot);
    schedule_remove(c->item);
    free(c);
}

static bool
is_same(const struct message_assigned *a, const struct message_assigned *b)
{
    return a->version == b->version && a->region_index == b->region_index &&
           a->region_count == b->region_count &&
           strcmp(a->check, b->check) == 0;
}

/* The old check of the same name, or NULL; those before it in the order of
 * names are gone from the assignment. */
static struct lane_check *
take_old(struct lane *lane, size_t *at, const struct message_assigned *as)
{
    while (*at < lane->check_count) {
        struct lane_check *old = lane->checks[*at];
        int order = strcmp(old->as->check, as->check);

        if (order > 0)
            return NULL;
        (*at)++;
        if (order == 0 && is_same(old->as, as) && old->item != NULL)
            return old;
        free_check(lane, old);
        if (order == 0)
            return NULL;
    }
    return NULL;
}

static struct lane_check *
make_check(struct lane *lane)
{
    struct lane_check *c = str_xcalloc(1, sizeof(*c));

    c->next_new = lane->new_head;
    lane->new_head = c;
    lane->first_window_ms += FIRST_EACH_MS;
    return c;
}

static bool
is_mine(const struct lane *lane, const char *check)
{
    return id_hash(check) / 7 % lane->opts.count == lane->opts.index;
}

void
lane_set_assignment(struct lane *lane, struct assignment *assignment)
{
    size_t n = assignment_count(assignment), at = 0, count = 0;
    struct lane_check **checks = str_xcalloc(n + 1, sizeof(*checks));

    lane->new_head = NULL;
    lane->first_window_ms = 0;
    for (size_t i = 0; i < n; i++) {
        const struct message_assigned *as = assignment_get(assignment, i);
        struct lane_check *c;

        if (!is_mine(lane, as->check))
            continue;
        c = take_old(lane, &at, as);
        if (c == NULL)
            c = make_check(lane);
        c->as = as;
        checks[count++] = c;
    }
    while (at < lane->check_count)
        free_check(lane, lane->checks[at++]);
    free(lane->checks);
    lane->checks = checks;
    lane->check_count = count;
    if (lane->first_window_ms < FIRST_MIN_MS)
        lane->first_window_ms = FIRST_MIN_MS;
    assignment_free(lane->assignment);
    lane->assignment = assignment;
    loop_timer_cancel(lane->compile_timer);
    lane->compile_timer = loop_timer_start(lane->loop, 0, on_compile, lane);
}

/* ---- run-now ----------------------------------------------------------- */

static struct lane_check *
find_check(const struct lane *lane, const char *name)
{
    size_t low = 0, high = lane->check_count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = strcmp(lane->checks[mid]->as->check, name);

        if (order == 0)
            return lane->checks[mid];
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

void
lane_run_now(struct lane *lane, const struct message_run_now *run_now,
             mono_t expires)
{
    struct lane_check *c = find_check(lane, run_now->check);
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
    TAILQ_INSERT_HEAD(&lane->waiting, run, link);
    start_waiting(lane);
}

/* ---- life -------------------------------------------------------------- */

struct lane *
lane_create(const struct lane_opts *opts)
{
    struct lane *lane = str_xcalloc(1, sizeof(*lane));
    struct engine_opts engine = {
        .loop = opts->loop,
        .trust = opts->trust,
        .resolvers = opts->resolvers,
        .plugins = opts->plugins,
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
    lane->specs.max = LANE_SPECS_MAX / opts->count;
    TAILQ_INIT(&lane->running);
    TAILQ_INIT(&lane->waiting);
    TAILQ_INIT(&lane->pausing);
    now = clock_of(lane);
    lane->step_ms = now.wall.ms - now.mono.ns / NS_PER_MS;
    wake_when_due(lane);
    return lane;
}

void
lane_free(struct lane *lane)
{
    if (lane == NULL)
        return;
    loop_timer_cancel(lane->compile_timer);
    loop_timer_cancel(lane->due_timer);
    for (size_t i = 0; i < lane->check_count; i++)
        free_check(lane, lane->checks[i]);
    free(lane->checks);
    assignment_free(lane->assignment);
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
