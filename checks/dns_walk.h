/*
 * dns_walk.h - which servers are responsible for a name: by delegation.
 *
 * Begins at the resolver of this machine, so that it works wherever names do,
 * a closed network with a root of its own included; but what the parent zone
 * says of its child is taken from the parent's own servers, at every run.
 *
 *   1. the resolver says which zone the name is in; while it fails, one label
 *      less is asked about, as a broken zone must not hide behind it;
 *   2. it says which zone is above, and who serves that one;
 *   3. those servers are asked, one after the other, without recursion: a
 *      referral names the zone below, its servers and their addresses (glue);
 *   4. again from there, until an answer is authoritative;
 *   5. servers without glue are looked up.
 *
 * Lifecycle   dns_walk_start() --+--> done() once, never from inside, or
 *                                +--> dns_walk_cancel()
 *             The handle and its answer live until dns_walk_cancel().
 * Ownership   opts are copied but for `allow`.
 * Errors      no way down is an answer with a reason.  NULL: errno.
 * Threads     the engine's loop thread only.
 */
#ifndef CHECKS_DNS_WALK_H
#define CHECKS_DNS_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/resolver.h"
#include "checks/dns_name.h"
#include "wire/reason.h"

struct dns_walk;
struct engine;
struct spec_list;

#define DNS_WALK_HOSTS_MAX 16 /* servers of one zone that are asked */
#define DNS_WALK_ADDRS_MAX 6  /* of one server */

struct dns_walk_host {
    struct dns_name name;
    struct addr addr[DNS_WALK_ADDRS_MAX];
    size_t addr_count;
    bool is_glue; /* addresses are the parent's */
};

struct dns_walk_answer {
    enum reason reason; /* REASON_NONE: there are hosts */
    char message[256];
    struct addr resolver; /* that it began at: the first that gave an answer */
    struct dns_name zone;
    struct dns_name parent;
    bool is_delegated; /* the parent's servers referred to the zone; else they
                          serve it themselves, and `host` is the zone's own */
    struct dns_walk_host host[DNS_WALK_HOSTS_MAX];
    size_t host_count;
    size_t left_out; /* servers of the zone beyond DNS_WALK_HOSTS_MAX */
};

struct dns_walk_opts {
    struct dns_name name;
    enum resolver_family family;
    const struct spec_list *allow; /* networks, of the address policy */
    uint16_t port;                 /* of every server; 0: 53 */
};

typedef void dns_walk_done_fn(void *cookie,
                              const struct dns_walk_answer *answer);

struct dns_walk *dns_walk_start(struct engine *engine,
                                const struct dns_walk_opts *opts,
                                dns_walk_done_fn *done, void *cookie);
/* The time is over: done() is called now, and says where it was. */
void dns_walk_expire(struct dns_walk *walk);
void dns_walk_cancel(struct dns_walk *walk);

#endif
