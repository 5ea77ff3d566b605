/* digest_test.c - against the vectors of FIPS 180, RFC 4231 and RFC 3720. */
#include "base/digest.c"

#include <string.h>

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
check_hex(const uint8_t *bytes, const char *want)
{
    char text[2 * DIGEST_SHA256_BYTES + 1];

    str_hex(text, bytes, DIGEST_SHA256_BYTES);
    assert_string_equal(text, want);
}

static void
test_sha256(void **state)
{
    uint8_t sum[DIGEST_SHA256_BYTES];

    (void)state;
    digest_sha256(sum, NULL, 0);
    check_hex(sum, "e3b0c44298fc1c149afbf4c8996fb924"
                   "27ae41e4649b934ca495991b7852b855");
    digest_sha256(sum, "abc", 3);
    check_hex(sum, "ba7816bf8f01cfea414140de5dae2223"
                   "b00361a396177a9cb410ff61f20015ad");
}

static void
test_sha1(void **state)
{
    uint8_t sum[DIGEST_SHA1_BYTES];
    char text[2 * DIGEST_SHA1_BYTES + 1];

    (void)state;
    digest_sha1(sum, "abc", 3);
    str_hex(text, sum, sizeof sum);
    assert_string_equal(text, "a9993e364706816aba3e25717850c26c9cd0d89d");
    digest_sha1(sum, NULL, 0);
    str_hex(text, sum, sizeof sum);
    assert_string_equal(text, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

static void
test_hmac(void **state)
{
    uint8_t sum[DIGEST_SHA256_BYTES];
    uint8_t key[131];

    (void)state;
    digest_hmac_sha256(sum, "Jefe", 4, "what do ya want for nothing?", 28);
    check_hex(sum, "5bdcc146bf60754e6a042426089575c7"
                   "5a003f089d2739839dec58b964ec3843");
    memset(key, 0xAA, sizeof key);
    digest_hmac_sha256(sum, key, sizeof key,
                       "Test Using Larger Than Block-Size Key - Hash Key First",
                       54);
    check_hex(sum, "60e431591ee0b67f0d8a26aacbf5b77f"
                   "8e0bc6213728c5140546040f0ee37f54");
    digest_hmac_sha256(sum, NULL, 0, NULL, 0);
    check_hex(sum, "b613679a0814d9ec772f95d778c35fc5"
                   "ff1697c493715653c6c712144292c5ad");
}

/* FIPS 180's "abc"; RFC 2202 and RFC 4231, case 2. */
static void
test_other_kinds(void **state)
{
    const struct digest_bytes abc = {"abc", 3};
    const struct digest_bytes key = {"Jefe", 4};
    const struct digest_bytes data = {"what do ya want for nothing?", 28};
    uint8_t sum[DIGEST_MAX];
    char text[2 * DIGEST_MAX + 1];

    (void)state;
    assert_int_equal(digest_hash(DIGEST_SHA1, sum, abc), 20);
    str_hex(text, sum, 20);
    assert_string_equal(text, "a9993e364706816aba3e25717850c26c9cd0d89d");
    assert_int_equal(digest_hash(DIGEST_SHA512, sum, abc), 64);
    str_hex(text, sum, 64);
    assert_string_equal(text, "ddaf35a193617abacc417349ae204131"
                              "12e6fa4e89a97ea20a9eeee64b55d39a"
                              "2192992a274fc1a836ba3c23a3feebbd"
                              "454d4423643ce80e2a9ac94fa54ca49f");
    assert_int_equal(digest_hmac(DIGEST_SHA1, sum, key, data), 20);
    str_hex(text, sum, 20);
    assert_string_equal(text, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    assert_int_equal(digest_hmac(DIGEST_SHA512, sum, key, data), 64);
    str_hex(text, sum, 64);
    assert_string_equal(text, "164b7a7bfcf819e2e395fbe73b56e0a3"
                              "87bd64222e831fd610270cd7ea250554"
                              "9758bf75c05a994a6d034f65f8f0e6fd"
                              "caeab1a34d4a6b4b636e070a38bce737");
}

static void
test_crc32c(void **state)
{
    uint8_t bytes[32] = {0};
    uint32_t crc;

    (void)state;
    assert_int_equal(digest_crc32c(0, "123456789", 9), 0xE3069283);
    assert_int_equal(digest_crc32c(0, bytes, 32), 0x8A9136AA);
    memset(bytes, 0xFF, 32);
    assert_int_equal(digest_crc32c(0, bytes, 32), 0x62A8AB43);
    for (uint8_t i = 0; i < 32; i++)
        bytes[i] = i;
    assert_int_equal(digest_crc32c(0, bytes, 32), 0x46DD794E);
    crc = digest_crc32c(0, "1234", 4);
    assert_int_equal(digest_crc32c(crc, "56789", 5), 0xE3069283);
}

/* Every row of the table from the polynomial, a bit at a time. */
static void
test_crc32c_table(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;

        for (int bit = 0; bit < 8; bit++)
            c = (c & 1) != 0 ? c >> 1 ^ 0x82F63B78 : c >> 1;
        assert_int_equal(crc32c_rows[i], c);
    }
}

static void
test_random_and_equal(void **state)
{
    uint8_t a[1000] = {0};
    uint8_t b[1000] = {0};

    (void)state;
    assert_int_equal(digest_equal(a, b, sizeof a), 1);
    digest_random(a, sizeof a);
    digest_random(b, sizeof b);
    assert_int_equal(digest_equal(a, b, sizeof a), 0);
    /* The tail is filled too. */
    assert_int_equal(digest_equal(a + 984, b + 984, 16), 0);
    memcpy(b, a, sizeof a);
    assert_int_equal(digest_equal(a, b, sizeof a), 1);
    assert_int_equal(digest_equal(a, b, 0), 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256),
        cmocka_unit_test(test_sha1),
        cmocka_unit_test(test_hmac),
        cmocka_unit_test(test_other_kinds),
        cmocka_unit_test(test_crc32c),
        cmocka_unit_test(test_crc32c_table),
        cmocka_unit_test(test_random_and_equal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
