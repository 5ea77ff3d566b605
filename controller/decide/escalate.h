/*
 * escalate.h - which step of a policy's road is due, and when the next one is.
 *
 * Pure.  A road is walked from the moment the incident opened: each step, its
 * wait, the next step; the whole road again `repeat` times.  The n-th telling
 * has its place in time from the plan alone, so a controller that was away
 * goes on where the plan is, not where it stopped.
 *
 * Ownership   borrows.
 * Units       waits are milliseconds; tellings count from 0 over all rounds.
 * Errors      none: waits and repeats are clamped to the limits below.
 * Threads     none of its own.
 */
#ifndef CONTROLLER_DECIDE_ESCALATE_H
#define CONTROLLER_DECIDE_ESCALATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

#define ESCALATE_STEPS_MAX   32
#define ESCALATE_REPEAT_MAX  100
#define ESCALATE_WAIT_MAX_MS INT64_C(604800000) /* a week */
/* A last step that says no wait, before the road begins again. */
#define ESCALATE_ROUND_MS INT64_C(300000)

struct escalate_road {
    int64_t wait_ms[ESCALATE_STEPS_MAX]; /* after the step, before the next */
    size_t count;
    int repeat; /* rounds after the first */
};

struct escalate_due {
    int64_t from, to;  /* tellings due now: [from, to); none when equal.  Who
                         is in several of them is told the newest only */
    wall_t next;       /* of the next telling, or of the end; ms 0: none */
    bool is_exhausted; /* all is said, the last wait is over, nobody came */
};

/* `told`: tellings done.  `acked` ms 0: not acknowledged; an acknowledgement
 * at the very moment of a step stops that step. */
struct escalate_due escalate_due(const struct escalate_road *road,
                                 wall_t opened, int64_t told, wall_t acked,
                                 wall_t now);
/* The step, from 0, that a telling is. */
size_t escalate_step(const struct escalate_road *road, int64_t telling);

#endif
