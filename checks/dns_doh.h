/*
 * dns_doh.h - one DNS message there and one back over HTTPS (RFC 8484).
 *
 * Not a reading of the message: bytes out, bytes in.
 *
 * Lifecycle   dns_doh_start() --+--> done() once, never from inside, or
 *                               +--> dns_doh_cancel()
 *             The handle lives until dns_doh_cancel(), after done() too.
 * Ownership   opts are copied; the answer's bytes are valid during done().
 * Units       *_us microseconds, -1 for what did not happen.
 * Errors      a reason and a text without the server's name.  NULL: errno.
 * Threads     the engine's loop thread only.
 */
#ifndef CHECKS_DNS_DOH_H
#define CHECKS_DNS_DOH_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "checks/dns_stream.h"

struct dns_doh;

struct dns_doh_opts {
    struct addr server;
    const char *url;
    struct trust *trust;
    int64_t timeout_ns;
    const uint8_t *query; /* its id is 0, so that a cache may answer */
    size_t query_len;
};

struct dns_doh *dns_doh_start(struct engine *engine,
                              const struct dns_doh_opts *opts,
                              dns_stream_done_fn *done, void *cookie);
void dns_doh_cancel(struct dns_doh *doh);

#endif
