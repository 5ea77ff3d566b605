/*
 * verdict_priv.h - what verdict.c, verdict_slot.c and verdict_bytes.c share.
 *
 * Not for anybody else: verdict.h is the contract, with its rules of
 * ownership, units, errors and threads.
 */
#ifndef CONTROLLER_DECIDE_VERDICT_PRIV_H
#define CONTROLLER_DECIDE_VERDICT_PRIV_H

#include "controller/decide/verdict.h"

struct verdict_tally {
    uint32_t eligible;
    uint32_t failing;
    uint32_t degraded;
};

/* The verdict that a tally comes to, of live votes and of a slot's. */
enum verdict verdict_conclude(const struct verdict_rule *rule,
                              struct verdict_tally tally);
void verdict_tally_add(struct verdict_tally *tally, enum status status);

/* ---- verdict_slot.c ---- */

void verdict_ring_reset(struct verdict_ring *ring, int64_t length_ms,
                        wall_t first);
/* The slot that the moment `at` lies in; `slack_ms` before its begin counts
 * as inside, for clocks that differ. */
int64_t verdict_ring_index(const struct verdict_ring *ring, wall_t at,
                           int64_t slack_ms);
wall_t verdict_ring_begin(const struct verdict_ring *ring, int64_t index);
wall_t verdict_ring_due(const struct verdict_ring *ring,
                        const struct verdict_rule *rule);
/* NULL: closed already, or of no age that an honest result has. */
struct verdict_slot *verdict_ring_enter(struct verdict_ring *ring,
                                        int64_t index, wall_t now);
/* Takes the oldest slot out of the ring, whether or not it was used. */
struct verdict_slot verdict_ring_close(struct verdict_ring *ring);
/* Passes over a time in which nobody was there to see: no slot is made up. */
void verdict_ring_skip(struct verdict_ring *ring,
                       const struct verdict_rule *rule, wall_t now);
void verdict_slot_put(struct verdict_slot *slot, uint32_t region,
                      enum status status, bool is_asked);
enum verdict verdict_slot_verdict(const struct verdict_slot *slot,
                                  const struct verdict_rule *rule);

/* ---- verdict_lock.c: the confirmations of a check with a lock ---- */

/* A region failed, and another run of it is wanted; of all, when that is new
 * and none is wanted yet. */
void verdict_lock_want(struct verdict_state *state,
                       const struct verdict_rule *rule, uint32_t region,
                       bool is_new);
/* A result: settled, its region need not be asked (again).  True: it is the
 * answer that the turn waited for. */
bool verdict_lock_result(struct verdict_state *state, uint32_t region,
                         bool is_settled, bool is_asked);
/* Asks the next one, if there is room; when to look again (ms 0: never). */
wall_t verdict_lock_turn(struct verdict_state *state,
                         const struct verdict_rule *rule, wall_t now,
                         struct verdict_actions *actions);

#endif
