/*
 * fleet_seen.h - what of a probe outlives a restart and its revocation.
 *
 * Of the fleet's files alone; what others may ask is in fleet.h.
 *
 * Ownership   fleet_seen_retire() takes the member.
 * Units       as fleet_priv.h.
 * Errors      none.
 * Threads     loop thread only.
 */
#ifndef CONTROLLER_FLEET_SEEN_H
#define CONTROLLER_FLEET_SEEN_H

struct fleet;
struct fleet_member;

/* Tells what there is to keep of each member. */
void fleet_seen_tell(struct fleet *fleet);

/* `member` was removed: nothing of it is left but what was last known. */
void fleet_seen_retire(struct fleet *fleet, struct fleet_member *member);
void fleet_seen_drop(struct fleet *fleet, const char *probe);
void fleet_seen_free(struct fleet *fleet);

#endif
