#include "checks/dns_tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/certs.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/str.h"
#include "base/tls_bound.h"
#include "base/trust.h"
#include "checks/engine_priv.h"
#include "checks/tls_reason.h"
#include "checks/tls_sni.h"

struct dns_tls {
    struct engine *engine;
    SSL_CTX *ctx;
    SSL *ssl;
    char *name;
    enum reason reason;
    char why[256];
};

static SSL_CTX *
create_context(void)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

    if (ctx == NULL)
        return NULL;
    /* RFC 8310: nothing older for DNS over TLS. */
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    tls_bound_set(ctx);
    return ctx;
}

static bool
set_up(struct dns_tls *tls, int fd, struct trust *trust)
{
    static const unsigned char alpn[] = "\x03"
                                        "dot";
    X509_VERIFY_PARAM *param = SSL_get0_param(tls->ssl);
    wall_t now = loop_wall(tls->engine->loop);

    SSL_set1_verify_cert_store(tls->ssl, trust_store(trust));
    X509_VERIFY_PARAM_set_time(param, now.ms / MS_PER_S);
    X509_VERIFY_PARAM_set_hostflags(param,
                                    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                        X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    if (X509_VERIFY_PARAM_set1_ip_asc(param, tls->name) != 1) {
        if (X509_VERIFY_PARAM_set1_host(param, tls->name, 0) != 1 ||
            tls_sni_set(tls->ssl, tls->name) != 0)
            return false;
    }
    SSL_set_alpn_protos(tls->ssl, alpn, sizeof(alpn) - 1);
    return SSL_set_fd(tls->ssl, fd) == 1;
}

struct dns_tls *
dns_tls_open(struct engine *engine, int fd, const char *name,
             struct trust *trust)
{
    struct dns_tls *tls = str_xcalloc(1, sizeof(*tls));

    tls->engine = engine;
    tls->name = str_xdup(name);
    tls->ctx = create_context();
    tls->ssl = tls->ctx != NULL ? SSL_new(tls->ctx) : NULL;
    if (tls->ssl != NULL && set_up(tls, fd, trust))
        return tls;
    dns_tls_close(tls);
    errno = ENOMEM;
    return NULL;
}

void
dns_tls_close(struct dns_tls *tls)
{
    if (tls == NULL)
        return;
    SSL_free(tls->ssl);
    SSL_CTX_free(tls->ctx);
    free(tls->name);
    free(tls);
}

/* --- why it failed --- */

static void
set_verify_failure(struct dns_tls *tls, long verify)
{
    STACK_OF(X509) *sent = SSL_get_peer_cert_chain(tls->ssl);
    STACK_OF(X509) *path = SSL_get0_verified_chain(tls->ssl);
    wall_t now = loop_wall(tls->engine->loop);
    struct certs *certs = sent != NULL ? certs_of(sent, now) : NULL;
    struct tls_faults faults = {0};

    if (certs != NULL && path != NULL && certs_has_path((int)verify))
        certs_set_verified(certs, path, now);
    tls_reason_add_verify(&faults, (int)verify, certs);
    tls->reason = tls_reason_worst(&faults);
    (void)tls_reason_message(tls->why, sizeof(tls->why), tls->reason, certs,
                             tls->name);
    certs_free(certs);
}

static enum reason
reason_of_library(int code)
{
    if (code >= SSL_AD_REASON_OFFSET)
        return tls_reason_of_alert(code - SSL_AD_REASON_OFFSET);
    if (code == SSL_R_UNSUPPORTED_PROTOCOL ||
        code == SSL_R_NO_PROTOCOLS_AVAILABLE || code == SSL_R_VERSION_TOO_LOW)
        return REASON_TLS_PROTOCOL;
    return REASON_TLS_HANDSHAKE;
}

static void
set_failure(struct dns_tls *tls, int kind, int saved_errno)
{
    unsigned long error = ERR_peek_error();
    const char *text = ERR_reason_error_string(error);
    long verify = SSL_get_verify_result(tls->ssl);

    if (verify != X509_V_OK) {
        set_verify_failure(tls, verify);
        return;
    }
    if (kind != SSL_ERROR_SSL) {
        tls->reason = REASON_TLS_CLOSED;
        (void)snprintf(tls->why, sizeof(tls->why),
                       "the server ended the connection%s%s",
                       saved_errno != 0 ? ": " : "",
                       saved_errno != 0 ? strerror(saved_errno) : "");
        return;
    }
    tls->reason = reason_of_library(ERR_GET_REASON(error));
    if (ERR_GET_REASON(error) == SSL_R_WRONG_VERSION_NUMBER)
        text = "the server does not speak TLS on this port";
    (void)str_copy(tls->why, sizeof(tls->why),
                   text != NULL ? text : reason_text(tls->reason));
}

static enum dns_tls_step
step_of(struct dns_tls *tls, int rc)
{
    int saved_errno = errno;
    int kind = SSL_get_error(tls->ssl, rc);

    if (kind == SSL_ERROR_WANT_READ)
        return DNS_TLS_WANT_READ;
    if (kind == SSL_ERROR_WANT_WRITE)
        return DNS_TLS_WANT_WRITE;
    set_failure(tls, kind, saved_errno);
    return DNS_TLS_FAILED;
}

enum dns_tls_step
dns_tls_handshake(struct dns_tls *tls)
{
    int rc;

    ERR_clear_error();
    errno = 0;
    rc = SSL_connect(tls->ssl);
    return rc == 1 ? DNS_TLS_DONE : step_of(tls, rc);
}

enum dns_tls_step
dns_tls_write(struct dns_tls *tls, const uint8_t *bytes, size_t *len)
{
    size_t there = *len;
    int rc;

    *len = 0;
    ERR_clear_error();
    errno = 0;
    rc = SSL_write_ex(tls->ssl, bytes, there, len);
    return rc == 1 ? DNS_TLS_DONE : step_of(tls, rc);
}

enum dns_tls_step
dns_tls_read(struct dns_tls *tls, uint8_t *bytes, size_t *len)
{
    size_t room = *len;
    int rc;

    *len = 0;
    ERR_clear_error();
    errno = 0;
    rc = SSL_read_ex(tls->ssl, bytes, room, len);
    return rc == 1 ? DNS_TLS_DONE : step_of(tls, rc);
}

enum reason
dns_tls_reason(const struct dns_tls *tls)
{
    return tls->reason;
}

const char *
dns_tls_why(const struct dns_tls *tls)
{
    return tls->why;
}
