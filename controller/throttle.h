/*
 * throttle.h - count what an address did wrong lately, in a fixed table.
 *
 * Not a ban list.  IPv6 counts by /64.  Two addresses that fall on one place
 * of the table share its count, which errs on the safe side.
 *
 * Ownership   throttle_create() -> throttle_free().
 * Units       a window of `window_ms` milliseconds.
 * Errors      none.
 * Threads     one at a time.
 */
#ifndef CONTROLLER_THROTTLE_H
#define CONTROLLER_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

struct addr;
struct throttle;

struct throttle *throttle_create(int max, int64_t window_ms);
void throttle_free(struct throttle *throttle);
void throttle_add(struct throttle *throttle, const struct addr *from,
                  wall_t now);
/* `max` in the running window? */
bool throttle_is_over(struct throttle *throttle, const struct addr *from,
                      wall_t now);

#endif
