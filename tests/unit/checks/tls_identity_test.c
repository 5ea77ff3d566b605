/* Certificates and keys that fit, and those that do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/tls_identity.c"

#include "tests/lib/pki.h"

static char *
key_pem(const struct pki *pki, const char *passphrase)
{
    BIO *bio = BIO_new(BIO_s_mem());
    const EVP_CIPHER *cipher = passphrase ? EVP_aes_128_cbc() : NULL;
    char *data = NULL;
    char *text;
    long len;

    assert_int_equal(
        PEM_write_bio_PKCS8PrivateKey(bio, pki->key, cipher, passphrase,
                                      passphrase ? 4 : 0, NULL, NULL),
        1);
    len = BIO_get_mem_data(bio, &data);
    text = strndup(data, (size_t)len);
    BIO_free(bio);
    return text;
}

static void
what_fits(void **state)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    struct pki one, other;
    STACK_OF(X509) *chain = NULL;
    char why[120];
    char *certs, *cert, *issuer, *key, *wrong, *locked;
    SSL *ssl = SSL_new(ctx);

    (void)state;
    pki_make(&other, NULL, &(struct pki_opts){.name = "ca", .is_ca = true});
    pki_make(&one, &other, &(struct pki_opts){.name = "one"});
    cert = pki_pem(&one);
    issuer = pki_pem(&other);
    assert_true(asprintf(&certs, "%s%s", cert, issuer) > 0);
    key = key_pem(&one, NULL);
    wrong = key_pem(&other, NULL);
    locked = key_pem(&one, "open");
    assert_int_equal(tls_identity_set(ssl, certs, key, why, sizeof(why)), 0);
    SSL_get0_chain_certs(ssl, &chain);
    assert_int_equal(sk_X509_num(chain), 1);
    assert_int_equal(tls_identity_set(ssl, cert, wrong, why, sizeof(why)), -1);
    assert_non_null(strstr(why, "does not belong"));
    assert_int_equal(tls_identity_set(ssl, cert, locked, why, sizeof(why)), -1);
    assert_non_null(strstr(why, "without a passphrase"));
    assert_int_equal(tls_identity_set(ssl, cert, "", why, sizeof(why)), -1);
    assert_int_equal(tls_identity_set(ssl, key, key, why, sizeof(why)), -1);
    assert_non_null(strstr(why, "certificate cannot be read"));
    assert_int_equal(tls_identity_check(certs, why, sizeof(why)), 0);
    assert_int_equal(tls_identity_check(key, why, sizeof(why)), -1);
    free(certs);
    free(cert);
    free(issuer);
    free(key);
    free(wrong);
    free(locked);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
    pki_free(&one);
    pki_free(&other);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
