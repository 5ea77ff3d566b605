/*
 * check.h - run one check once and report what happened.
 *
 * A check is one attempt: it never repeats itself and never decides that
 * anything is "down" for good.  When to run is probe/schedule.h; what a run of
 * failures means is controller/decide/verdict.h.
 *
 * Lifecycle
 *
 *     check_start() --+--> done(cookie, result)   exactly once, then
 *                     |    gone(cookie, unclean)  exactly once, or
 *                     +--> check_cancel()         and neither comes any more
 *
 * done() is never called from inside check_start(): a check that fails at once
 * still reports from the loop.
 *
 * A journey that failed is told at once and cleans up after itself then: the
 * handle lives until gone(), and until then the run is not over.  For every
 * other run gone() follows done() at once.  Without a gone() the handle is dead
 * after done(), which then waits for the cleanup.
 *
 * Ownership   check_start() takes a reference of `spec`; `result` belongs to
 *             the check and is valid only during done(): result_copy().
 * Units       the deadline is spec->timeout_ns from the start; at that moment
 *             the check ends with the reason of the phase it was in; a
 *             cleanup has spec->of.journey.cleanup_timeout_ns after that.
 * Errors      an unreachable, slow or wrong target is a result, not an error,
 *             and so is a machine that could not try (STATUS_ERROR).  NULL: no
 *             memory for a run; nothing was started.
 * Threads     the engine's loop thread only.  No function here blocks.
 */
#ifndef CHECKS_CHECK_H
#define CHECKS_CHECK_H

#include "base/clock.h"
#include "base/id.h"

struct check;
struct engine;
struct result;
struct spec;

/* Told once how the attempt ended.  May start further checks. */
typedef void check_done_fn(void *cookie, const struct result *result);

/* Nothing of the run is left.  `unclean`: which step of its cleanup failed, and
 * why, if it was not over when done() was called; or NULL. */
typedef void check_gone_fn(void *cookie, const char *unclean);

struct check_run {
    struct id run;   /* zero: made here */
    struct id asked; /* zero: scheduled */
    wall_t slot;
    check_gone_fn *gone; /* NULL: see above */
};

struct check *check_start(struct engine *engine, struct spec *spec,
                          const struct check_run *run, check_done_fn *done,
                          void *cookie);
void check_cancel(struct check *check);

#endif
