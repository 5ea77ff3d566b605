/*
 * dns_seat.h - one server of a DNS check and all that it is asked.
 *
 * The question; and when an expectation needs it, the zone's serial, who
 * serves the zone, and whether the answer is proven: at once, not in turn.
 *
 * Lifecycle   dns_seat_start() --+--> done() once, never from inside, or
 *                                +--> dns_seat_cancel()
 *             The seat lives until dns_seat_cancel(), and what it has seen.
 * Ownership   opts are copied, the lists in them borrowed; `seen` is the
 *             caller's and filled in.
 * Errors      in `seen`.  NULL: errno, see dns_proof.h.
 * Threads     the engine's loop thread only.
 */
#ifndef CHECKS_DNS_SEAT_H
#define CHECKS_DNS_SEAT_H

#include "checks/dns_ask.h"
#include "checks/dns_proof.h"
#include "checks/dns_seen.h"

struct dns_seat;

enum dns_seat_wants {
    DNS_SEAT_SERIAL = 1,
    DNS_SEAT_NS = 2,
    DNS_SEAT_PROOF = 4,
};

struct dns_seat_opts {
    struct dns_ask_opts ask;
    unsigned wants;
    bool may_pass; /* there is another: over, and seen->is_passed, as soon as
                      this one gives no answer, or SERVFAIL, REFUSED, NOTIMP */
    struct dns_name zone; /* of an authoritative server; len 0: a resolver */
    struct addr resolver; /* for the proof */
    const struct spec_list *allow;
    const struct spec_list *anchors;
};

struct dns_seat *dns_seat_start(struct engine *engine,
                                const struct dns_seat_opts *opts,
                                struct dns_seen_server *seen,
                                void (*done)(void *cookie), void *cookie);
/* The time is over: done() is called now. */
void dns_seat_expire(struct dns_seat *seat);
void dns_seat_cancel(struct dns_seat *seat);

#endif
