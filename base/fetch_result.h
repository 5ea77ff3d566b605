/*
 * fetch_result.h - what one exchange (fetch.h) came to.
 *
 * How far it got and what ended it there, what was received, and the figures.
 * What that means for a check is checks/exchange_reason.c.
 *
 * Ownership   all texts belong to the exchange and die with its done().
 * Units       *_us are microseconds, each phase alone; -1: did not happen.
 * Errors      an exchange that failed says where and why; there is no other.
 * Threads     none of its own.
 */
#ifndef BASE_FETCH_RESULT_H
#define BASE_FETCH_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

struct certs; /* what the peer sent, base/certs.h */

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
    FETCH_TLS_CERT_REQUIRED, /* the server wanted ours, none was sent */
    FETCH_TLS_CERT_REJECTED, /* ours was sent and refused */
    FETCH_PROTOCOL,          /* not HTTP */
    FETCH_TRUNCATED,
    FETCH_DECODE,
    FETCH_HEADER_LIMIT,
    FETCH_BODY_LIMIT,
    FETCH_PROXY_REFUSED,
    FETCH_PROXY_AUTH,
    FETCH_LOCAL,  /* this machine: out of descriptors, memory */
    FETCH_CONFIG, /* what was asked for cannot be done: certificate, key, URL */
};

struct fetch_result {
    enum fetch_phase
        phase; /* reached; FETCH_AT_DONE when the answer is whole */
    enum fetch_error error;
    int verify;          /* X509_V_ERR_* or 0 */
    int tls_alert;       /* fatal alert the peer sent (RFC 8446 6), or -1 */
    bool is_unclosed;    /* FETCH_TRUNCATED: no close_notify ended the body */
    const char *detail;  /* one line for people, never empty on an error */
    int status;          /* 0: none came */
    int http_version;    /* 10, 11, 20 */
    const char *headers; /* head of the last answer, as sent, by lines */
    size_t headers_len;
    const char *trailers; /* after the body, by lines; "" when none came */
    size_t trailers_len;
    const char *body; /* decoded; what came before a failure too */
    size_t body_len;
    int64_t wire_bytes; /* body as sent */
    int64_t connect_us; /* the kernel's: SYN to SYN-ACK (ours when one had to
                           be sent again); with a proxy, until it let us
                           through, and -1 when it was not reached */
    int64_t tls_us, wait_us, receive_us;
    int64_t queue_us; /* waited here for a handshake's place: in no phase */
    int64_t rtt_us;   /* the kernel's at the end (TCP_INFO), -1 unknown */
    int retransmits;
    int connections; /* opened for it.  More than one: digest asked again, or
                        the server wanted HTTP/1.1 instead of 2 (RFC 9113:
                        HTTP_1_1_REQUIRED) */
    char ip[ADDR_TEXT_MAX];
    const char *tls_protocol; /* "TLSv1.3", or NULL */
    const char *alpn;
    const struct certs *certs; /* NULL without TLS, or on a reused connection */
};

/* Whether no connection came about, which another address may have: nothing
 * was sent yet. */
static inline bool
fetch_is_unreached(const struct fetch_result *result)
{
    if (result->error == FETCH_NONE || result->error == FETCH_CONFIG)
        return false;
    return result->phase == FETCH_AT_CONNECT ||
           (result->phase == FETCH_AT_PROXY && result->connect_us < 0);
}

/* The value of header `name` in a head as fetch_result gives it: next one
 * after `*at` (0 to begin).  NULL: no more.  Not NUL-terminated. */
const char *fetch_header(const char *headers, size_t headers_len,
                         const char *name, size_t *at, size_t *len);

#endif
