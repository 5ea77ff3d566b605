/*
 * heartbeat.h - when a heartbeat that must arrive has not: the dead man's switch.
 *
 * Pure: (state, event, now) -> (state, what to say).  Says that one is missing;
 * what that means for the check is verdict.h, as for any result.
 *
 *     base        +every        +grace
 *      |------------|-------------|
 *      beat      expected      missing is said; base moves on by `every`, so
 *                              that each interval without a beat says it once
 *
 * Ownership   the caller owns the state, a plain value.
 * Units       wall clock of the controller; durations end in _ms.
 * Errors      none.
 * Threads     none of its own.
 */
#ifndef CONTROLLER_DECIDE_HEARTBEAT_H
#define CONTROLLER_DECIDE_HEARTBEAT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

struct heartbeat_rule {
    int64_t every_ms;
    int64_t grace_ms;
};

struct heartbeat {
    wall_t base;  /* the next is expected `every` after it */
    wall_t last;  /* the newest arrival, good or not; ms 0: none ever */
    wall_t begun; /* its job said that it began; ms 0: it is not running */
};

/* Expected from `now` on. */
void heartbeat_init(struct heartbeat *beat, wall_t now);
/* The clock's next moment to look at it. */
wall_t heartbeat_due(const struct heartbeat *beat,
                     const struct heartbeat_rule *rule);
/* Its job began. */
void heartbeat_on_begin(struct heartbeat *beat, wall_t now);
/* It arrived.  The ms its job took, or -1: nobody said that it began. */
int64_t heartbeat_on_beat(struct heartbeat *beat, wall_t now);
/* True when one is missing: *expected says since when.  Again until false. */
bool heartbeat_on_time(struct heartbeat *beat,
                       const struct heartbeat_rule *rule, wall_t now,
                       wall_t *expected);
/* The controller's clock was set by so much. */
void heartbeat_on_step(struct heartbeat *beat, int64_t by_ms);
/* Nobody could have heard it between `from` and `to`: what was expected then,
 * or near it, is not missing. */
void heartbeat_on_gap(struct heartbeat *beat, const struct heartbeat_rule *rule,
                      wall_t from, wall_t to);

#endif
