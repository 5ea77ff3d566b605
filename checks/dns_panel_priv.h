/*
 * dns_panel_priv.h - what the files of the panel share.
 *
 *     dns_panel.c        the panel, and the ways to its servers
 *     dns_panel_seat.c   a seat for each server, and what it is asked
 *
 * Ownership   the panel owns everything in it.
 * Errors      dns_panel_fault() keeps the first thing that is wrong with all.
 * Threads     as dns_panel.h.
 */
#ifndef CHECKS_DNS_PANEL_PRIV_H
#define CHECKS_DNS_PANEL_PRIV_H

#include "base/clock.h"
#include "checks/dns_panel.h"
#include "checks/dns_place.h"

struct dns_seat;
struct loop_timer;
struct resolver_query;

/* One item of `ask`. */
struct way {
    struct dns_panel *panel;
    struct dns_place place;
    struct resolver_query *query;
};

/* A server's seat, and whether it was found and not given.  The system's name
 * servers share one: when one gives nothing, the next is asked there. */
struct chair {
    struct dns_panel *panel;
    struct dns_seat *seat;
    bool is_found;
    bool has_ended;
    struct addr at;
    enum dns_transport transport;
    const struct dns_place *place; /* of the system's; or NULL */
    size_t next;                   /* of them, to be asked */
    struct loop_timer *again;
};

struct dns_panel {
    struct engine *engine;
    const struct spec *spec;
    unsigned wants;
    struct dns_question question;
    dns_panel_done_fn *done;
    void *cookie;
    struct way *way; /* one an item of `ask` */
    size_t way_count;
    struct dns_walk *walk;
    bool is_walking;
    struct chair *chair; /* as many as there is room for servers seen */
    size_t chair_max;
    size_t open;
    mono_t deadline;
    bool is_late; /* it has passed */
    struct loop_timer *early;
    struct dns_panel_answer out;
};

/* ---- dns_panel.c ---- */

/* One thing less under way; the last of them ends the panel. */
void dns_panel_close(struct dns_panel *panel);
void dns_panel_fault(struct dns_panel *panel, enum reason reason,
                     const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- dns_panel_seat.c ---- */

/* A resolver, or whatever else was named: `addr` is where, `host` its name or
 * NULL. */
void dns_panel_seat_place(struct dns_panel *panel,
                          const struct dns_place *place,
                          const struct addr *addr, const char *host);
/* Each address of one of a zone's own servers. */
void dns_panel_seat_host(struct dns_panel *panel,
                         const struct dns_walk_answer *walk,
                         const struct dns_walk_host *host);
/* A server whose name leads nowhere: `why`. */
void dns_panel_seat_nowhere(struct dns_panel *panel, const char *host,
                            const char *why);
/* The time is over for all of them. */
void dns_panel_seat_expire(struct dns_panel *panel);
/* All is over: what may be excused, and what is said of it. */
void dns_panel_seat_settle(struct dns_panel *panel);
void dns_panel_seat_cancel(struct dns_panel *panel);

#endif
