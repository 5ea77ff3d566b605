/* otp_test.c - against the vectors of RFC 6238 and RFC 4648. */
#include "base/otp.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* "12345678901234567890", the seed of RFC 6238's appendix B. */
#define SEED "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

static void
assert_code(const char *seed, int64_t second, const char *want)
{
    char code[OTP_CODE_MAX];

    assert_int_equal(
        otp_format(code, seed, strlen(seed), (wall_t){second * MS_PER_S + 999}),
        0);
    assert_string_equal(code, want);
}

/* The RFC prints eight digits; an app shows the last six. */
static void
test_rfc_6238(void **state)
{
    (void)state;
    assert_code(SEED, 59, "287082");
    assert_code(SEED, 1111111109, "081804");
    assert_code(SEED, 1111111111, "050471");
    assert_code(SEED, 1234567890, "005924");
    assert_code(SEED, 2000000000, "279037");
    assert_code(SEED, 20000000000, "353130");
}

static void
test_as_people_write_it(void **state)
{
    (void)state;
    assert_code("gezd gnbv gy3t qojq gezd gnbv gy3t qojq", 59, "287082");
    assert_code("GEZD-GNBV-GY3T-QOJQ-GEZD-GNBV-GY3T-QOJQ====\n", 59, "287082");
}

static void
test_base32(void **state)
{
    static const struct {
        const char *text;
        const char *bytes;
    } cases[] = {
        {"MY======", "f"},        {"MZXQ====", "fo"},
        {"MZXW6===", "foo"},      {"MZXW6YQ=", "foob"},
        {"MZXW6YTB", "fooba"},    {"MZXW6YTBOI======", "foobar"},
        {"mzxw6ytboi", "foobar"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t made[16];
        size_t len = 0;

        assert_int_equal(otp_decode_seed(made, sizeof(made), cases[i].text,
                                         strlen(cases[i].text), &len),
                         0);
        assert_int_equal(len, strlen(cases[i].bytes));
        assert_memory_equal(made, cases[i].bytes, len);
    }
}

static void
test_what_is_no_seed(void **state)
{
    static const char *const bad[] = {
        "",   "=",        "   ",      "A",        "ABC",         "ABCDEF",
        "MZ", "MZXW6YT1", "MZXW6YT8", "MZ=XW6YT", "MZXW6YT\xC3", "M!",
    };
    char code[OTP_CODE_MAX];
    char longest[220];
    uint8_t bytes[OTP_SEED_MAX];
    size_t len = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(otp_format(code, bad[i], strlen(bad[i]), (wall_t){0}),
                         -1);
    assert_int_equal(otp_format(code, "MZXW\0YTB", 8, (wall_t){0}), -1);
    /* 128 bytes are 204.8 digits. */
    memset(longest, 'A', sizeof(longest));
    assert_int_equal(otp_decode_seed(bytes, sizeof(bytes), longest, 205, &len),
                     0);
    assert_int_equal(len, 128);
    assert_int_equal(otp_decode_seed(bytes, sizeof(bytes), longest, 207, &len),
                     -1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc_6238),
        cmocka_unit_test(test_as_people_write_it),
        cmocka_unit_test(test_base32),
        cmocka_unit_test(test_what_is_no_seed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
