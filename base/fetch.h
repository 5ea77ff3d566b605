/*
 * fetch.h - one HTTP exchange with one address: no redirect, no retry, no name.
 *
 * The door to libcurl's multi interface, shared by checks, uplink and channels.
 * call.h puts the resolver in front for those who only want an answer.
 *
 * Lifecycle   fetch_start() --+--> done() once, never from inside, or
 *                             +--> fetch_cancel()
 * Ownership   opts are copied and the copy is wiped; the result is valid
 *             during done().
 * Units       *_us are microseconds and -1 for a phase that did not happen;
 *             each phase stands alone (not cumulated).
 * Errors      an unreachable or wrong server is a result.  NULL from start:
 *             errno, nothing was started.  Proxies, netrc and authorities
 *             named by the environment are never used.
 * Threads     loop thread only.
 */
#ifndef BASE_FETCH_H
#define BASE_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fetch_result.h"

struct addr;
struct loop;
struct trust;
struct fetch;
struct fetcher;

enum fetch_flags {
    FETCH_REUSE = 1,       /* keep and reuse connections (uplink, channels); has
                           no effect with a trust of its own or ca_pin */
    FETCH_INSECURE = 2,    /* the chain is judged but not required */
    FETCH_HTTP1 = 4,       /* never HTTP/2 */
    FETCH_HTTP2 = 8,       /* nothing else: alone in ALPN; without TLS spoken at
                           once (prior knowledge).  A server may still choose
                           HTTP/1.1 over TLS: see http_version */
    FETCH_COMPRESSED = 16, /* ask for a compressed body and decode it */
    FETCH_LAX_END = 32,    /* a body that only the end of the stream delimits
                              may end without close_notify */
};

enum fetch_auth {
    FETCH_AUTH_NONE,
    FETCH_AUTH_BASIC,  /* sent with the request, unasked */
    FETCH_AUTH_DIGEST, /* asked for by a 401 first, then on a second connection:
                          times are sums, the answer is the last one */
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
    enum fetch_auth auth;
    const char *user; /* for auth; without a colon */
    const char *password;
    struct trust *trust;   /* NULL: the fetcher's own */
    const char *cert_file; /* client certificate and key, PEM, or NULL */
    const char *key_file;  /* NULL: in cert_file */
    const char *cert_pem;  /* the same as text, instead; leaf first */
    const char *key_pem;   /* NULL: in cert_pem; without a passphrase */
    size_t cert_pem_len;
    size_t key_pem_len;
    const char *proxy; /* "http://host:port" or "socks5://...", which looks the
                          name up itself; NULL: none, ever */
    const char *proxy_user; /* NULL: none is told */
    const char *proxy_password;
    const char *tls_name;  /* name the certificate must have; NULL: the host */
    const uint8_t *ca_pin; /* SHA-256 of a CA that must be in the chain and
                               is then the only one believed; or NULL */
};

typedef void fetch_done_fn(void *cookie, const struct fetch_result *result);

struct fetcher_opts {
    struct trust *trust;
    size_t handshakes_max; /* TLS handshakes in progress; 0: 4 */
    /* Connections leave from it; NULL: from where the kernel says. */
    const struct addr *source;
};

struct fetcher *fetcher_create(struct loop *loop,
                               const struct fetcher_opts *opts);
void fetcher_free(struct fetcher *fetcher); /* nothing may be in flight */
/* What it was made with; trust may be NULL. */
struct loop *fetcher_loop(const struct fetcher *fetcher);
struct trust *fetcher_trust(const struct fetcher *fetcher);

struct fetch *fetch_start(struct fetcher *fetcher,
                          const struct fetch_opts *opts, fetch_done_fn *done,
                          void *cookie);
void fetch_cancel(struct fetch *fetch);

#endif
