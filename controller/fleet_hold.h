/*
 * fleet_hold.h - syncs that are answered when there is something to say, or
 * HOLD_NS later: a long poll.
 *
 * Of the fleet's files alone; what others may ask is in fleet.h.
 *
 * Lifecycle   fleet_hold_add(), then its reply once, from fleet_hold_answer(),
 *             or fleet_hold_remove(); it is dead after either.
 * Ownership   the list is the fleet's; a member is borrowed until
 *             fleet_hold_forget().
 * Units       as fleet_priv.h.
 * Errors      none.
 * Threads     loop thread only.
 */
#ifndef CONTROLLER_FLEET_HOLD_H
#define CONTROLLER_FLEET_HOLD_H

#include "controller/fleet.h"

struct fleet_member;

/* One that `member` held before is answered now. */
struct fleet_hold *fleet_hold_add(struct fleet *fleet,
                                  struct fleet_member *member,
                                  const struct message_sync *sync,
                                  fleet_reply_fn *reply, void *cookie);
void fleet_hold_remove(struct fleet_hold *hold);
/* `member` goes. */
void fleet_hold_forget(struct fleet *fleet, const struct fleet_member *member);
/* The clock was set: every probe asks again at once, so that it knows it. */
void fleet_hold_step(struct fleet *fleet, int64_t by_ms);
/* Those for which there is news. */
void fleet_hold_answer(struct fleet *fleet, mono_t now);

#endif
