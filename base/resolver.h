/*
 * resolver.h - names to addresses, afresh each time (c-ares on a loop).
 *
 * Not a DNS check (checks/dns_check.h talks to servers itself).  Reads
 * /etc/hosts (as it was within the last second), then asks; no cache across
 * calls; EDNS always; a lost datagram is resent inside the deadline and
 * counted.
 *
 * Lifecycle   resolver_start() --+--> done() once, never from inside, or
 *                                +--> resolver_cancel()
 * Ownership   the answer belongs to the resolver, valid during done().
 * Errors      a name without an address is an answer, not an error.
 * Threads     loop thread only.
 */
#ifndef BASE_RESOLVER_H
#define BASE_RESOLVER_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

struct loop;
struct resolver;
struct resolver_query;

enum resolver_status {
    RESOLVER_OK,
    RESOLVER_NXDOMAIN,
    RESOLVER_NODATA,
    RESOLVER_SERVFAIL,
    RESOLVER_REFUSED,
    RESOLVER_NOTIMP,
    RESOLVER_FORMERR,
    RESOLVER_TIMEOUT,
    RESOLVER_UNREACHABLE,
    RESOLVER_MALFORMED,
};

enum resolver_family { RESOLVER_ANY, RESOLVER_V4, RESOLVER_V6 };

#define RESOLVER_ADDRS_MAX 64

struct resolver_answer {
    enum resolver_status status;
    const struct addr *addrs; /* in the order of RFC 6724, port set to 0 */
    size_t count;
    int64_t took_ns;
    int resent;
};

typedef void resolver_done_fn(void *cookie,
                              const struct resolver_answer *answer);

/* `servers`: "system" or NULL, or comma-separated IP[:PORT].  NULL: errno. */
struct resolver *resolver_create(struct loop *loop, const char *servers);
void resolver_free(struct resolver *resolver); /* nothing may be in flight */

/* A literal address is answered too (from the loop, without asking). */
struct resolver_query *resolver_start(struct resolver *resolver,
                                      const char *name,
                                      enum resolver_family family,
                                      int64_t timeout_ns,
                                      resolver_done_fn *done, void *cookie);
void resolver_cancel(struct resolver_query *query);

#endif
