/* Keys and signatures that are none: nothing is read beyond them.  Those that
 * hold are dns_signature_test.c's, made by ldns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/dns_key.c"

static bool
verify(const uint8_t *key, size_t len, size_t signature_len)
{
    static const uint8_t signature[600] = {1, 2, 3};

    return dns_key_verify((struct dns_key_bytes){key, len},
                          (struct dns_key_bytes){signature, 10},
                          (struct dns_key_bytes){signature, signature_len});
}

static void
what_is_no_key(void **state)
{
    static const int algorithms[] = {0, 1, 5, 8, 10, 13, 14, 15, 16, 255};

    (void)state;
    for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
        uint8_t key[300] = {1, 0, 3, (uint8_t)algorithms[i]};

        for (size_t len = 0; len < sizeof(key); len += len < 120 ? 1 : 30) {
            key[4] = (uint8_t)len; /* an exponent longer than there is */
            assert_false(verify(key, len, 64));
            key[4] = 0;
            assert_false(verify(key, len, 0));
            key[4] = 1;
            assert_false(verify(key, len, 96));
        }
    }
}

static void
which_keys_do_not_sign_zones(void **state)
{
    /* RFC 8080, 6.1 */
    uint8_t key[4 + 32] = {1, 1, 3, 15, 0x97, 0x4d, 0x96, 0xa2, 0x2d, 0x22};

    (void)state;
    assert_false(verify(key, sizeof(key), 64));
    key[0] = 0; /* no zone key */
    assert_false(verify(key, sizeof(key), 64));
    key[0] = 1;
    key[1] = 0x81; /* revoked */
    assert_false(verify(key, sizeof(key), 64));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_key),
        cmocka_unit_test(which_keys_do_not_sign_zones),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
