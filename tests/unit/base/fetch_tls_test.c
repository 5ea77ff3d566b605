#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fetch_tls.c"

#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "tests/lib/fetch_shop.h"

static void
a_verified_exchange(void **state)
{
    struct shop shop;
    const struct fetch_result *r = &shop.bed.seen.result;
    (void)state;

    shop_open(&shop, &shop_honest);
    fetch_bed_get(&shop.bed, (struct fetch_opts){0});
    assert_string_equal(shop.bed.seen.detail, "");
    assert_int_equal(r->error, FETCH_NONE);
    assert_int_equal(r->status, 200);
    assert_int_equal(r->verify, X509_V_OK);
    assert_true(r->tls_us > 0);
    assert_true(r->connect_us >= 0);
    assert_string_equal(shop.bed.seen.tls, "TLSv1.3");
    assert_non_null(shop.bed.seen.certs);
    assert_int_equal(shop.bed.seen.certs->count, 2);
    assert_string_equal(shop.bed.seen.certs->cert[0].subject, "shop.example");
    assert_int_equal(shop.bed.seen.certs->chain_days, 29);
    shop_close(&shop);
}

static void
each_fault_has_its_number(void **state)
{
    static const struct {
        struct pki_opts leaf;
        int verify;
    } cases[] = {
        {{.name = "shop.example", .san = "DNS:other.example"},
         X509_V_ERR_HOSTNAME_MISMATCH},
        {{.name = "shop.example"}, X509_V_ERR_HOSTNAME_MISMATCH},
        {{.name = "x", .san = "DNS:shop.example", .from_s = -9000, .to_s = -60},
         X509_V_ERR_CERT_HAS_EXPIRED},
        {{.name = "x", .san = "DNS:shop.example", .from_s = 9000},
         X509_V_ERR_CERT_NOT_YET_VALID},
        {{.name = "x", .san = "DNS:shop.example", .usage = "clientAuth"},
         X509_V_ERR_INVALID_PURPOSE},
    };

    size_t i;
    (void)state;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct shop shop;
        const struct fetch_result *r = &shop.bed.seen.result;

        shop_open(&shop, &cases[i].leaf);
        fetch_bed_get(&shop.bed, (struct fetch_opts){0});
        assert_int_equal(r->error, FETCH_TLS_VERIFY);
        assert_int_equal(r->phase, FETCH_AT_TLS);
        assert_int_equal(r->verify, cases[i].verify);
        assert_int_equal(r->status, 0);
        assert_int_equal(r->wait_us, -1);
        assert_non_null(shop.bed.seen.certs);
        assert_int_equal(shop.bed.seen.certs->count, 2);
        fetch_bed_get(&shop.bed, (struct fetch_opts){.flags = FETCH_INSECURE});
        assert_int_equal(r->error, FETCH_NONE);
        assert_int_equal(r->status, 200);
        assert_int_equal(r->verify, cases[i].verify);
        shop_close(&shop);
    }
}

/* The second time the chain is known, and is told as the first time; for
 * another name, under other authorities or with a pin it is verified anew. */
static void
a_chain_is_verified_once(void **state)
{
    struct shop shop;
    const struct fetch_result *r = &shop.bed.seen.result;
    const struct certs_known *known;
    uint8_t pin[DIGEST_SHA256_BYTES] = {1};
    struct trust *same;
    char why[100];
    char *pem;
    (void)state;

    shop_open(&shop, &shop_honest);
    known = shop.bed.fetcher->known;
    fetch_bed_get(&shop.bed, (struct fetch_opts){0});
    assert_int_equal(certs_known_hits(known), 0);
    fetch_bed_get(&shop.bed, (struct fetch_opts){0});
    assert_int_equal(certs_known_hits(known), 1);
    assert_int_equal(r->error, FETCH_NONE);
    assert_int_equal(r->verify, X509_V_OK);
    assert_int_equal(shop.bed.seen.certs->count, 2);
    assert_int_equal(shop.bed.seen.certs->path_count, 2);
    assert_int_equal(shop.bed.seen.certs->chain_days, 29);
    fetch_bed_get(&shop.bed, (struct fetch_opts){.tls_name = "other.example"});
    assert_int_equal(r->verify, X509_V_ERR_HOSTNAME_MISMATCH);
    fetch_bed_get(&shop.bed, (struct fetch_opts){.tls_name = "other.example"});
    assert_int_equal(r->verify, X509_V_ERR_HOSTNAME_MISMATCH);
    pem = pki_pem(&shop.ca);
    same = trust_create("", pem, why, sizeof why);
    fetch_bed_get(&shop.bed, (struct fetch_opts){.trust = same});
    assert_int_equal(r->error, FETCH_NONE);
    fetch_bed_get(&shop.bed, (struct fetch_opts){.ca_pin = pin});
    assert_int_equal(r->error, FETCH_TLS_VERIFY);
    assert_int_equal(certs_known_hits(known), 1);
    trust_free(same);
    free(pem);
    shop_close(&shop);
}

static void
a_strangers_authority_is_not_believed(void **state)
{
    struct shop shop;
    struct trust *empty;
    struct pki other = {0};
    char why[100];
    char *pem;
    (void)state;

    shop_open(&shop, &shop_honest);
    pki_make(&other, NULL, &(struct pki_opts){.name = "b", .is_ca = true});
    pem = pki_pem(&other);
    empty = trust_create("", pem, why, sizeof why);
    fetch_bed_get(&shop.bed, (struct fetch_opts){.trust = empty});
    assert_int_equal(shop.bed.seen.result.error, FETCH_TLS_VERIFY);
    assert_int_equal(shop.bed.seen.result.verify,
                     X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN);
    trust_free(empty);
    free(pem);
    pki_free(&other);
    shop_close(&shop);
}

static void
a_root_that_expired_is_seen(void **state)
{
    struct shop shop;
    struct pki old = {0}, leaf = {0};
    struct trust *trust;
    SSL_CTX *ctx;
    char why[100];
    char *pem;
    (void)state;

    shop_open(&shop, &shop_honest);
    pki_make(&old, NULL,
             &(struct pki_opts){
                 .name = "old", .is_ca = true, .from_s = -9000, .to_s = -60});
    pki_make(&leaf, &old, &shop_honest);
    pem = pki_pem(&old);
    trust = trust_create("", pem, why, sizeof why);
    ctx = shop.tiny.ctx;
    shop.tiny.ctx = shop_ctx(&leaf, NULL);
    fetch_bed_get(&shop.bed, (struct fetch_opts){.trust = trust});
    assert_int_equal(shop.bed.seen.result.verify, X509_V_ERR_CERT_HAS_EXPIRED);
    assert_int_equal(shop.bed.seen.certs->path_count, 2);
    assert_string_equal(shop.bed.seen.certs->cert[1].subject, "old");
    assert_true(shop.bed.seen.certs->chain_days < 0);
    SSL_CTX_free(shop.tiny.ctx);
    shop.tiny.ctx = ctx;
    trust_free(trust);
    free(pem);
    pki_free(&leaf);
    pki_free(&old);
    shop_close(&shop);
}

static void
an_intermediate_alone_is_no_anchor(void **state)
{
    struct shop shop;
    struct pki middle = {0};
    struct pki leaf = {0};
    struct trust *partial;
    char why[100];
    char *pem;
    (void)state;

    shop_open(&shop, &shop_honest);
    pki_make(&middle, &shop.ca,
             &(struct pki_opts){.name = "middle", .is_ca = true});
    pki_make(&leaf, &middle, &shop_honest);
    SSL_CTX_free(shop.tiny.ctx);
    shop.tiny.ctx = shop_ctx(&leaf, &middle);
    fetch_bed_get(&shop.bed, (struct fetch_opts){0});
    assert_int_equal(shop.bed.seen.result.error, FETCH_NONE);
    pem = pki_pem(&middle);
    partial = trust_create("", pem, why, sizeof why);
    fetch_bed_get(&shop.bed, (struct fetch_opts){.trust = partial});
    assert_int_equal(shop.bed.seen.result.error, FETCH_TLS_VERIFY);
    trust_free(partial);
    free(pem);
    pki_free(&middle);
    pki_free(&leaf);
    shop_close(&shop);
}

static void
the_name_may_be_another(void **state)
{
    struct shop shop;
    const struct pki_opts by_ip = {.name = "x", .san = "IP:127.0.0.1"};
    char url[64];
    (void)state;

    shop_open(&shop, &shop_honest);
    fetch_bed_get(&shop.bed, (struct fetch_opts){.url = "https://10.0.0.1/",
                                                 .tls_name = "shop.example"});
    assert_int_equal(shop.bed.seen.result.error, FETCH_NONE);
    fetch_bed_get(&shop.bed, (struct fetch_opts){.tls_name = "b.example"});
    assert_int_equal(shop.bed.seen.result.verify, X509_V_ERR_HOSTNAME_MISMATCH);
    shop_close(&shop);

    shop_open(&shop, &by_ip);
    snprintf(url, sizeof url, "https://127.0.0.1:%u/", shop.tiny.port);
    fetch_bed_get(&shop.bed, (struct fetch_opts){.url = url});
    assert_int_equal(shop.bed.seen.result.error, FETCH_NONE);
    fetch_bed_get(&shop.bed, (struct fetch_opts){.url = "https://127.0.0.2/"});
    assert_int_equal(shop.bed.seen.result.verify,
                     X509_V_ERR_IP_ADDRESS_MISMATCH);
    shop_close(&shop);
}

static void
a_pin_is_believed_alone(void **state)
{
    struct shop shop;
    uint8_t pin[32];
    unsigned len = 0;
    struct fetch_bed bare;
    (void)state;

    shop_open(&shop, &shop_honest);
    X509_digest(shop.ca.cert, EVP_sha256(), pin, &len);
    /* A fetcher that trusts nobody. */
    fetch_bed_open(&bare, NULL, shop.tiny.port, "https://shop.example");
    fetch_bed_get(&bare, (struct fetch_opts){0});
    assert_int_equal(bare.seen.result.error, FETCH_TLS_VERIFY);
    fetch_bed_get(&bare, (struct fetch_opts){.ca_pin = pin});
    assert_int_equal(bare.seen.result.error, FETCH_NONE);
    fetch_bed_get(&bare,
                  (struct fetch_opts){.ca_pin = pin, .tls_name = "other"});
    assert_int_equal(bare.seen.result.error, FETCH_TLS_VERIFY);
    fetch_bed_close(&bare);
    /* The right authority in the store does not help a wrong pin. */
    pin[0] ^= 1;
    fetch_bed_get(&shop.bed, (struct fetch_opts){.ca_pin = pin});
    assert_int_equal(shop.bed.seen.result.error, FETCH_TLS_VERIFY);
    assert_non_null(strstr(shop.bed.seen.detail, "pinned"));
    /* Nor is the leaf an authority. */
    X509_digest(shop.leaf.cert, EVP_sha256(), pin, &len);
    fetch_bed_get(&shop.bed, (struct fetch_opts){.ca_pin = pin});
    assert_int_equal(shop.bed.seen.result.error, FETCH_TLS_VERIFY);
    shop_close(&shop);
}

static void
serve_cut(struct tiny_conn *conn)
{
    if (tiny_read_head(conn))
        tiny_say(conn, conn->tiny->arg);
    /* An end of stream without close_notify. */
    SSL_set_quiet_shutdown(conn->ssl, 1);
    shutdown(conn->fd, SHUT_WR);
}

static void
a_stream_cut_short_is_no_answer(void **state)
{
    struct shop shop;
    (void)state;

    shop_open(&shop, &shop_honest);
    shop.tiny.serve = serve_cut;
    shop.tiny.arg = "HTTP/1.1 200 OK\r\n\r\nto the end";
    fetch_bed_get(&shop.bed, (struct fetch_opts){0});
    assert_int_equal(shop.bed.seen.result.error, FETCH_TRUNCATED);
    assert_int_equal(shop.bed.seen.result.phase, FETCH_AT_HTTP);
    assert_true(shop.bed.seen.result.is_unclosed);
    assert_non_null(strstr(shop.bed.seen.detail, "close_notify"));
    /* Who is known to end so may be allowed to; but not to say less. */
    fetch_bed_get(&shop.bed, (struct fetch_opts){.flags = FETCH_LAX_END});
    assert_int_equal(shop.bed.seen.result.error, FETCH_NONE);
    assert_string_equal(shop.bed.seen.body, "to the end");
    shop.tiny.arg = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf";
    fetch_bed_get(&shop.bed, (struct fetch_opts){.flags = FETCH_LAX_END});
    assert_int_equal(shop.bed.seen.result.error, FETCH_TRUNCATED);
    shop.tiny.arg = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "5\r\nhello\r\n";
    fetch_bed_get(&shop.bed, (struct fetch_opts){.flags = FETCH_LAX_END});
    assert_int_equal(shop.bed.seen.result.error, FETCH_TRUNCATED);
    shop_close(&shop);
}

static void
serve_reset(struct tiny_conn *conn)
{
    if (tiny_read_head(conn))
        tiny_say(conn, conn->tiny->arg);
    tiny_reset(conn);
}

/* Our own word of parting makes a peer that is gone answer with a reset, which
 * is not how the answer ended. */
static void
half_an_answer_is_cut_or_reset(void **state)
{
    static const unsigned flags[] = {0, FETCH_REUSE};
    struct shop shop;
    const struct fetch_result *r = &shop.bed.seen.result;
    (void)state;

    shop_open(&shop, &shop_honest);
    shop.tiny.arg = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf";
    for (size_t i = 0; i < 2; i++) {
        shop.tiny.serve = fetch_bed_serve_text;
        fetch_bed_get(&shop.bed, (struct fetch_opts){.flags = flags[i]});
        assert_int_equal(r->error, FETCH_TRUNCATED);
        assert_int_equal(r->phase, FETCH_AT_HTTP);
        shop.tiny.serve = serve_reset;
        fetch_bed_get(&shop.bed, (struct fetch_opts){.flags = flags[i]});
        assert_int_equal(r->error, FETCH_RESET);
        assert_int_equal(r->phase, FETCH_AT_HTTP);
    }
    shop_close(&shop);
}

static void
a_server_that_wants_our_certificate_is_named(void **state)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    size_t i;
    (void)state;

    for (i = 0; i < 2; i++) {
        struct shop shop;
        const struct fetch_result *r = &shop.bed.seen.result;

        shop_open(&shop, &shop_honest);
        SSL_CTX_set_max_proto_version(shop.tiny.ctx, versions[i]);
        SSL_CTX_set_verify(shop.tiny.ctx,
                           SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                           NULL);
        fetch_bed_get(&shop.bed, (struct fetch_opts){0});
        assert_int_equal(r->phase, FETCH_AT_TLS);
        assert_int_equal(r->error, FETCH_TLS_CERT_REQUIRED);
        /* 116 certificate_required; TLS 1.2 says 40 handshake_failure */
        assert_int_equal(r->tls_alert, i == 0 ? 40 : 116);
        fetch_bed_get(&shop.bed, (struct fetch_opts){.flags = FETCH_REUSE});
        assert_int_equal(r->error, FETCH_TLS_ALERT);
        assert_int_equal(r->tls_alert, i == 0 ? 40 : 116);
        shop_close(&shop);
    }
}

/* Sent, and of an authority that the server does not know. */
static void
a_certificate_that_is_refused_is_told_from_none(void **state)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    size_t i;
    (void)state;

    for (i = 0; i < 2; i++) {
        struct shop shop;
        const struct fetch_result *r = &shop.bed.seen.result;
        char *cert;
        char *key;

        shop_open(&shop, &shop_honest);
        cert = pki_pem(&shop.leaf);
        key = pki_key_pem(&shop.leaf);
        SSL_CTX_set_max_proto_version(shop.tiny.ctx, versions[i]);
        SSL_CTX_set_verify(shop.tiny.ctx, SSL_VERIFY_PEER, NULL);
        fetch_bed_get(&shop.bed, (struct fetch_opts){0});
        assert_int_equal(r->error, FETCH_NONE);
        fetch_bed_get(&shop.bed,
                      (struct fetch_opts){.cert_pem = cert,
                                          .cert_pem_len = strlen(cert),
                                          .key_pem = key,
                                          .key_pem_len = strlen(key)});
        assert_int_equal(r->phase, FETCH_AT_TLS);
        assert_int_equal(r->error, FETCH_TLS_CERT_REJECTED);
        assert_int_equal(r->tls_alert, SSL_AD_UNKNOWN_CA);
        free(cert);
        free(key);
        shop_close(&shop);
    }
}

static void
our_certificate_is_shown(void **state)
{
    char cert[] = "/tmp/fetch_tls_cert.XXXXXX";
    char key[] = "/tmp/fetch_tls_key.XXXXXX";
    struct shop shop;
    (void)state;

    close(mkstemp(cert));
    close(mkstemp(key));
    shop_open(&shop, &shop_honest);
    pki_write(&shop.leaf, NULL, cert, key);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(shop.tiny.ctx), shop.ca.cert);
    SSL_CTX_set_verify(shop.tiny.ctx,
                       SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    fetch_bed_get(&shop.bed,
                  (struct fetch_opts){.cert_file = cert, .key_file = key});
    assert_int_equal(shop.bed.seen.result.error, FETCH_NONE);
    fetch_bed_get(&shop.bed, (struct fetch_opts){.cert_file = "/nowhere.pem",
                                                 .key_file = key});
    assert_int_equal(shop.bed.seen.result.error, FETCH_CONFIG);
    shop_close(&shop);
    unlink(cert);
    unlink(key);
}

static void
serve_greeting(struct tiny_conn *conn)
{
    char some[2000];

    tiny_say(conn, "220 mail.example ESMTP\r\n");
    while (tiny_read(conn, some, sizeof some) > 0)
        continue;
}

static void
a_plain_server_makes_no_handshake(void **state)
{
    struct shop shop;
    SSL_CTX *ctx;
    (void)state;

    shop_open(&shop, &shop_honest);
    ctx = shop.tiny.ctx;
    shop.tiny.ctx = NULL;
    shop.tiny.serve = fetch_bed_serve_text;
    fetch_bed_get(&shop.bed, (struct fetch_opts){.timeout_ns = SECOND / 5});
    assert_int_equal(shop.bed.seen.result.phase, FETCH_AT_TLS);
    shop.tiny.serve = serve_greeting;
    fetch_bed_get(&shop.bed, (struct fetch_opts){.timeout_ns = 10 * SECOND});
    assert_int_equal(shop.bed.seen.result.error, FETCH_TLS_HANDSHAKE);
    assert_string_equal(shop.bed.seen.detail,
                        "no TLS handshake could be made: the server does not "
                        "speak TLS on this port");
    shop.tiny.ctx = ctx;
    shop_close(&shop);
}

static void
http2_is_spoken_unless_forbidden(void **state)
{
    struct shop shop;
    (void)state;

    /* The server agrees to nothing, so what is offered shows in the fallback. */
    shop_open(&shop, &shop_honest);
    fetch_bed_get(&shop.bed, (struct fetch_opts){.flags = FETCH_HTTP1});
    assert_int_equal(shop.bed.seen.result.http_version, 11);
    assert_string_equal(shop.bed.seen.alpn, "");
    shop_close(&shop);
}

static int
choose_h2(SSL *ssl, const unsigned char **out, unsigned char *len,
          const unsigned char *in, unsigned in_len, void *cookie)
{
    (void)ssl;
    (void)cookie;
    for (unsigned at = 0; at < in_len; at += in[at] + 1u)
        if (in[at] == 2 && memcmp(in + at + 1, "h2", 2) == 0) {
            *out = in + at + 1;
            *len = 2;
            return SSL_TLSEXT_ERR_OK;
        }
    return SSL_TLSEXT_ERR_NOACK;
}

/* RST_STREAM with the code in `arg` over HTTP/2, else an answer. */
static void
serve_refusal(struct tiny_conn *conn)
{
    const unsigned char *name = NULL;
    unsigned len = 0;
    char reset[] = "\0\0\4\3\0\0\0\0\1\0\0\0";
    char some[4096];

    SSL_get0_alpn_selected(conn->ssl, &name, &len);
    if (len != 2) {
        (void)tiny_read_head(conn);
        tiny_say(conn, fetch_bed_good);
        return;
    }
    reset[12] = *(const char *)conn->tiny->arg;
    tiny_write(conn, "\0\0\0\4\0\0\0\0\0", 9);
    if (tiny_read(conn, some, sizeof some) > 0)
        tiny_write(conn, reset, sizeof reset);
    while (tiny_read(conn, some, sizeof some) > 0)
        continue;
}

static void
a_refused_stream_is_asked_again_over_http1_alone(void **state)
{
    struct fetch_opts opts = {.method = "POST", .timeout_ns = 60 * SECOND};
    struct shop shop;
    (void)state;

    shop_open(&shop, &shop_honest);
    SSL_CTX_set_alpn_select_cb(shop.tiny.ctx, choose_h2, NULL);
    shop.tiny.serve = serve_refusal;
    shop.tiny.arg = "\7"; /* REFUSED_STREAM */
    fetch_bed_get(&shop.bed, opts);
    assert_int_equal(shop.bed.seen.result.phase, FETCH_AT_HTTP);
    assert_int_equal(shop.bed.seen.result.error, FETCH_RESET);
    shop.tiny.arg = "\15"; /* HTTP_1_1_REQUIRED */
    fetch_bed_get(&shop.bed, opts);
    assert_int_equal(shop.bed.seen.result.error, FETCH_NONE);
    assert_int_equal(shop.bed.seen.result.status, 200);
    assert_int_equal(shop.bed.seen.result.http_version, 11);
    shop_close(&shop);
}

/* Wants another handshake before it answers, as for a path of its own. */
static void
serve_anew(struct tiny_conn *conn)
{
    SSL_CTX *ctx = SSL_get_SSL_CTX(conn->ssl);
    int fd = SSL_get_fd(conn->ssl);
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    int flags = fcntl(fd, F_GETFL);
    int rc = 1;
    char byte;

    (void)tiny_read_head(conn);
    (void)SSL_renegotiate(conn->ssl);
    (void)SSL_do_handshake(conn->ssl); /* sends HelloRequest */
    (void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    while (SSL_CTX_sess_accept_good(ctx) < 2 && poll(&wait, 1, -1) == 1) {
        rc = SSL_peek(conn->ssl, &byte, 1);
        if (SSL_get_error(conn->ssl, rc) != SSL_ERROR_WANT_READ)
            return;
    }
    (void)fcntl(fd, F_SETFL, flags);
    tiny_say(conn, fetch_bed_good);
}

static void
a_server_may_ask_for_another_handshake(void **state)
{
    struct shop shop;
    (void)state;

    shop_open(&shop, &shop_honest);
    SSL_CTX_set_max_proto_version(shop.tiny.ctx, TLS1_2_VERSION);
    shop.tiny.serve = serve_anew;
    fetch_bed_get(&shop.bed, (struct fetch_opts){.timeout_ns = 10 * SECOND});
    assert_int_equal(shop.bed.seen.result.error, FETCH_NONE);
    assert_int_equal(shop.bed.seen.result.status, 200);
    shop_close(&shop);
}

#define EMPTY_FRAMES 20000 /* in one go */
#define EMPTY_ROUNDS 400   /* 72 MB in all: far over what is taken */

/* SETTINGS, HEADERS when `arg` is set, and DATA frames that hold nothing. */
static void
serve_empty_frames(struct tiny_conn *conn)
{
    static const char frame[9] = {0, 0, 0, 0, 0, 0, 0, 0, 1};
    char *frames = str_xcalloc(EMPTY_FRAMES, sizeof frame);
    char some[4096];

    for (size_t i = 0; i < EMPTY_FRAMES; i++)
        memcpy(frames + i * sizeof frame, frame, sizeof frame);
    tiny_write(conn, "\0\0\0\4\0\0\0\0\0", 9);
    if (tiny_read(conn, some, sizeof some) > 0 && conn->tiny->arg != NULL)
        tiny_write(conn, "\0\0\1\1\4\0\0\0\1\x88", 10);
    for (int i = 0; i < EMPTY_ROUNDS; i++)
        tiny_write(conn, frames, EMPTY_FRAMES * sizeof frame);
    free(frames);
}

static void
frames_that_hold_nothing_have_an_end(void **state)
{
    struct shop shop;
    (void)state;

    shop_open(&shop, &shop_honest);
    SSL_CTX_set_alpn_select_cb(shop.tiny.ctx, choose_h2, NULL);
    shop.tiny.serve = serve_empty_frames;
    shop.tiny.arg = "";
    fetch_bed_get(&shop.bed, (struct fetch_opts){.timeout_ns = 60 * SECOND});
    assert_int_equal(shop.bed.seen.result.error, FETCH_BODY_LIMIT);
    assert_int_equal(shop.bed.seen.result.status, 200);
    assert_string_equal(shop.bed.seen.detail,
                        "the body is over its limit: 10485760 bytes on the "
                        "wire, framing included");
    shop_close(&shop);
}

/*
 * The CAPATH trap: with curl's defaults each connection reads the system's
 * bundle (40 ms of CPU) although our store is the one that judges.  Nothing in
 * the answer shows it, so the files that are opened are counted: this program's
 * fopen() stands before the C library's.
 */
static atomic_int bundle_opens;

FILE *
fopen(const char *path, const char *mode)
{
    FILE *(*real)(const char *, const char *);
    void *symbol = dlsym(RTLD_NEXT, "fopen");

    memcpy(&real, &symbol, sizeof real);
    if (strstr(path, "/ssl/certs") != NULL)
        bundle_opens++;
    return real(path, mode);
}

FILE *
fopen64(const char *path, const char *mode)
{
    return fopen(path, mode);
}

static void
no_connection_reads_the_bundle(void **state)
{
    struct shop shop;
    int i;
    (void)state;

    shop_open(&shop, &shop_honest);
    bundle_opens = 0;
    for (i = 0; i < 5; i++) {
        fetch_bed_get(&shop.bed, (struct fetch_opts){0});
        assert_int_equal(shop.bed.seen.result.error, FETCH_NONE);
    }
    assert_int_equal(bundle_opens, 0);
    shop_close(&shop);
}

static void
the_counter_of_the_trap_counts(void **state)
{
    CURL *easy = curl_easy_init();
    struct curl_slist *list;
    char to[64];
    struct shop shop;
    (void)state;

    shop_open(&shop, &shop_honest);
    bundle_opens = 0;
    curl_easy_setopt(easy, CURLOPT_URL, shop.bed.url);
    snprintf(to, sizeof to, "::127.0.0.1:%u", shop.tiny.port);
    list = curl_slist_append(NULL, to);
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, list);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_perform(easy);
    assert_true(bundle_opens > 0);
    curl_slist_free_all(list);
    curl_easy_cleanup(easy);
    shop_close(&shop);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_verified_exchange),
        cmocka_unit_test(each_fault_has_its_number),
        cmocka_unit_test(a_chain_is_verified_once),
        cmocka_unit_test(a_strangers_authority_is_not_believed),
        cmocka_unit_test(a_root_that_expired_is_seen),
        cmocka_unit_test(an_intermediate_alone_is_no_anchor),
        cmocka_unit_test(the_name_may_be_another),
        cmocka_unit_test(a_pin_is_believed_alone),
        cmocka_unit_test(a_stream_cut_short_is_no_answer),
        cmocka_unit_test(half_an_answer_is_cut_or_reset),
        cmocka_unit_test(a_server_that_wants_our_certificate_is_named),
        cmocka_unit_test(a_certificate_that_is_refused_is_told_from_none),
        cmocka_unit_test(our_certificate_is_shown),
        cmocka_unit_test(a_plain_server_makes_no_handshake),
        cmocka_unit_test(http2_is_spoken_unless_forbidden),
        cmocka_unit_test(a_refused_stream_is_asked_again_over_http1_alone),
        cmocka_unit_test(a_server_may_ask_for_another_handshake),
        cmocka_unit_test(frames_that_hold_nothing_have_an_end),
        cmocka_unit_test(the_counter_of_the_trap_counts),
        cmocka_unit_test(no_connection_reads_the_bundle),
    };

    (void)signal(SIGPIPE, SIG_IGN); /* servers write on when nobody reads */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
