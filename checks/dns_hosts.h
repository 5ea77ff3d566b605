/*
 * dns_hosts.h - addresses for the servers of a walk: glue, then the resolver.
 *
 * Not the walk itself (dns_walk.h).
 *
 * Lifecycle   dns_hosts_start() --+--> done() once, never from inside, or
 *                                 +--> dns_hosts_cancel()
 * Ownership   the walk's answer is borrowed and filled in.
 * Errors      a server whose name leads nowhere has no address.
 * Threads     the engine's loop thread only.
 */
#ifndef CHECKS_DNS_HOSTS_H
#define CHECKS_DNS_HOSTS_H

#include "checks/dns_walk.h"

struct dns_hosts;
struct dns_message;

struct dns_hosts_opts {
    struct dns_walk_answer *answer;
    enum resolver_family family;
    uint16_t port;
    const struct spec_list *allow; /* the address policy's networks */
    int64_t timeout_ns;
};

/* Addresses of its hosts in the additional section of a referral. */
void dns_hosts_add_glue(struct dns_walk_answer *answer,
                        const struct dns_message *m,
                        enum resolver_family family, uint16_t port);

/* Looks up those without an address, all at once, and takes out every address
 * the policy refuses.  NULL: errno. */
struct dns_hosts *dns_hosts_start(struct engine *engine,
                                  const struct dns_hosts_opts *opts,
                                  void (*done)(void *cookie), void *cookie);
void dns_hosts_cancel(struct dns_hosts *hosts);

#endif
