/*
 * verdict_lock.h - a check that runs in one region at a time: who has the turn.
 *
 * Pure, and part of a verdict's state (verdict.h, which says what the words
 * mean); confirmations take their turns there by themselves.
 *
 * Ownership, units, errors, threads: as verdict.h.
 */
#ifndef CONTROLLER_DECIDE_VERDICT_LOCK_H
#define CONTROLLER_DECIDE_VERDICT_LOCK_H

#include <stdint.h>

#include "base/clock.h"

struct verdict_rule;
struct verdict_state;

/* A run that somebody asks for now takes the turn: the moment until which it
 * may begin so that it meets no other region's; ms 0: not now. */
wall_t verdict_lock_take(struct verdict_state *state,
                         const struct verdict_rule *rule, uint32_t region,
                         wall_t now);

/* The longest from the beginning of a fault that all regions see to DOWN, when
 * every run takes its whole time; also of a rule without a lock. */
int64_t verdict_lock_detect_ms(const struct verdict_rule *rule);

#endif
