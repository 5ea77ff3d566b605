/*
 * outcome.h - results that speak of this probe and not of the target.
 *
 * Ownership   results given out are the caller's; result_free().
 * Errors      NULL, or the result as it came: no memory.
 * Threads     any.
 */
#ifndef PROBE_OUTCOME_H
#define PROBE_OUTCOME_H

#include <stdint.h>

#include "base/clock.h"
#include "wire/reason.h"

/* Of a check with a lock: the message. */
#define OUTCOME_TOO_LATE                                                       \
    "its turn passed while other checks ran, and the next region's is near: "  \
    "give this probe fewer checks, or raise limits.concurrency"

struct check_run;
struct message_assigned;
struct result;
struct spec;

/* Of a check with a lock, how late a run may begin and still be over when the
 * next region's turn comes; < 0: it has none, or there is no check (NULL). */
int64_t outcome_slack_ns(const struct spec *spec, uint32_t regions);

/*
 * Takes a result whose loop was `lag_us` late at worst while it ran, or as late
 * as it says itself; over `max_us` it says nothing of the target:
 * local.overload.  One with steps is minutes of work and not one figure: it
 * stands unless lateness can have made its outcome (a deadline, a closed line,
 * a limit on time).
 */
struct result *outcome_lag(struct result *result, int64_t lag_us,
                           int64_t max_us);

/* Of a run that did not begin. */
struct result *outcome_refused(const struct message_assigned *as,
                               const struct check_run *run, wall_t now,
                               enum reason reason, const char *why);

#endif
