/*
 * clock_step.c - see clock_step.h.
 */
#include "base/clock_step.h"

#include <stdlib.h>

void
clock_step_init(struct clock_step *step, wall_t wall, mono_t mono)
{
    step->wall_ms = wall.ms - mono.ns / NS_PER_MS;
}

int64_t
clock_step_take(struct clock_step *step, wall_t wall, mono_t mono)
{
    int64_t wall_ms = wall.ms - mono.ns / NS_PER_MS;
    int64_t by_ms = wall_ms - step->wall_ms;

    if (llabs(by_ms) < CLOCK_STEP_MIN_MS)
        return 0;
    step->wall_ms = wall_ms;
    return by_ms;
}

void
clock_step_move(wall_t *at, int64_t by_ms)
{
    if (at->ms != 0)
        at->ms += by_ms;
}
