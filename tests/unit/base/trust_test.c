#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/trust.c"

#include <unistd.h>

#include "tests/lib/pki.h"

static const struct pki_opts ca_opts = {.name = "test ca", .is_ca = true};

static void
a_text_of_two_gives_two(void **state)
{
    struct pki one = {0};
    struct pki two = {0};
    char *pem_one;
    char *pem_two;
    char *both;
    char why[200] = "";
    struct trust *trust;
    (void)state;

    pki_make(&one, NULL, &ca_opts);
    pki_make(&two, NULL, &ca_opts);
    pem_one = pki_pem(&one);
    pem_two = pki_pem(&two);
    both = str_xprintf("%s\nsome words between\n%s", pem_one, pem_two);
    trust = trust_create("", both, why, sizeof why);
    assert_non_null(trust);
    assert_int_equal(trust_count(trust), 2);
    assert_int_equal(
        sk_X509_OBJECT_num(X509_STORE_get0_objects(trust_store(trust))), 2);
    trust_free(trust);
    free(pem_one);
    free(pem_two);
    free(both);
    pki_free(&one);
    pki_free(&two);
}

/* A loop would stand still until somebody typed. */
static void
nobody_is_asked_for_a_passphrase(void **state)
{
    struct pki ca = {0};
    char why[200] = "";
    char *pem;
    (void)state;

    pki_make(&ca, NULL, &ca_opts);
    pem = pki_locked_pem(&ca);
    pki_say_passphrase();
    assert_null(trust_create("", pem, why, sizeof why));
    free(pem);
    pki_free(&ca);
}

static void
a_reference_keeps_the_store(void **state)
{
    struct pki ca = {0};
    char why[200];
    char *pem;
    struct trust *trust;
    struct trust *same;
    (void)state;

    pki_make(&ca, NULL, &ca_opts);
    pem = pki_pem(&ca);
    trust = trust_create("", pem, why, sizeof why);
    same = trust_ref(trust);
    assert_ptr_equal(same, trust);
    trust_free(trust);
    assert_int_equal(trust_count(same), 1);
    assert_non_null(trust_store(same));
    trust_free(same);
    trust_free(NULL);
    free(pem);
    pki_free(&ca);
}

static void
what_is_wrong_is_named(void **state)
{
    char path[] = "/tmp/trust_test.XXXXXX";
    char why[300] = "";
    int fd = mkstemp(path);
    (void)state;

    assert_null(trust_create("/nowhere/ca.pem", NULL, why, sizeof why));
    assert_non_null(strstr(why, "/nowhere/ca.pem"));
    assert_non_null(strstr(why, "No such file"));

    assert_null(trust_create(path, NULL, why, sizeof why));
    assert_non_null(strstr(why, path));
    assert_non_null(strstr(why, "no PEM certificate"));

    assert_true(write(fd,
                      "-----BEGIN CERTIFICATE-----\nAAAA\n"
                      "-----END CERTIFICATE-----\n",
                      59) > 0);
    assert_null(trust_create(path, NULL, why, sizeof why));
    assert_non_null(strstr(why, "malformed"));
    assert_null(trust_create("", "nothing here", why, sizeof why));
    assert_non_null(strstr(why, "no PEM certificate"));
    close(fd);
    unlink(path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_of_two_gives_two),
        cmocka_unit_test(nobody_is_asked_for_a_passphrase),
        cmocka_unit_test(a_reference_keeps_the_store),
        cmocka_unit_test(what_is_wrong_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
