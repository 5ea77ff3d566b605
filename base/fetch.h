/*
 * fetch.h - one HTTP exchange with one address: no redirect, no retry, no name.
 *
 * The door to libcurl's multi interface, shared by checks, uplink and channels.
 * call.h puts the resolver in front for those who only want an answer.
 *
 * Lifecycle   fetch_start() --+--> done() once, never from inside, or
 *                             +--> fetch_cancel()
 * Ownership   opts are copied; the result is valid during done().
 * Units       *_us are microseconds and -1 for a phase that did not happen;
 *             each phase stands alone (not cumulated).
 * Errors      an unreachable or wrong server is a result.  NULL from start:
 *             errno, nothing was started.
 * Threads     loop thread only.
 */
#ifndef BASE_FETCH_H
#define BASE_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

struct loop;
struct trust;
struct certs; /* what the peer sent, base/certs.h */
struct fetch;
struct fetcher;

enum fetch_flags {
    FETCH_REUSE = 1,    /* keep and reuse connections (uplink, channels); has
                           no effect with a trust of its own or ca_pin */
    FETCH_INSECURE = 2, /* the chain is judged but not required */
    FETCH_HTTP1 = 4,    /* never HTTP/2 */
};

struct fetch_opts {
    const char *method; /* NULL: GET */
    const char *url;
    const struct addr *address; /* where to connect: the server, or the
                                         proxy when there is one; required */
    const char *const *headers; /* "Name: value", NULL-terminated */
    const void *body;
    size_t body_len;
    int64_t timeout_ns;
    int64_t connect_timeout_ns; /* for the TCP connection alone; 0: no own */
    size_t header_max;          /* bytes; 0: 256 KiB */
    size_t body_max;            /* decoded bytes; 0: 1 MiB */
    unsigned flags;
    struct trust *trust;   /* NULL: the fetcher's own */
    const char *cert_file; /* client certificate and key, PEM, or NULL */
    const char *key_file;
    const char *proxy;     /* "http://host:port", or NULL: none, ever */
    const char *tls_name;  /* name the certificate must have; NULL: the host */
    const uint8_t *ca_pin; /* SHA-256 of a CA that must be in the chain and
                               is then the only one believed; or NULL */
};

enum fetch_phase {
    FETCH_AT_CONNECT,
    FETCH_AT_PROXY,
    FETCH_AT_TLS,
    FETCH_AT_HTTP,
    FETCH_AT_DONE,
};

enum fetch_error {
    FETCH_NONE,
    FETCH_REFUSED,
    FETCH_UNREACHABLE,
    FETCH_RESET,
    FETCH_CLOSED, /* ended before an answer */
    FETCH_TIMEOUT,
    FETCH_TLS_VERIFY, /* `verify` says which X509 error */
    FETCH_TLS_ALERT,
    FETCH_TLS_HANDSHAKE,
    FETCH_PROTOCOL, /* not HTTP */
    FETCH_TRUNCATED,
    FETCH_DECODE,
    FETCH_HEADER_LIMIT,
    FETCH_BODY_LIMIT,
    FETCH_PROXY_REFUSED,
    FETCH_PROXY_AUTH,
    FETCH_LOCAL, /* this machine: out of descriptors, memory */
};

struct fetch_result {
    enum fetch_phase
        phase; /* reached; FETCH_AT_DONE when the answer is whole */
    enum fetch_error error;
    int verify;          /* X509_V_ERR_* or 0 */
    int tls_alert;       /* fatal alert the peer sent (RFC 8446 6), or -1 */
    const char *detail;  /* one line for people, never empty on an error */
    int status;          /* 0: none came */
    int http_version;    /* 10, 11, 20 */
    const char *headers; /* head of the last answer, as sent, by lines */
    size_t headers_len;
    const char *body; /* decoded; what came before a failure too */
    size_t body_len;
    int64_t wire_bytes; /* body as sent */
    int64_t connect_us, tls_us, wait_us, receive_us;
    int64_t rtt_us; /* the kernel's (TCP_INFO), -1 unknown */
    int retransmits;
    char ip[ADDR_TEXT_MAX];
    const char *tls_protocol; /* "TLSv1.3", or NULL */
    const char *alpn;
    const struct certs *certs; /* NULL without TLS, or on a reused connection */
};

typedef void fetch_done_fn(void *cookie, const struct fetch_result *result);

struct fetcher_opts {
    struct trust *trust;
    size_t handshakes_max; /* TLS handshakes in progress; 0: 4 */
};

struct fetcher *fetcher_create(struct loop *loop,
                               const struct fetcher_opts *opts);
void fetcher_free(struct fetcher *fetcher); /* nothing may be in flight */

struct fetch *fetch_start(struct fetcher *fetcher,
                          const struct fetch_opts *opts, fetch_done_fn *done,
                          void *cookie);
void fetch_cancel(struct fetch *fetch);

/* The value of header `name` in a head as fetch_result gives it: next one
 * after `*at` (0 to begin).  NULL: no more.  Not NUL-terminated. */
const char *fetch_header(const char *headers, size_t headers_len,
                         const char *name, size_t *at, size_t *len);

#endif
