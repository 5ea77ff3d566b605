/*
 * tls_session.h - one TLS handshake that is finished even when the chain is bad.
 *
 * The door to OpenSSL's sessions for checks.  Judges nothing: it collects every
 * fault (tls_reason.h) and what was agreed on.
 *
 * Lifecycle   tls_session_start() --+--> done() once, never from inside, or
 *                                   +--> tls_session_cancel()
 *             The session lives until tls_session_cancel(), after done() too:
 *             its texts and certificates stay valid until then, and after a
 *             handshake that stands bytes are read and written.
 * Ownership   borrows the descriptor; of the opts nothing is kept.
 * Errors      a handshake that fails has a reason and a message; a client's
 *             certificate that cannot be used is local.secret.
 * Threads     as check.h.
 */
#ifndef CHECKS_TLS_SESSION_H
#define CHECKS_TLS_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "checks/tls_reason.h"
#include "checks/tls_staple.h"

struct certs;
struct engine;
struct ssl_ctx_st;
struct tls_session;
struct trust;

#define TLS_SESSION_ALPN_MAX 256 /* bytes of all names in wire form */

struct tls_session_opts {
    int fd;           /* connected, not blocking */
    const char *host; /* the certificate has to be for: a name or an IP */
    const char *sni;  /* NULL: sends none */
    struct trust *trust;
    const char *const *alpn; /* names to offer, best first */
    size_t alpn_count;
    const char *cert; /* PEM of the client's, with `key`; or NULL */
    const char *key;
    struct tls_policy policy;
    int version;     /* 10, 11, 12, 13: this one alone; 0: any */
    int64_t look_ns; /* how long to wait for a refusal, when the server
                            asked for a client certificate; 0: not at all */
};

struct tls_session_seen {
    enum reason reason; /* of a handshake that failed; else REASON_NONE */
    char message[256];
    const char *protocol; /* "TLSv1.3" */
    const char *cipher;
    char alpn[32];   /* "": none agreed on */
    bool is_asked;   /* for a client certificate */
    bool is_given;   /* and one was presented */
    int64_t took_ns; /* of the handshake */
    struct certs *certs;
    struct tls_faults faults;
    struct tls_staple staple;
};

typedef void tls_session_done_fn(void *cookie,
                                 const struct tls_session_seen *seen);

/* NULL: errno. */
struct tls_session *tls_session_start(struct engine *engine,
                                      const struct tls_session_opts *opts,
                                      tls_session_done_fn *done, void *cookie);
void tls_session_cancel(struct tls_session *session);

/*
 * Inside a session that stands.  The bytes moved (> 0); 0: none now, wait for
 * `events` (enum loop_events); -1: it is over, errno 0 for an orderly end,
 * EPIPE for one that TLS was not told of.
 * Reading goes on until 0 is given: what TLS holds back wakes no watch.
 */
ssize_t tls_session_read(struct tls_session *session, void *to, size_t cap,
                         unsigned *events);
ssize_t tls_session_write(struct tls_session *session, const void *data,
                          size_t len, unsigned *events);

/* What the engine shares among its sessions; NULL is harmless. */
void tls_session_free_context(struct ssl_ctx_st *context);

#endif
