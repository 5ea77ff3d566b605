/*
 * lane.h - one event loop's share of the checks: due, run, reported.
 *
 * Not the threads (crew.h), not the schedule's arithmetic (schedule.h), and not
 * which checks are here (roster.h).
 *
 * Specs are compiled when a check is met and kept for the LANE_SPECS_MAX most
 * recently run; texts stay in the assignment.  A check whose text does not
 * compile here reports local.config at each turn.
 *
 * Lifecycle   lane_free() cancels what runs; nothing is reported after it.
 * Ownership   on_result() gets a result that it owns.
 * Units       *_ms and *_ns as named.
 * Errors      lane_create() NULL with errno: the engine could not start.
 * Threads     the loop's; the counts from any.
 *
 * L1  a check runs in its turns one at a time; a turn that finds it running is
 *     an overrun, counted and skipped.
 * L2  a run-now is started once an id.
 */
#ifndef PROBE_LANE_H
#define PROBE_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

#define LANE_SPECS_MAX  512
#define LANE_ASKED_MAX  256 /* run-nows at one time */
#define LANE_LAG_MAX_MS 500 /* a later loop has not measured the target */

struct assignment;
struct engine;
struct lane;
struct log;
struct loop;
struct message_run_now;
struct result;
struct secret_set;
struct trust;

/* `asked`: the result answers a run-now. */
typedef void lane_result_fn(void *cookie, struct result *result, bool asked);

struct lane_opts {
    struct loop *loop;
    struct log *log;
    struct trust *trust;
    const char *resolvers;
    const char *plugins; /* engine.h */
    const char *source;  /* engine.h */
    const char *region;
    struct secret_set *secrets; /* NULL: there are none */
    size_t concurrency_max;
    size_t index; /* this lane of `count` */
    size_t count;
    lane_result_fn *on_result;
    void *cookie;
};

struct lane_counts {
    uint64_t overruns;
    uint64_t delayed; /* runs that waited for one of concurrency_max places */
    uint64_t missed;  /* slots that passed unnoticed: sleep, a late loop */
    uint64_t asked_dropped; /* run-nows over LANE_ASKED_MAX */
};

struct lane *lane_create(const struct lane_opts *opts);
void lane_free(struct lane *lane);

/* Takes the reference.  Checks that did not change keep their phase. */
void lane_set_assignment(struct lane *lane, struct assignment *assignment);
/* A name that is not this lane's is ignored, as is an id seen before. */
void lane_run_now(struct lane *lane, const struct message_run_now *run_now,
                  mono_t expires);

struct lane_counts lane_counts(const struct lane *lane);
struct engine *lane_engine(struct lane *lane);

#endif
