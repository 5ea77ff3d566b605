/*
 * tls_session.h - one TLS handshake that is finished even when the chain is bad.
 *
 * The door to OpenSSL's sessions for checks.  Judges nothing: it collects every
 * fault (tls_reason.h) and what was agreed on.
 *
 * Lifecycle   tls_session_start() --+--> done() once, never from inside, or
 *                                   +--> tls_session_cancel()
 *             The session lives until tls_session_cancel(), after done() too:
 *             its texts and certificates stay valid until then.
 * Ownership   borrows the descriptor.
 * Errors      a handshake that fails has a reason and a message.
 * Threads     as check.h.
 */
#ifndef CHECKS_TLS_SESSION_H
#define CHECKS_TLS_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "checks/tls_reason.h"

struct certs;
struct engine;
struct ssl_ctx_st;
struct tls_session;
struct trust;

struct tls_session_opts {
    int fd;           /* connected, not blocking */
    const char *host; /* the certificate has to be for: a name or an IP */
    const char *sni;  /* NULL: sends none */
    struct trust *trust;
    bool offer_alpn; /* h2 and http/1.1 */
    int64_t look_ns; /* how long to wait for a refusal, when the server
                            asked for a client certificate */
};

struct tls_session_seen {
    enum reason reason; /* of a handshake that failed; else REASON_NONE */
    char message[256];
    const char *protocol; /* "TLSv1.3" */
    const char *cipher;
    char alpn[32];   /* "": none agreed on */
    int64_t took_ns; /* of the handshake */
    struct certs *certs;
    struct tls_faults faults;
};

typedef void tls_session_done_fn(void *cookie,
                                 const struct tls_session_seen *seen);

/* NULL: errno. */
struct tls_session *tls_session_start(struct engine *engine,
                                      const struct tls_session_opts *opts,
                                      tls_session_done_fn *done, void *cookie);
void tls_session_cancel(struct tls_session *session);
/* What the engine shares among its sessions; NULL is harmless. */
void tls_session_free_context(struct ssl_ctx_st *context);

#endif
