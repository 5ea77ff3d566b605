#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/client_cert.c"

#include "tests/lib/fetch_bed.h"
#include "tests/lib/pki.h"

/* Two certificates with their keys, as text. */
struct texts {
    struct pki one;
    struct pki other;
    char *cert;
    char *key;
    char *other_key;
};

static int
setup(void **state)
{
    struct texts *t = calloc(1, sizeof *t);

    pki_make(&t->one, NULL, &(struct pki_opts){.name = "one"});
    pki_make(&t->other, NULL, &(struct pki_opts){.name = "other"});
    t->cert = pki_pem(&t->one);
    t->key = pki_key_pem(&t->one);
    t->other_key = pki_key_pem(&t->other);
    *state = t;
    return 0;
}

static int
teardown(void **state)
{
    struct texts *t = *state;

    pki_free(&t->one);
    pki_free(&t->other);
    free(t->cert);
    free(t->key);
    free(t->other_key);
    free(t);
    return 0;
}

static int
parse(const char *cert, const char *key, char *why, size_t cap)
{
    const struct client_cert_text text = {cert, strlen(cert), key,
                                          key ? strlen(key) : 0};
    struct client_cert got = {0};
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(ctx);
    STACK_OF(X509) *chain = NULL;
    int rc = client_cert_parse(&got, &text, why, cap);

    if (rc == 0) {
        assert_int_equal(client_cert_set_all(&got, ctx, why, cap), 0);
        assert_non_null(SSL_CTX_get0_certificate(ctx));
        assert_int_equal(client_cert_set(&got, ssl, why, cap), 0);
        assert_non_null(SSL_get_certificate(ssl));
        SSL_get0_chain_certs(ssl, &chain);
        assert_int_equal(sk_X509_num(chain), sk_X509_num(got.chain));
    }
    SSL_free(ssl);
    SSL_CTX_free(ctx);
    client_cert_free(&got);
    assert_int_equal(ERR_peek_error(), 0);
    return rc;
}

static void
what_fits_is_taken(void **state)
{
    const struct texts *t = *state;
    char both[8192];
    char why[200];

    assert_int_equal(parse(t->cert, t->key, why, sizeof why), 0);
    snprintf(both, sizeof both, "# ours\n%s%s%s", t->cert, t->cert, t->key);
    assert_int_equal(parse(both, NULL, why, sizeof why), 0);
}

static void
what_does_not_is_named(void **state)
{
    const struct texts *t = *state;
    char torn[4096];
    char why[200];

    assert_int_equal(parse("hello", t->key, why, sizeof why), -1);
    assert_string_equal(why, "the client certificate is no PEM text");
    snprintf(torn, sizeof torn, "%s%.200s", t->cert, t->cert);
    assert_int_equal(parse(torn, t->key, why, sizeof why), -1);
    assert_string_equal(why, "the client certificate is no PEM text");
    assert_int_equal(parse(t->cert, "hello", why, sizeof why), -1);
    assert_string_equal(why, "the key of the client certificate is no PEM "
                             "text");
    assert_int_equal(parse(t->cert, NULL, why, sizeof why), -1);
    assert_string_equal(why, "the client certificate comes without a key");
    assert_int_equal(parse(t->cert, t->other_key, why, sizeof why), -1);
    assert_string_equal(why, "the key is not that of the client certificate");
}

static void
certificates_alone_can_be_looked_at(void **state)
{
    const struct texts *t = *state;
    char text[8192];
    char *locked;

    assert_true(client_cert_is_readable(t->cert));
    snprintf(text, sizeof text, "# ours\n%s%s", t->cert, t->cert);
    assert_true(client_cert_is_readable(text));
    snprintf(text, sizeof text, "%s%.200s", t->cert, t->cert);
    assert_false(client_cert_is_readable(text));
    assert_false(client_cert_is_readable(t->key));
    locked = pki_locked_pem(&t->one);
    pki_say_passphrase();
    assert_false(client_cert_is_readable(locked));
    assert_false(client_cert_is_readable("-----BEGIN CERTIFICATE-----\n"));
    free(locked);
    assert_int_equal(ERR_peek_error(), 0);
}

/* And nobody reads the terminal. */
static void
a_locked_key_is_named(void **state)
{
    const struct texts *t = *state;
    BIO *bio = BIO_new(BIO_s_mem());
    char text[4096] = "";
    char pass[] = "sesame";
    char why[200];

    PEM_write_bio_PKCS8PrivateKey(bio, t->one.key, EVP_aes_128_cbc(), pass,
                                  (int)strlen(pass), NULL, NULL);
    assert_true(BIO_read(bio, text, sizeof text - 1) > 0);
    BIO_free(bio);
    assert_int_equal(parse(t->cert, text, why, sizeof why), -1);
    assert_string_equal(why, "the key of the client certificate has a "
                             "passphrase; store it without");
}

/* The fetch tells it, and nobody is connected to. */
static void
a_wrong_one_is_configuration(void **state)
{
    const struct texts *t = *state;
    struct tiny tiny = {.serve = fetch_bed_serve_text, .arg = fetch_bed_good};
    struct fetch_bed bed;

    tiny_start(&tiny);
    fetch_bed_open(&bed, NULL, tiny.port, "https://shop.example");
    fetch_bed_get(&bed,
                  (struct fetch_opts){.cert_pem = t->cert,
                                      .cert_pem_len = strlen(t->cert),
                                      .key_pem = t->other_key,
                                      .key_pem_len = strlen(t->other_key)});
    assert_int_equal(bed.seen.result.error, FETCH_CONFIG);
    assert_int_equal(bed.seen.result.connect_us, -1);
    assert_non_null(strstr(bed.seen.detail, "the key is not that of"));
    assert_int_equal(tiny.accepted, 0);
    fetch_bed_close(&bed);
    tiny_stop(&tiny);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits_is_taken),
        cmocka_unit_test(what_does_not_is_named),
        cmocka_unit_test(certificates_alone_can_be_looked_at),
        cmocka_unit_test(a_locked_key_is_named),
        cmocka_unit_test(a_wrong_one_is_configuration),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
