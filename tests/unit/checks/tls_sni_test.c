/* tls_sni_test.c - what a server gets of the name that was set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/tls_sni.c"

#include <string.h>

static void
the_name_is_in_the_hello(void **state)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(ctx);
    BIO *in = BIO_new(BIO_s_mem());
    BIO *out = BIO_new(BIO_s_mem());
    char *hello = NULL;
    long len;

    (void)state;
    SSL_set_bio(ssl, in, out);
    assert_int_equal(tls_sni_set(ssl, "shop.example"), 0);
    assert_int_equal(SSL_connect(ssl), -1); /* nobody answers */
    len = BIO_get_mem_data(out, &hello);
    assert_true(len > 0);
    assert_non_null(memmem(hello, (size_t)len, "shop.example", 12));
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

static void
a_name_that_is_none(void **state)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(ctx);
    char name[300];

    (void)state;
    memset(name, 'a', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    assert_int_equal(tls_sni_set(ssl, name), -1);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_name_is_in_the_hello),
        cmocka_unit_test(a_name_that_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
