/*
 * dns_system.h - what `ask = "system"` means: this machine's name servers, as
 * resolv.conf(5) has it.  The next is asked when one gives nothing.
 *
 * Not the asking, which is dns_panel.h, and not the lookups of other checks
 * (base/resolver.h).
 *
 * Ownership   plain values.
 * Errors      none.
 * Threads     the engine's loop thread only.
 */
#ifndef CHECKS_DNS_SYSTEM_H
#define CHECKS_DNS_SYSTEM_H

#include <stddef.h>

#include "base/addr.h"
#include "base/clock.h"

struct dns_place;
struct dns_seat_opts;
struct dns_seen;
struct engine;

/* Where the one at `at` is asked over the place's transport. */
struct addr dns_system_addr(const struct engine *engine,
                            const struct dns_place *place, size_t at);

/* One that is silent must leave time for those from `next` on: it is passed
 * over after its share of what is left. */
void dns_system_share(const struct engine *engine, struct dns_seat_opts *opts,
                      mono_t deadline, size_t next);

/* All is over: of one that failed, that others before it did, too. */
void dns_system_settle(struct dns_seen *seen);

#endif
