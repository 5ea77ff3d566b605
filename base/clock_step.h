/*
 * clock_step.h - was the wall clock set?  By how much?
 *
 * Compares it with the monotonic clock.  What NTP slews (at most 0.5 ms a
 * second) adds up to a small step now and then; who is told moves its moments
 * by it, so nothing is lost.  A machine that slept looks as if it was set
 * forward.
 *
 * Units       milliseconds.
 * Threads     none of its own; a plain value.
 */
#ifndef BASE_CLOCK_STEP_H
#define BASE_CLOCK_STEP_H

#include <stdint.h>

#include "base/clock.h"

#define CLOCK_STEP_MIN_MS 1000 /* less goes unnoticed */

struct clock_step {
    int64_t wall_ms; /* minus monotonic, when last looked at */
};

void clock_step_init(struct clock_step *step, wall_t wall, mono_t mono);
/* What was added to the wall clock since the last call; 0: nothing. */
int64_t clock_step_take(struct clock_step *step, wall_t wall, mono_t mono);
/* Moves a moment along; ms 0 says that there is none, and stays. */
void clock_step_move(wall_t *at, int64_t by_ms);

#endif
