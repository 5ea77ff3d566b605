/*
 * call.h - one HTTP call for Picket's own use: resolve, connect, exchange.
 *
 * Not for checks, which walk each phase themselves.  Addresses are tried in
 * order until one connects; the address policy is asked for each.
 *
 * Lifecycle, Ownership, Errors, Threads   as fetch.h; `opts.address` is unused.
 */
#ifndef BASE_CALL_H
#define BASE_CALL_H

#include <stdint.h>

struct addr_policy;
struct call;
struct fetch_opts;
struct fetch_result;
struct fetcher;
struct resolver;

typedef void call_done_fn(void *cookie, const struct fetch_result *result);

struct call_net {
    struct fetcher *fetcher;
    struct resolver *resolver;
    const struct addr_policy *policy; /* NULL: any address */
};

/* A name that does not resolve is a result with FETCH_UNREACHABLE, phase
 * FETCH_AT_CONNECT and a detail that says so. */
struct call *call_start(const struct call_net *net,
                        const struct fetch_opts *opts, call_done_fn *done,
                        void *cookie);
void call_cancel(struct call *call);

/* The host of `url` (http, https, or a proxy's socks5) into `host`, its port
 * (or the scheme's) into `port`. */
int call_split_url(const char *url, char *host, unsigned long cap,
                   uint16_t *port);

#endif
