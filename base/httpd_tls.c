/*
 * httpd_tls.c - the server's TLS: its certificate, and who the client is.
 *
 * A client certificate is asked for but not required.  A wrong one ends the
 * handshake; one whose only fault is that it has expired is let in, marked, so
 * that a probe that was off too long can ask for a new one.  Sessions are never
 * resumed: a resumed one would carry yesterday's judgement.
 */
#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "base/certs.h"
#include "base/httpd_priv.h"
#include "base/pem.h"
#include "base/str.h"
#include "base/tls_bound.h"

static int
on_verify(int ok, X509_STORE_CTX *x509)
{
    if (ok == 1)
        return 1;
    return X509_STORE_CTX_get_error(x509) == X509_V_ERR_CERT_HAS_EXPIRED &&
           X509_STORE_CTX_get_error_depth(x509) == 0;
}

static void
explain(char *why, size_t cap, const char *file)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());

    snprintf(why, cap, "%s: %s", file, reason ? reason : "cannot be read");
    ERR_clear_error();
}

static int
load_own(SSL_CTX *ctx, const struct httpd_opts *opts, char *why, size_t cap)
{
    const char *key = opts->key_file ? opts->key_file : opts->cert_file;

    SSL_CTX_set_default_passwd_cb(ctx, pem_no_passphrase);
    if (SSL_CTX_use_certificate_chain_file(ctx, opts->cert_file) != 1) {
        explain(why, cap, opts->cert_file);
        return -1;
    }
    if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(ctx) != 1) {
        explain(why, cap, key);
        return -1;
    }
    return 0;
}

static int
load_client_ca(SSL_CTX *ctx, const char *file, char *why, size_t cap)
{
    STACK_OF(X509_NAME) * names;

    if (file == NULL)
        return 0;
    names = SSL_load_client_CA_file(file);
    if (names == NULL || SSL_CTX_load_verify_file(ctx, file) != 1) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        explain(why, cap, file);
        return -1;
    }
    SSL_CTX_set_client_CA_list(ctx, names);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, on_verify);
    return 0;
}

SSL_CTX *
httpd_tls_open(const struct httpd_opts *opts, char *why, size_t cap)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

    if (ctx == NULL) {
        str_copy(why, cap, "TLS: out of memory");
        return NULL;
    }
    ERR_clear_error();
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                                 SSL_OP_NO_COMPRESSION |
                                 SSL_OP_CLEANSE_PLAINTEXT |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    tls_bound_set(ctx);
    SSL_CTX_set_num_tickets(ctx, 0);
    if (load_own(ctx, opts, why, cap) != 0 ||
        load_client_ca(ctx, opts->client_ca, why, cap) != 0) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    return ctx;
}

void
httpd_tls_close(SSL_CTX *ctx)
{
    SSL_CTX_free(ctx);
}

struct bufferevent *
httpd_tls_create(struct event_base *base, int fd, SSL_CTX *ctx)
{
    SSL *ssl = SSL_new(ctx);
    struct bufferevent *bev = NULL;

    if (ssl != NULL)
        bev = bufferevent_openssl_socket_new(
            base, fd, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
    if (bev == NULL) {
        SSL_free(ssl);
        return NULL;
    }
    /* Most clients just close; all we read is framed by itself. */
    bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
    return bev;
}

void
httpd_tls_end(struct bufferevent *bev)
{
    SSL *ssl = bufferevent_openssl_get_ssl(bev);

    if (ssl == NULL || SSL_is_init_finished(ssl) == 0)
        return;
    ERR_clear_error();
    SSL_shutdown(ssl);
    ERR_clear_error();
}

void
httpd_tls_get_peer(struct bufferevent *bev, struct httpd_peer *peer, wall_t now)
{
    const SSL *ssl = bufferevent_openssl_get_ssl(bev);
    X509 *x = ssl ? SSL_get0_peer_certificate(ssl) : NULL;
    long verify = ssl ? SSL_get_verify_result(ssl) : X509_V_OK;
    STACK_OF(X509) * chain;
    struct certs *certs;

    memset(peer, 0, sizeof *peer);
    if (x == NULL ||
        (verify != X509_V_OK && verify != X509_V_ERR_CERT_HAS_EXPIRED))
        return;
    chain = sk_X509_new_null();
    if (chain == NULL || sk_X509_push(chain, x) == 0) {
        sk_X509_free(chain);
        return;
    }
    certs = certs_of(chain, now);
    peer->state = verify == X509_V_OK ? HTTPD_PEER_VALID : HTTPD_PEER_EXPIRED;
    str_copy(peer->name, sizeof peer->name, certs->cert[0].subject);
    str_copy(peer->sha256, sizeof peer->sha256, certs->cert[0].sha256);
    str_copy(peer->serial, sizeof peer->serial, certs->cert[0].serial);
    certs_free(certs);
    sk_X509_free(chain);
}
