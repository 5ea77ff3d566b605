/*
 * verdict_step.h - the controller's clock was set: what is known moves along.
 *
 * Pure.  Else every vote would be of the future, and nothing newer could take
 * its place, or of long ago.
 *
 * Ownership   the caller owns the state.
 * Units       ms; over 0: it was set forward.
 * Errors      none.
 * Threads     none of its own.
 */
#ifndef CONTROLLER_DECIDE_VERDICT_STEP_H
#define CONTROLLER_DECIDE_VERDICT_STEP_H

#include <stdint.h>

#include "controller/decide/verdict.h"

/* Slots begin anew. */
void verdict_on_step(struct verdict_state *state, int64_t by_ms);
/* Of a state that was stored: when something in it is of the future, the clock
 * was set back in between. */
void verdict_on_load(struct verdict_state *state, wall_t now);

#endif
