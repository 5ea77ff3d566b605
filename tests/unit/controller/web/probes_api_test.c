#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/web/probes_api.c"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/id.h"
#include "controller/controller.h"
#include "tests/lib/web_bed.h"

static EVP_PKEY *key;

static char *
make_csr(void)
{
    X509_REQ *req = X509_REQ_new();
    BIO *bio = BIO_new(BIO_s_mem());
    char *data = NULL;
    char *text;
    long len;

    EVP_PKEY_free(key); /* of the one before */
    key = EVP_EC_gen("P-256");
    assert_int_equal(X509_REQ_set_pubkey(req, key), 1);
    assert_true(X509_REQ_sign(req, key, EVP_sha256()) > 0);
    assert_int_equal(PEM_write_bio_X509_REQ(bio, req), 1);
    len = BIO_get_mem_data(bio, &data);
    text = strndup(data, (size_t)len);
    X509_REQ_free(req);
    BIO_free(bio);
    return text;
}

static int
post(struct web_bed *bed, const char *path, struct buf *message)
{
    char *head = str_xprintf("POST %s HTTP/1.1\r\nHost: c\r\nConnection: "
                             "close\r\nContent-Length: %zu\r\n\r\n",
                             path, message->len);
    struct buf all;
    int status;

    buf_init(&all, 1u << 20);
    (void)buf_add_str(&all, head);
    (void)buf_add(&all, message->data, message->len);
    status = web_bed_send(bed, controller_probes_url(bed->controller),
                          (const char *)all.data, all.len);
    buf_free(&all);
    buf_free(message);
    free(head);
    return status;
}

static size_t
body_len(const struct web_bed *bed)
{
    return bed->answer_len - (size_t)(bed->body - bed->answer);
}

static void
use_tls(struct web_bed *bed, const char *cert)
{
    SSL_CTX_free(bed->tls);
    bed->tls = SSL_CTX_new(TLS_client_method());
    if (cert != NULL) {
        BIO *bio = BIO_new_mem_buf(cert, -1);
        X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);

        assert_int_equal(SSL_CTX_use_certificate(bed->tls, x), 1);
        assert_int_equal(SSL_CTX_use_PrivateKey(bed->tls, key), 1);
        X509_free(x);
        BIO_free(bio);
    }
}

static struct message_enroll_reply *
join(struct web_bed *bed, const char *token, int want)
{
    char *csr = make_csr();
    struct message_enroll m = {token, "Host-1", csr};
    struct message_enroll_reply *reply = NULL;
    struct buf out;

    buf_init(&out, 1u << 20);
    assert_int_equal(message_encode_enroll(&out, &m), 0);
    assert_int_equal(post(bed, "/probe/v1/enroll", &out), want);
    if (want == 200)
        reply = message_decode_enroll_reply(bed->body, body_len(bed));
    free(csr);
    return reply;
}

static int
sync_once(struct web_bed *bed, uint32_t version)
{
    struct message_sync m = {.wire_version = version,
                             .software = "picket 0",
                             .boot = id_random(),
                             .rtt_ms = -1,
                             .ill_why = ""};
    struct buf out;

    buf_init(&out, 1u << 20);
    assert_int_equal(message_encode_sync(&out, &m), 0);
    return post(bed, "/probe/v1/sync", &out);
}

static void
invited_probe_joins_syncs_and_is_revoked(void **state)
{
    struct web_bed *bed = *state;
    char token[ENROL_TOKEN_MAX];
    char why[ENROL_WHY_MAX];
    struct message_enroll_reply *in;
    struct message_sync_reply *reply;

    assert_int_equal(
        controller_invite(bed->controller, "fra", NULL, token, why), 0);
    use_tls(bed, NULL);
    in = join(bed, token, 200);
    assert_non_null(in);
    assert_string_equal(in->name, "host-1");
    assert_string_equal(in->region, "fra");
    assert_null(join(bed, token, 403)); /* once */
    assert_int_equal(sync_once(bed, MESSAGE_WIRE_VERSION), 401);
    message_free(in);

    assert_int_equal(
        controller_invite(bed->controller, "iad", "second", token, why), 0);
    in = join(bed, token, 200);
    assert_string_equal(in->name, "second");
    use_tls(bed, in->cert);
    assert_int_equal(sync_once(bed, MESSAGE_WIRE_VERSION), 200);
    reply = message_decode_sync_reply(bed->body, body_len(bed));
    assert_non_null(reply);
    assert_true(reply->has_assignment);
    assert_int_equal(reply->assigned_count, 1);
    assert_string_equal(reply->assigned[0].check, "home");
    assert_int_equal(reply->assigned[0].region_index, 1);
    assert_int_equal(reply->assigned[0].region_count, 2);
    message_free(reply);
    assert_int_equal(sync_once(bed, MESSAGE_WIRE_VERSION + 1), 426);
    assert_non_null(strstr(bed->body, "upgrade the controller"));
    assert_int_equal(sync_once(bed, 0), 426);
    assert_non_null(strstr(bed->body, "upgrade the probe"));
    assert_int_equal(
        web_bed_order(bed, "POST /api/v1/probes/second/revoke", ""), 200);
    assert_int_equal(sync_once(bed, MESSAGE_WIRE_VERSION), 403);
    message_free(in);
}

static void
garbage_is_refused_with_a_sentence(void **state)
{
    static const char *const paths[] = {"/probe/v1/enroll", "/probe/v1/renew",
                                        "/probe/v1/sync", "/probe/v1/results",
                                        "/else"};
    struct web_bed *bed = *state;

    use_tls(bed, NULL);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct buf out;

        buf_init(&out, 4096);
        (void)buf_add(&out, "\xff\xff\xff\xff\xff\xff\x00garbage", 14);
        assert_true(post(bed, paths[i], &out) >= 400);
        assert_true(bed->status < 500);
        assert_non_null(strstr(bed->body, "remedy"));
    }
}

static void
guessing_is_slowed_down(void **state)
{
    struct web_bed *bed = *state;

    use_tls(bed, NULL);
    for (int i = 0; i < 10; i++) {
        assert_null(join(bed, "00112233445566778899aabbccddeeff", 403));
    }
    assert_null(join(bed, "00112233445566778899aabbccddeeff", 429));
    assert_non_null(web_bed_header(bed, "Retry-After"));
}

int
main(void)
{
    int failed;
    const struct CMUnitTest tests[] = {
        WEB_BED(invited_probe_joins_syncs_and_is_revoked),
        WEB_BED(garbage_is_refused_with_a_sentence),
        WEB_BED(guessing_is_slowed_down),
    };

    failed = cmocka_run_group_tests(tests, NULL, NULL);
    EVP_PKEY_free(key);
    return failed;
}
