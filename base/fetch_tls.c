/*
 * fetch_tls.c - how curl's TLS is judged: by us, in OpenSSL's own verification.
 *
 * curl makes an SSL_CTX for every connection and lets us change it before the
 * handshake.  We give it the shared store, and a function that stands in for
 * X509_verify_cert(): it sets the name that is expected, keeps the chain
 * whatever comes of it, and only then says yes or no; a chain that it verified
 * before is known by its bytes (certs_known.h).  curl's two leniencies are
 * taken back: a partial chain, and an end of stream without close_notify.
 *
 * With a pin nothing but the pinned authority is believed: it must be in the
 * chain that the server sent, and verification runs against it alone.
 */
#include <curl/curl.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/certs.h"
#include "base/certs_known.h"
#include "base/digest.h"
#include "base/fetch_priv.h"
#include "base/loop.h"
#include "base/str.h"
#include "base/tls_bound.h"
#include "base/trust.h"

static const unsigned char ALPN_H2[] = {2, 'h', '2'};

/* Head and body are at most that much smaller than what carries them: HTTP/2
 * in frames, and chunks, of a few bytes each. */
#define WIRE_FACTOR       8
#define RECORD_HEAD_BYTES 5 /* of TLS: type, version, length */

#define HOST_MAX 256 /* a DNS name, RFC 1035, and NUL */

/* NULL: the authorities are curl's own. */
static struct trust *
trust_of(const struct fetch *fetch)
{
    return fetch->own.opts.trust ? fetch->own.opts.trust
                                 : fetch->fetcher->trust;
}

/* The name that the certificate must have: the caller's, or the URL's host. */
static int
get_name(const struct fetch *fetch, char name[HOST_MAX])
{
    CURLU *url;
    char *host = NULL;
    size_t len;
    int rc = -1;

    if (fetch->own.opts.tls_name != NULL)
        return str_copy(name, HOST_MAX, fetch->own.opts.tls_name) ? 0 : -1;
    url = curl_url();
    if (url != NULL &&
        curl_url_set(url, CURLUPART_URL, fetch->own.opts.url, 0) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_HOST, &host, CURLU_PUNYCODE) == CURLUE_OK) {
        len = strlen(host);
        if (host[0] == '[' && len > 2) {
            host[len - 1] = '\0';
            rc = str_copy(name, HOST_MAX, host + 1) ? 0 : -1;
        } else {
            rc = str_copy(name, HOST_MAX, host) ? 0 : -1;
        }
    }
    curl_free(host);
    curl_url_cleanup(url);
    return rc;
}

static int
expect_name(const char *name, X509_VERIFY_PARAM *param)
{
    size_t len;
    struct addr ip;

    if (addr_parse_ip(&ip, name, 0) == 0)
        return X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1 ? 0 : -1;
    /* "example.org." names the same host as "example.org". */
    len = strlen(name);
    if (len > 1 && name[len - 1] == '.')
        len--;
    X509_VERIFY_PARAM_set_hostflags(param,
                                    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
                                        X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return X509_VERIFY_PARAM_set1_host(param, name, len) == 1 ? 0 : -1;
}

/* The authority of `chain` with the digest `pin`; NULL when it is not there. */
static X509 *
find_pinned(const STACK_OF(X509) * chain, const uint8_t *pin)
{
    int i;

    for (i = 0; i < sk_X509_num(chain); i++) {
        X509 *x = sk_X509_value(chain, i);
        uint8_t sum[EVP_MAX_MD_SIZE];
        unsigned len = 0;

        if (X509_digest(x, EVP_sha256(), sum, &len) == 1 &&
            len == DIGEST_SHA256_BYTES && memcmp(sum, pin, len) == 0 &&
            X509_check_ca(x) > 0)
            return x;
    }
    return NULL;
}

static int
verify_pinned(struct fetch *fetch, X509_STORE_CTX *x509)
{
    X509 *ca = find_pinned(X509_STORE_CTX_get0_untrusted(x509),
                           fetch->own.opts.ca_pin);
    STACK_OF(X509) * only;
    int ok;

    if (ca == NULL) {
        fetch->is_pin_missing = true;
        X509_STORE_CTX_set_error(x509, X509_V_ERR_CERT_UNTRUSTED);
        return 0;
    }
    only = sk_X509_new_null();
    if (only == NULL || sk_X509_push(only, ca) == 0) {
        sk_X509_free(only);
        X509_STORE_CTX_set_error(x509, X509_V_ERR_OUT_OF_MEM);
        return 0;
    }
    X509_STORE_CTX_set0_trusted_stack(x509, only);
    ok = X509_verify_cert(x509);
    sk_X509_free(only);
    return ok;
}

/* The whole verification: done, or known to have ended well. */
static int
verify_once(struct fetch *fetch, X509_STORE_CTX *x509, const char *name)
{
    STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(x509);
    struct fetcher *fetcher = fetch->fetcher;
    struct trust *trust = trust_of(fetch);
    STACK_OF(X509) * path;
    struct certs_known_key key;
    int ok;

    if (trust == NULL) /* curl's store: another for every connection */
        return X509_verify_cert(x509);
    certs_known_key(&key, sent, trust, name);
    path =
        certs_known_find(fetcher->known, &key, sent, loop_wall(fetcher->loop));
    if (path != NULL) {
        X509_STORE_CTX_set0_verified_chain(x509, path);
        X509_STORE_CTX_set_error(x509, X509_V_OK);
        return 1;
    }
    ok = X509_verify_cert(x509);
    if (ok == 1)
        certs_known_add(fetcher->known, &key, trust, sent,
                        X509_STORE_CTX_get0_chain(x509));
    return ok;
}

static int
verify(struct fetch *fetch, X509_STORE_CTX *x509)
{
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(x509);
    char name[HOST_MAX];

    X509_VERIFY_PARAM_clear_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
    if (get_name(fetch, name) != 0 || expect_name(name, param) != 0) {
        X509_STORE_CTX_set_error(x509, X509_V_ERR_HOSTNAME_MISMATCH);
        return 0;
    }
    if (fetch->own.opts.ca_pin != NULL)
        return verify_pinned(fetch, x509);
    return verify_once(fetch, x509, name);
}

/* OpenSSL's: in place of X509_verify_cert(). */
static int
on_verify(X509_STORE_CTX *x509, void *cookie)
{
    struct fetch *fetch = cookie;
    STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(x509);
    int ok = verify(fetch, x509);

    sk_X509_pop_free(fetch->chain, X509_free);
    sk_X509_pop_free(fetch->verified, X509_free);
    fetch->chain = sent ? X509_chain_up_ref(sent) : NULL;
    fetch->verify = ok == 1 ? X509_V_OK : X509_STORE_CTX_get_error(x509);
    if (ok != 1 && fetch->verify == X509_V_OK)
        fetch->verify = X509_V_ERR_UNSPECIFIED;
    fetch->verified =
        certs_has_path(fetch->verify) ? X509_STORE_CTX_get1_chain(x509) : NULL;
    return ok == 1 || (fetch->own.opts.flags & FETCH_INSECURE);
}

static void
keep_alpn(struct fetch *fetch, const SSL *ssl)
{
    const unsigned char *name = NULL;
    unsigned len = 0;

    SSL_get0_alpn_selected(ssl, &name, &len);
    if (len == 0 || len >= sizeof fetch->alpn)
        return;
    memcpy(fetch->alpn, name, len);
    fetch->alpn[len] = '\0';
}

/* It is "done" again whenever a ticket comes, later. */
static void
end_handshake(struct fetch *fetch)
{
    mono_t now = loop_now(fetch->fetcher->loop);

    if (fetch->is_secure)
        return;
    fetch->is_secure = true;
    fetch->tls_us += clock_since_ns(fetch->tls_at, now) / NS_PER_US;
}

/* OpenSSL's: states and alerts as they pass. */
static void
on_info(const SSL *ssl, int where, int value)
{
    struct fetch *fetch = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    int level = value >> 8;

    if (where == SSL_CB_CONNECT_LOOP && SSL_get_state(ssl) == TLS_ST_CW_CERT) {
        fetch->is_cert_asked = true;
        fetch->is_cert_sent = SSL_get_certificate(ssl) != NULL;
    } else if (where & SSL_CB_HANDSHAKE_DONE) {
        end_handshake(fetch);
        fetch->tls_protocol = SSL_get_version(ssl);
        keep_alpn(fetch, ssl);
    } else if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT) {
        if (level == SSL3_AL_FATAL)
            fetch->alert = value & 0xff;
        else if ((value & 0xff) == SSL_AD_CLOSE_NOTIFY)
            fetch->is_closed_well = true;
    }
}

size_t
fetch_wire_max(const struct fetch *fetch)
{
    return WIRE_FACTOR *
           (fetch->own.opts.header_max + fetch->own.opts.body_max);
}

/*
 * OpenSSL's: each record's head.  Frames of HTTP/2 that hold nothing never
 * reach a callback of curl's, and as long as more of them are there curl reads
 * on (read_turn.h).  It finds the end instead.
 */
static void /* NOLINTNEXTLINE(readability-function-size) */
on_record(int is_sent, int version, int type, const void *data, size_t len,
          SSL *ssl, void *cookie)
{
    struct fetch *fetch = cookie;
    const uint8_t *head = data;
    (void)version;

    tls_bound_heed(ssl, is_sent, type, data, len);
    if (is_sent || type != SSL3_RT_HEADER || len != RECORD_HEAD_BYTES)
        return;
    fetch->wire_bytes += (size_t)(head[3] << 8 | head[4]);
    if (fetch->wire_bytes <= fetch_wire_max(fetch))
        return;
    fetch->is_wire_over = true;
    SSL_set_shutdown(ssl, SSL_get_shutdown(ssl) | SSL_RECEIVED_SHUTDOWN);
}

static void
set_store(SSL_CTX *ctx, struct trust *trust)
{
    /* Not set1_cert_store(): after our callback curl puts a store of its own
     * in that place, which it keeps from connection to connection; had it
     * found ours there, it would hand it to fetches with other authorities. */
    if (trust != NULL)
        SSL_CTX_set1_verify_cert_store(ctx, trust_store(trust));
}

int
fetch_tls_set(struct fetch *fetch, void *ssl_ctx)
{
    SSL_CTX *ctx = ssl_ctx;

    if (fetch->own.opts.ca_pin == NULL)
        set_store(ctx, trust_of(fetch));
    if (client_cert_set_all(&fetch->cert, ctx, fetch->config,
                            sizeof fetch->config) != 0)
        return -1;
    tls_bound_set(ctx);
    SSL_CTX_clear_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_options(ctx, SSL_OP_CLEANSE_PLAINTEXT); /* tokens, cookies */
    SSL_CTX_set_cert_verify_callback(ctx, on_verify, fetch);
    if (fetch->own.opts.flags & FETCH_HTTP2)
        SSL_CTX_set_alpn_protos(ctx, ALPN_H2, sizeof ALPN_H2);
    SSL_CTX_set_keylog_callback(ctx, NULL); /* whatever SSLKEYLOGFILE says */
    if (fetch->is_kept) {
        /* The connection outlives this fetch: nothing on it may call back
         * after the handshake. */
        SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
        return 0;
    }
    fetch->is_secure = fetch->is_cert_asked = false;
    fetch->alpn[0] = '\0';
    fetch->tls_at = loop_now(fetch->fetcher->loop);
    SSL_CTX_set_app_data(ctx, fetch);
    SSL_CTX_set_info_callback(ctx, on_info);
    SSL_CTX_set_msg_callback(ctx, on_record);
    SSL_CTX_set_msg_callback_arg(ctx, fetch);
    return 0;
}
