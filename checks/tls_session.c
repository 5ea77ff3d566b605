/*
 * The verify callback says yes to everything and keeps what was wrong, so that
 * a handshake ends as far as the server lets it and every fault can be named.
 * Security level 0 for the same reason: whether a key is too weak is ours to
 * say (tls_reason.h), not a reason to see nothing.
 *
 * One context serves all sessions of an engine; each session brings its own
 * store.  No session is resumed: every handshake is a whole one.
 *
 * In TLS 1.3 the client is through before the server has looked at its (empty)
 * certificate, and a refusal comes as the first thing to read.  So, and only
 * when the server asked for a certificate, the session looks for a moment.
 */
#include "checks/tls_session.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/certs.h"
#include "base/certs_known.h"
#include "base/client_cert.h"
#include "base/loop.h"
#include "base/str.h"
#include "base/tls_bound.h"
#include "base/trust.h"
#include "checks/engine_priv.h"
#include "checks/tls_sni.h"

#define ERRORS_MAX 16 /* of a chain; OpenSSL calls back at most a few times */

struct tls_session {
    struct engine *engine;
    tls_session_done_fn *done;
    void *cookie;
    SSL *ssl;
    int fd;
    struct loop_watch *watch;
    struct loop_timer *timer; /* early end, or the look's end */
    int64_t look_ns;
    struct tls_policy policy;
    struct trust *trust;
    char *host;
    mono_t began;
    bool is_up;
    bool has_cert; /* of its own to present */
    int error[ERRORS_MAX];
    size_t error_count;
    struct tls_session_seen seen;
};

static struct tls_session *
session_of(SSL *ssl)
{
    return SSL_get_app_data(ssl);
}

static int
on_verify(int ok, X509_STORE_CTX *store)
{
    SSL *ssl =
        X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls_session *session = session_of(ssl);
    int error = X509_STORE_CTX_get_error(store);

    /* Said of the one that signed: the server's own may be in order. */
    if (error == X509_V_ERR_INVALID_PURPOSE &&
        X509_STORE_CTX_get_error_depth(store) > 0)
        error = X509_V_ERR_INVALID_CA;
    if (!ok && session->error_count < ERRORS_MAX)
        session->error[session->error_count++] = error;
    return 1;
}

/* The whole verification: done, or known to have ended well. */
static int
on_chain(X509_STORE_CTX *store, void *cookie)
{
    SSL *ssl =
        X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls_session *session = session_of(ssl);
    struct certs_known *known = cookie;
    STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(store);
    STACK_OF(X509) * path;
    struct certs_known_key key;

    certs_known_key(&key, sent, session->trust, session->host);
    path =
        certs_known_find(known, &key, sent, loop_wall(session->engine->loop));
    if (path != NULL) {
        X509_STORE_CTX_set0_verified_chain(store, path);
        X509_STORE_CTX_set_error(store, X509_V_OK);
        return 1;
    }
    if (X509_verify_cert(store) == 1 && session->error_count == 0)
        certs_known_add(known, &key, session->trust, sent,
                        X509_STORE_CTX_get0_chain(store));
    return 1;
}

/* The server asks for a certificate; what was set is presented. */
static int
on_client_cert(SSL *ssl, void *cookie)
{
    struct tls_session *session = session_of(ssl);

    (void)cookie;
    session->seen.is_asked = true;
    session->seen.is_given = session->has_cert;
    return 1;
}

static SSL_CTX *
get_context(struct engine *engine)
{
    SSL_CTX *ctx = engine->tls;
    struct certs_known *known;

    if (ctx != NULL)
        return ctx;
    ctx = SSL_CTX_new(TLS_client_method());
    if (ctx == NULL)
        return NULL;
    tls_bound_set(ctx);
    SSL_CTX_set_security_level(ctx, 0);
    SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
    SSL_CTX_set_cipher_list(ctx, "ALL:!aNULL:!eNULL:@SECLEVEL=0");
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_CLEANSE_PLAINTEXT);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, on_verify);
    SSL_CTX_set_cert_cb(ctx, on_client_cert, NULL);
    known = certs_known_create();
    SSL_CTX_set_app_data(ctx, known);
    SSL_CTX_set_cert_verify_callback(ctx, on_chain, known);
    engine->tls = ctx;
    return ctx;
}

void
tls_session_free_context(struct ssl_ctx_st *context)
{
    if (context == NULL)
        return;
    certs_known_free(SSL_CTX_get_app_data(context));
    SSL_CTX_free(context);
}

/* --- the end --- */

/* What was stapled, and whether the leaf asks for it. */
static void
collect_staple(struct tls_session *session, STACK_OF(X509) * chain)
{
    struct tls_session_seen *seen = &session->seen;
    const unsigned char *der = NULL;
    long len = SSL_get_tlsext_status_ocsp_resp(session->ssl, &der);
    enum tls_staple_state state;

    if (!session->is_up)
        return;
    tls_staple_judge(&seen->staple, der, len > 0 ? (size_t)len : 0, chain,
                     loop_wall(session->engine->loop));
    state = seen->staple.state;
    if (state == TLS_STAPLE_REVOKED)
        tls_reason_add(&seen->faults, REASON_TLS_REVOKED);
    else if (seen->certs->must_staple && state != TLS_STAPLE_GOOD)
        tls_reason_add(&seen->faults, REASON_TLS_OCSP_MISSING);
}

/* Each error is met on the same path: none of them says that it has no end. */
static bool
has_path(const struct tls_session *session)
{
    for (size_t i = 0; i < session->error_count; i++)
        if (!certs_has_path(session->error[i]))
            return false;
    return true;
}

static void
collect_chain(struct tls_session *session)
{
    struct tls_session_seen *seen = &session->seen;
    STACK_OF(X509) *sent = SSL_get_peer_cert_chain(session->ssl);
    STACK_OF(X509) *verified = SSL_get0_verified_chain(session->ssl);
    wall_t now = loop_wall(session->engine->loop);

    if (sent == NULL)
        return;
    seen->certs = certs_of(sent, now);
    if (has_path(session) && verified != NULL)
        certs_set_verified(seen->certs, verified, now);
    if (session->error_count > 0)
        verified = NULL;
    for (size_t i = 0; i < session->error_count; i++)
        tls_reason_add_verify(&seen->faults, session->error[i], seen->certs);
    tls_reason_add_weak(&seen->faults, seen->certs, &session->policy);
    collect_staple(session, verified != NULL ? verified : sent);
}

static void
collect(struct tls_session *session)
{
    struct tls_session_seen *seen = &session->seen;
    const unsigned char *alpn = NULL;
    unsigned len = 0;

    if (session->is_up) {
        seen->protocol = SSL_get_version(session->ssl);
        seen->cipher = SSL_get_cipher_name(session->ssl);
        SSL_get0_alpn_selected(session->ssl, &alpn, &len);
        (void)snprintf(seen->alpn, sizeof(seen->alpn), "%.*s", (int)len,
                       alpn != NULL ? (const char *)alpn : "");
    }
    collect_chain(session);
}

static void
tell(struct tls_session *session)
{
    loop_watch_cancel(session->watch);
    session->watch = NULL;
    loop_timer_cancel(session->timer);
    session->timer = NULL;
    collect(session);
    session->done(session->cookie, &session->seen);
}

static void
on_timer(void *cookie)
{
    struct tls_session *session = cookie;

    session->timer = NULL;
    tell(session);
}

/* --- why a handshake failed --- */

/* Servers before TLS 1.3 say by handshake_failure that they want a certificate,
 * and some of any version that they do not like ours. */
static enum reason
reason_of_alert(const struct tls_session *session, int alert)
{
    enum reason reason = tls_reason_of_alert(alert);

    if (!session->seen.is_asked ||
        (reason != REASON_TLS_CLIENT_CERT_REJECTED &&
         alert != SSL_AD_HANDSHAKE_FAILURE && alert != SSL_AD_ACCESS_DENIED))
        return reason;
    return session->has_cert ? REASON_TLS_CLIENT_CERT_REJECTED
                             : REASON_TLS_CLIENT_CERT_REQUIRED;
}

static enum reason
reason_of_library(const struct tls_session *session, int code)
{
    if (code >= SSL_AD_REASON_OFFSET)
        return reason_of_alert(session, code - SSL_AD_REASON_OFFSET);
    if (code == SSL_R_UNEXPECTED_EOF_WHILE_READING)
        return REASON_TLS_CLOSED;
    if (code == SSL_R_UNSUPPORTED_PROTOCOL ||
        code == SSL_R_NO_PROTOCOLS_AVAILABLE || code == SSL_R_VERSION_TOO_LOW)
        return REASON_TLS_PROTOCOL;
    return REASON_TLS_HANDSHAKE;
}

/* OpenSSL's words for an alert name the version that first had it: an "sslv3
 * alert" comes inside TLS 1.3, too. */
static const char *
words_of(unsigned long error)
{
    const char *text = ERR_reason_error_string(error);
    const char *alert = text != NULL ? strstr(text, "alert ") : NULL;

    return alert != NULL ? alert : text;
}

/* Not every server says why it goes: that it asked, got none and went is all
 * there is to see. */
static bool
is_unshown(const struct tls_session *session)
{
    return session->is_up && session->seen.is_asked && !session->has_cert &&
           session->seen.reason == REASON_TLS_CLOSED;
}

static void
set_failure(struct tls_session *session, int kind, int saved_errno)
{
    struct tls_session_seen *seen = &session->seen;
    unsigned long error = ERR_peek_error();
    int code = ERR_GET_REASON(error);
    const char *text = words_of(error);

    if (tls_bound_is_cut(session->ssl)) {
        seen->reason = REASON_TLS_HANDSHAKE;
        (void)str_copy(seen->message, sizeof(seen->message),
                       "the server sends HelloRequest instead of its part of "
                       "the handshake");
        return;
    }
    if (kind != SSL_ERROR_SSL) {
        seen->reason = REASON_TLS_CLOSED;
        (void)snprintf(seen->message, sizeof(seen->message),
                       "the server ended the connection during the "
                       "handshake%s%s",
                       saved_errno != 0 ? ": " : "",
                       saved_errno != 0 ? strerror(saved_errno) : "");
        return;
    }
    seen->reason = reason_of_library(session, code);
    if (code >= SSL_AD_REASON_OFFSET && (seen->reason == REASON_TLS_ALERT ||
                                         seen->reason == REASON_TLS_PROTOCOL)) {
        (void)tls_reason_alert_message(seen->message, sizeof(seen->message),
                                       code - SSL_AD_REASON_OFFSET);
        return;
    }
    if (code == SSL_R_WRONG_VERSION_NUMBER)
        text = "the server does not speak TLS on this port";
    else if (code == SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED)
        text = "the server is too old for secure renegotiation (RFC 5746), and "
               "clients of today refuse it";
    else if (seen->reason == REASON_TLS_CLOSED ||
             seen->reason == REASON_TLS_CLIENT_CERT_REQUIRED || text == NULL)
        text = reason_text(seen->reason);
    if (seen->reason == REASON_TLS_CLIENT_CERT_REJECTED)
        (void)snprintf(seen->message, sizeof(seen->message),
                       "the server refuses the client certificate: %s", text);
    else
        (void)str_copy(seen->message, sizeof(seen->message), text);
}

/* --- the handshake --- */

/* True when it is over, well or not; else the events to wait for are set. */
static bool
is_over(struct tls_session *session, int rc, unsigned *events)
{
    int saved_errno = errno;
    int kind = SSL_get_error(session->ssl, rc);

    if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE) {
        *events = kind == SSL_ERROR_WANT_READ ? LOOP_READ : LOOP_WRITE;
        return false;
    }
    set_failure(session, kind, saved_errno);
    if (is_unshown(session)) {
        session->seen.reason = REASON_TLS_CLIENT_CERT_REQUIRED;
        (void)str_copy(session->seen.message, sizeof(session->seen.message),
                       "the server asked for a client certificate, got none "
                       "and ended the connection");
    }
    return true;
}

/* For a server that asked for a certificate: does it refuse the session? */
static bool
look(struct tls_session *session, unsigned *events)
{
    char byte;
    int rc;

    ERR_clear_error();
    errno = 0;
    rc = SSL_peek(session->ssl, &byte, 1);
    if (rc > 0 || SSL_get_error(session->ssl, rc) == SSL_ERROR_ZERO_RETURN)
        return true;
    return is_over(session, rc, events);
}

/* One step; true when there is nothing more to wait for. */
static bool
step(struct tls_session *session, unsigned *events)
{
    struct loop *loop = session->engine->loop;
    int rc;

    if (session->is_up)
        return look(session, events);
    ERR_clear_error();
    errno = 0;
    rc = SSL_connect(session->ssl);
    if (rc != 1)
        return is_over(session, rc, events);
    session->is_up = true;
    session->seen.took_ns = clock_since_ns(session->began, loop_now(loop));
    if (!session->seen.is_asked || session->look_ns <= 0)
        return true;
    session->timer =
        loop_timer_start(loop, session->look_ns, on_timer, session);
    return look(session, events);
}

static void
on_ready(void *cookie, int fd, unsigned ready)
{
    struct tls_session *session = cookie;
    unsigned events = 0;

    (void)fd;
    (void)ready;
    if (step(session, &events))
        tell(session);
    else
        loop_watch_set(session->watch, events);
}

/* The names in wire form (RFC 7301, 3.1); what has no room is not offered. */
static void
set_alpn(SSL *ssl, const char *const *names, size_t count)
{
    unsigned char wire[TLS_SESSION_ALPN_MAX];
    unsigned len = 0;

    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(names[i]);

        if (n == 0 || n > UINT8_MAX || len + 1 + n > sizeof(wire))
            continue;
        wire[len++] = (unsigned char)n;
        memcpy(wire + len, names[i], n);
        len += (unsigned)n;
    }
    if (len > 0)
        SSL_set_alpn_protos(ssl, wire, len);
}

static void
set_version(SSL *ssl, int version)
{
    int wire = TLS1_VERSION + version - 10;

    if (version == 0)
        return;
    SSL_set_min_proto_version(ssl, wire);
    SSL_set_max_proto_version(ssl, wire);
}

/* Whom to believe, and for whom the certificate has to be. */
static bool
set_verify(struct tls_session *session, const struct tls_session_opts *opts)
{
    X509_VERIFY_PARAM *param = SSL_get0_param(session->ssl);
    wall_t now = loop_wall(session->engine->loop);

    SSL_set1_verify_cert_store(session->ssl, trust_store(opts->trust));
    X509_VERIFY_PARAM_set_time(param, now.ms / MS_PER_S);
    X509_VERIFY_PARAM_set_hostflags(param,
                                    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                        X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return X509_VERIFY_PARAM_set1_ip_asc(param, opts->host) == 1 ||
           X509_VERIFY_PARAM_set1_host(param, opts->host, 0) == 1;
}

static bool
set_up(struct tls_session *session, const struct tls_session_opts *opts)
{
    SSL_set_app_data(session->ssl, session);
    SSL_set_tlsext_status_type(session->ssl, TLSEXT_STATUSTYPE_ocsp);
    set_alpn(session->ssl, opts->alpn, opts->alpn_count);
    set_version(session->ssl, opts->version);
    if (opts->sni != NULL && tls_sni_set(session->ssl, opts->sni) != 0)
        return false;
    return set_verify(session, opts) && SSL_set_fd(session->ssl, opts->fd) == 1;
}

/* The client's own certificate; false when it cannot be used, and said so. */
static bool
set_identity(struct tls_session *session, const struct tls_session_opts *opts)
{
    struct tls_session_seen *seen = &session->seen;
    struct client_cert cert = {0};
    int rc;

    if (opts->cert == NULL)
        return true;
    session->has_cert = true;
    rc = client_cert_parse(
        &cert,
        &(struct client_cert_text){opts->cert, strlen(opts->cert), opts->key,
                                   strlen(opts->key)},
        seen->message, sizeof(seen->message));
    if (rc == 0)
        rc = client_cert_set(&cert, session->ssl, seen->message,
                             sizeof(seen->message));
    client_cert_free(&cert);
    if (rc != 0)
        seen->reason = REASON_LOCAL_SECRET;
    return rc == 0;
}

struct tls_session *
tls_session_start(struct engine *engine, const struct tls_session_opts *opts,
                  tls_session_done_fn *done, void *cookie)
{
    struct tls_session *session = calloc(1, sizeof(*session));
    SSL_CTX *ctx = get_context(engine);
    unsigned events = LOOP_READ;

    if (session == NULL)
        return NULL;
    session->engine = engine;
    session->done = done;
    session->cookie = cookie;
    session->fd = opts->fd;
    session->look_ns = opts->look_ns;
    session->policy = opts->policy;
    session->trust = trust_ref(opts->trust);
    session->host = str_xdup(opts->host);
    session->began = loop_now(engine->loop);
    session->ssl = ctx != NULL ? SSL_new(ctx) : NULL;
    if (session->ssl == NULL || !set_up(session, opts)) {
        tls_session_cancel(session);
        errno = ENOMEM;
        return NULL;
    }
    if (!set_identity(session, opts) || step(session, &events)) {
        loop_timer_cancel(session->timer);
        session->timer = loop_timer_start(engine->loop, 0, on_timer, session);
        return session;
    }
    session->watch =
        loop_watch_start(engine->loop, opts->fd, events, on_ready, session);
    if (session->watch == NULL) {
        tls_session_cancel(session);
        errno = EMFILE;
        return NULL;
    }
    return session;
}

/* What an operation that moved nothing means. */
static ssize_t
none_moved(const struct tls_session *session, int rc, unsigned *events)
{
    int saved = errno;
    int kind = SSL_get_error(session->ssl, rc);

    if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE) {
        *events = kind == SSL_ERROR_WANT_READ ? LOOP_READ : LOOP_WRITE;
        return 0;
    }
    errno = saved;
    if (kind == SSL_ERROR_ZERO_RETURN)
        errno = 0;
    else if (kind == SSL_ERROR_SSL)
        errno = ERR_GET_REASON(ERR_peek_error()) ==
                        SSL_R_UNEXPECTED_EOF_WHILE_READING
                    ? EPIPE
                    : EPROTO;
    return -1;
}

ssize_t
tls_session_read(struct tls_session *session, void *to, size_t cap,
                 unsigned *events)
{
    int want = cap < INT32_MAX ? (int)cap : INT32_MAX;
    int rc;

    ERR_clear_error();
    errno = 0;
    rc = SSL_read(session->ssl, to, want);
    return rc > 0 ? rc : none_moved(session, rc, events);
}

ssize_t
tls_session_write(struct tls_session *session, const void *data, size_t len,
                  unsigned *events)
{
    int want = len < INT32_MAX ? (int)len : INT32_MAX;
    int rc;

    ERR_clear_error();
    errno = 0;
    rc = SSL_write(session->ssl, data, want);
    return rc > 0 ? rc : none_moved(session, rc, events);
}

void
tls_session_cancel(struct tls_session *session)
{
    if (session == NULL)
        return;
    loop_watch_cancel(session->watch);
    loop_timer_cancel(session->timer);
    SSL_free(session->ssl);
    certs_free(session->seen.certs);
    trust_free(session->trust);
    free(session->host);
    free(session);
}
