/*
 * dns_stream.h - one DNS message there and one back over TCP or TLS.
 *
 * Not a reading of the message: bytes out, bytes in (RFC 7766, 7858).
 *
 * Lifecycle   dns_stream_start() --+--> done() once, never from inside, or
 *                                  +--> dns_stream_cancel()
 *             The handle lives until dns_stream_cancel(), after done() too.
 * Ownership   the query is copied; the answer's bytes belong to the stream.
 * Units       *_us microseconds, -1 for what did not happen.
 * Errors      a reason and a text without the server's name.  NULL: errno.
 * Threads     the engine's loop thread only.
 */
#ifndef CHECKS_DNS_STREAM_H
#define CHECKS_DNS_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "wire/reason.h"

struct buf;
struct dns_stream;
struct engine;
struct trust;

struct dns_stream_opts {
    struct addr server;
    bool is_tls;
    const char *name; /* the certificate has to be for: a name or an IP */
    struct trust *trust;
    const uint8_t *query;
    size_t query_len;
};

struct dns_stream_answer {
    enum reason reason; /* REASON_NONE: the bytes are there */
    const char *why;
    bool is_local; /* no way to such an address from here */
    uint8_t *bytes;
    size_t len;
    int64_t connect_us;
    int64_t tls_us;
};

typedef void dns_stream_done_fn(void *cookie,
                                const struct dns_stream_answer *answer);

struct dns_stream *dns_stream_start(struct engine *engine,
                                    const struct dns_stream_opts *opts,
                                    dns_stream_done_fn *done, void *cookie);
/* What it waits for: "no connection", for a message about a deadline. */
const char *dns_stream_phase(const struct dns_stream *stream);
enum reason dns_stream_timeout(const struct dns_stream *stream);
void dns_stream_cancel(struct dns_stream *stream);

#endif
