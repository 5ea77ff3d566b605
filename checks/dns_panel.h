/*
 * dns_panel.h - every server of `ask`, asked at once; and what each said.
 *
 * Not a judgement: dns_seen.h has what follows, dns_check.c what it is worth.
 *
 * Lifecycle   dns_panel_start() --+--> done() once, never from inside, or
 *                                 +--> dns_panel_cancel()
 *             The panel and what it has seen live until dns_panel_cancel().
 * Ownership   borrows the spec.
 * Errors      of one server in `seen`; of all of them (no way to find them,
 *             the address policy, this machine) as a reason.  NULL: errno.
 * Threads     the engine's loop thread only.
 */
#ifndef CHECKS_DNS_PANEL_H
#define CHECKS_DNS_PANEL_H

#include "checks/dns_seen.h"

struct dns_panel;
struct engine;
struct spec;

#define DNS_PANEL_SERVERS_MAX 48 /* asked in one run; further ones are not */

struct dns_panel_opts {
    const struct spec *spec; /* of a dns check */
    unsigned wants;          /* enum dns_seat_wants */
    bool want_signatures;
};

struct dns_panel_answer {
    enum reason reason; /* REASON_NONE: see what each server said */
    char message[400];
    struct dns_seen seen;
};

typedef void dns_panel_done_fn(void *cookie, struct dns_panel_answer *answer);

struct dns_panel *dns_panel_start(struct engine *engine,
                                  const struct dns_panel_opts *opts,
                                  dns_panel_done_fn *done, void *cookie);
/* The time is over: done() is called now. */
void dns_panel_expire(struct dns_panel *panel);
void dns_panel_cancel(struct dns_panel *panel);

#endif
