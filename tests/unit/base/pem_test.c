#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/pem.c"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>

#include "tests/lib/pki.h"

static void
a_lock_is_told_and_not_opened(void **state)
{
    struct pki pki;
    char *text;
    bool is_locked = false;
    BIO *bio;

    (void)state;
    pki_make(&pki, NULL, &(struct pki_opts){.name = "one"});
    text = pki_locked_pem(&pki);
    pki_say_passphrase();
    bio = BIO_new_mem_buf(text, -1);
    assert_null(PEM_read_bio_X509(bio, NULL, pem_no_passphrase, &is_locked));
    assert_true(is_locked);
    BIO_free(bio);
    bio = BIO_new_mem_buf(text, -1);
    assert_null(PEM_read_bio_X509(bio, NULL, pem_no_passphrase, NULL));
    BIO_free(bio);
    free(text);
    pki_free(&pki);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lock_is_told_and_not_opened),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
