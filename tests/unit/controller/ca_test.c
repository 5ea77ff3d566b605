#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "controller/ca.c"
#include "tests/lib/pki.h"

struct world {
    char dir[64];
    char ca_dir[80];
    struct ca *ca;
    wall_t now;
    char why[256];
};

static int
setup(void **state)
{
    struct world *w = test_calloc(1, sizeof(*w));

    (void)snprintf(w->dir, sizeof(w->dir), "/tmp/picket-ca-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    (void)snprintf(w->ca_dir, sizeof(w->ca_dir), "%s/ca", w->dir);
    w->now = clock_wall();
    w->ca = ca_open(w->ca_dir, w->now, w->why, sizeof(w->why));
    assert_non_null(w->ca);
    *state = w;
    return 0;
}

static int
teardown(void **state)
{
    struct world *w = *state;

    ca_close(w->ca);
    assert_int_equal(file_remove_tree(w->dir), 0);
    test_free(w);
    return 0;
}

static char *
make_csr(EVP_PKEY *key, EVP_PKEY *signer)
{
    X509_REQ *req = X509_REQ_new();
    STACK_OF(X509_EXTENSION) *exts = sk_X509_EXTENSION_new_null();
    BIO *bio = BIO_new(BIO_s_mem());
    const EVP_MD *md = EVP_PKEY_is_a(signer, "ED25519") ? NULL : EVP_sha256();
    char *text;

    /* all it asks for must be ignored, its key aside */
    X509_NAME_add_entry_by_txt(
        X509_REQ_get_subject_name(req), "CN", MBSTRING_ASC,
        (const unsigned char *)"someone-else", -1, -1, 0);
    sk_X509_EXTENSION_push(exts, X509V3_EXT_conf_nid(NULL, NULL,
                                                     NID_basic_constraints,
                                                     "critical,CA:TRUE"));
    sk_X509_EXTENSION_push(
        exts, X509V3_EXT_conf_nid(NULL, NULL, NID_ext_key_usage, "serverAuth"));
    assert_int_equal(X509_REQ_add_extensions(req, exts), 1);
    assert_int_equal(X509_REQ_set_pubkey(req, key), 1);
    assert_true(X509_REQ_sign(req, signer, md) > 0);
    assert_int_equal(PEM_write_bio_X509_REQ(bio, req), 1);
    text = bio_text(bio);
    sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
    X509_REQ_free(req);
    BIO_free(bio);
    return text;
}

static X509 *
parse_cert(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);

    BIO_free(bio);
    assert_non_null(cert);
    return cert;
}

/* 1: OpenSSL's own verifier takes `pem` for `purpose` under the authority. */
static int
verify(const struct world *w, const char *pem, int purpose, wall_t at)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    X509 *ca = parse_cert(ca_pem(w->ca));
    X509 *cert = parse_cert(pem);
    int rc;

    X509_STORE_add_cert(store, ca);
    X509_STORE_CTX_init(ctx, store, cert, NULL);
    X509_STORE_CTX_set_purpose(ctx, purpose);
    X509_STORE_CTX_set_time(ctx, 0, (time_t)(at.ms / 1000));
    rc = X509_verify_cert(ctx);
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    X509_free(ca);
    X509_free(cert);
    return rc;
}

static void
sign_probe(struct world *w, EVP_PKEY *key, struct ca_cert *out)
{
    char *csr = make_csr(key, key);
    struct ca_ask ask = {csr, "fra-1", w->now};

    assert_int_equal(ca_sign(w->ca, &ask, out, w->why, sizeof(w->why)), 0);
    free(csr);
}

static void
probe_gets_the_key_of_its_request_and_nothing_else(void **state)
{
    struct world *w = *state;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    struct ca_cert cert = {0};
    X509 *x;
    char cn[64];
    wall_t day30 = {w->now.ms + 30 * DAY_MS - 60000};
    wall_t day31 = {w->now.ms + 31 * DAY_MS};

    sign_probe(w, key, &cert);
    x = parse_cert(cert.pem);
    assert_true(X509_NAME_get_text_by_NID(X509_get_subject_name(x),
                                          NID_commonName, cn, sizeof(cn)) > 0);
    assert_string_equal(cn, "fra-1");
    assert_int_equal(X509_check_ca(x), 0);
    assert_int_equal(EVP_PKEY_eq(X509_get0_pubkey(x), key), 1);
    assert_int_equal(verify(w, cert.pem, X509_PURPOSE_SSL_CLIENT, w->now), 1);
    assert_int_equal(verify(w, cert.pem, X509_PURPOSE_SSL_SERVER, w->now), 0);
    assert_int_equal(verify(w, cert.pem, X509_PURPOSE_SSL_CLIENT, day30), 1);
    assert_int_equal(verify(w, cert.pem, X509_PURPOSE_SSL_CLIENT, day31), 0);
    X509_free(x);
    free(cert.pem);
    EVP_PKEY_free(key);
}

/* A stranger must not make the controller ask its terminal. */
static char *
lock_csr(char *csr)
{
    BIO *in = BIO_new_mem_buf(csr, -1);
    BIO *out = BIO_new(BIO_s_mem());
    X509_REQ *req = PEM_read_bio_X509_REQ(in, NULL, NULL, NULL);
    const unsigned char *pass = (const unsigned char *)PKI_PASSPHRASE;
    char *text;

    assert_int_equal(
        PEM_ASN1_write_bio((i2d_of_void *)i2d_X509_REQ, PEM_STRING_X509_REQ,
                           out, req, EVP_aes_128_cbc(), pass,
                           (int)strlen(PKI_PASSPHRASE), NULL, NULL),
        1);
    text = bio_text(out);
    X509_REQ_free(req);
    BIO_free(in);
    BIO_free(out);
    free(csr);
    pki_say_passphrase();
    return text;
}

static void
requests_that_prove_nothing_are_refused(void **state)
{
    struct world *w = *state;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    EVP_PKEY *other = EVP_EC_gen("P-256");
    EVP_PKEY *small = EVP_RSA_gen(1024);
    char *texts[] = {make_csr(key, other),         make_csr(small, small),
                     str_xdup("not a request"),    str_xdup(""),
                     lock_csr(make_csr(key, key)), test_calloc(1, 40000)};
    struct ca_cert cert = {0};

    memset(texts[5], 'A', 39999);
    for (size_t i = 0; i < 6; i++) {
        struct ca_ask ask = {texts[i], "x", w->now};

        w->why[0] = '\0';
        assert_int_equal(ca_sign(w->ca, &ask, &cert, w->why, sizeof(w->why)),
                         -1);
        assert_true(w->why[0] != '\0');
        assert_null(cert.pem);
        if (i < 5)
            free(texts[i]);
    }
    test_free(texts[5]);
    EVP_PKEY_free(key);
    EVP_PKEY_free(other);
    EVP_PKEY_free(small);
}

static void
server_certificate_has_its_name_and_renews_itself(void **state)
{
    struct world *w = *state;
    struct buf text;
    X509 *x;
    wall_t later = {w->now.ms + 61 * DAY_MS};

    buf_init(&text, 65536);
    assert_int_equal(file_read(ca_server_cert_file(w->ca), &text), 0);
    x = parse_cert(buf_text(&text));
    assert_int_equal(
        X509_check_host(x, "controller.picket.internal", 0, 0, NULL), 1);
    assert_int_equal(
        verify(w, buf_text(&text), X509_PURPOSE_SSL_SERVER, w->now), 1);
    assert_int_equal(
        verify(w, buf_text(&text), X509_PURPOSE_SSL_CLIENT, w->now), 0);
    assert_int_equal(ca_renew_server(w->ca, w->now, w->why, sizeof(w->why)), 0);
    assert_int_equal(ca_renew_server(w->ca, later, w->why, sizeof(w->why)), 1);
    buf_reset(&text);
    assert_int_equal(file_read(ca_server_cert_file(w->ca), &text), 0);
    later.ms += 80 * DAY_MS;
    assert_int_equal(verify(w, buf_text(&text), X509_PURPOSE_SSL_SERVER, later),
                     1);
    X509_free(x);
    buf_free(&text);
}

static void
opens_again_as_the_same_and_refuses_a_lost_key(void **state)
{
    struct world *w = *state;
    char sha[65];
    char key[128];
    struct stat st;

    assert_int_equal(stat(w->ca->key_file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(stat(w->ca->server_key_file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(stat(w->ca_dir, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    (void)str_copy(sha, sizeof(sha), ca_sha256(w->ca));
    (void)str_copy(key, sizeof(key), w->ca->key_file);
    ca_close(w->ca);
    w->ca = ca_open(w->ca_dir, w->now, w->why, sizeof(w->why));
    assert_non_null(w->ca);
    assert_string_equal(ca_sha256(w->ca), sha);
    ca_close(w->ca);
    assert_int_equal(unlink(key), 0);
    w->ca = ca_open(w->ca_dir, w->now, w->why, sizeof(w->why));
    assert_null(w->ca);
    assert_non_null(strstr(w->why, "ca.key"));
    assert_non_null(strstr(w->why, "restore"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(probe_gets_the_key_of_its_request_and_nothing_else),
        T(requests_that_prove_nothing_are_refused),
        T(server_certificate_has_its_name_and_renews_itself),
        T(opens_again_as_the_same_and_refuses_a_lost_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
