/*
 * The controller's clock was set, which changes nothing about what was seen:
 * every moment moves along, so a vote is as old as it was.
 *
 * The grid of the slots does not move: probes go on at the same moments of the
 * clock as it is now.  Those that are open are given up, and with them their
 * say in recovery, which begins anew.
 */
#include "controller/decide/verdict_step.h"

#include "base/clock_step.h"

void
verdict_on_step(struct verdict_state *state, int64_t by_ms)
{
    clock_step_move(&state->since, by_ms);
    clock_step_move(&state->down, by_ms);
    clock_step_move(&state->turn, by_ms);
    for (size_t i = 0; i < VERDICT_REGIONS_MAX; i++) {
        clock_step_move(&state->region[i].end, by_ms);
        clock_step_move(&state->region[i].asked, by_ms);
    }
    state->slots = (struct verdict_ring){0};
    state->rounds = (struct verdict_ring){0};
    state->rerun = (wall_t){0};
}

void
verdict_on_load(struct verdict_state *state, wall_t now)
{
    int64_t newest_ms = state->since.ms;

    for (size_t i = 0; i < VERDICT_REGIONS_MAX; i++)
        if (state->region[i].end.ms > newest_ms)
            newest_ms = state->region[i].end.ms;
    if (newest_ms > now.ms)
        verdict_on_step(state, now.ms - newest_ms);
}
