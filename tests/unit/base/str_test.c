/* str_test.c - what str.h promises, its limits, and hostile text. */
#include "base/str.c"

#include <errno.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
test_compare(void **state)
{
    (void)state;
    assert_true(str_eq(NULL, NULL));
    assert_false(str_eq(NULL, ""));
    assert_false(str_eq("a", "A"));
    assert_true(str_eq_nocase("Content-Type", "cONTENT-tYPE"));
    assert_false(str_eq_nocase("ab", "abc"));
    /* `[` and `{` differ by the bit that makes letters small. */
    assert_false(str_eq_nocase("[", "{"));
    assert_true(str_starts("https://", "http"));
    assert_false(str_starts("ht", "http"));
    assert_true(str_ends("a.conf", ".conf"));
    assert_false(str_ends("conf", ".conf"));
    assert_true(str_ends("x", ""));
}

static void
test_glob(void **state)
{
    (void)state;
    assert_true(str_glob("*", ""));
    assert_true(str_glob("*.conf", "shop.conf"));
    assert_false(str_glob("*.conf", "shop.conf.bak"));
    assert_true(str_glob("a*b*c", "aXXbYbZc"));
    assert_false(str_glob("a?c", "ac"));
    assert_true(str_glob("a?c", "a*c"));
    assert_false(str_glob("", "a"));
    /* Exponential in a naive matcher. */
    assert_false(
        str_glob("*a*a*a*a*a*a*a*a*b",
                 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

static void
test_find(void **state)
{
    const char hay[] = "ab\0cab";

    (void)state;
    assert_ptr_equal(str_find(hay, 6, "ca", 2), hay + 3);
    assert_ptr_equal(str_find(hay, 6, "", 0), hay);
    assert_null(str_find(hay, 4, "ca", 2));
    assert_null(str_find(hay, 1, "ab", 2));
}

static void
test_integers(void **state)
{
    static const char *const bad[] = {"",
                                      "-",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "0x1",
                                      "1e3",
                                      "--1",
                                      "1-",
                                      "1.0",
                                      "9223372036854775808",
                                      "-9223372036854775809"};
    int64_t v = 77;
    uint16_t port = 7;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(str_parse_i64(bad[i], &v), -1);
    assert_int_equal(v, 77);
    assert_int_equal(str_parse_i64("-9223372036854775808", &v), 0);
    assert_true(v == INT64_MIN);
    assert_int_equal(str_parse_i64("9223372036854775807", &v), 0);
    assert_true(v == INT64_MAX);
    assert_int_equal(str_parse_i64("007", &v), 0);
    assert_int_equal(v, 7);

    assert_int_equal(str_parse_u16("65536", &port), -1);
    assert_int_equal(str_parse_u16("-1", &port), -1);
    assert_int_equal(port, 7);
    assert_int_equal(str_parse_u16("65535", &port), 0);
    assert_int_equal(port, 65535);
}

static void
test_milli(void **state)
{
    static const char *const bad[] = {"",
                                      ".5",
                                      "1.",
                                      "1.2345",
                                      "1,5",
                                      "1.-5",
                                      "1..2",
                                      "9223372036854775.808",
                                      "99999999999999999"};
    int64_t v = 77;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(str_parse_milli(bad[i], &v), -1);
    assert_int_equal(v, 77);
    assert_int_equal(str_parse_milli("12.5", &v), 0);
    assert_int_equal(v, 12500);
    assert_int_equal(str_parse_milli("-0.05", &v), 0);
    assert_int_equal(v, -50);
    assert_int_equal(str_parse_milli("-9223372036854775.808", &v), 0);
    assert_true(v == INT64_MIN);
}

static void
test_copy_cuts_between_characters(void **state)
{
    char to[4];

    (void)state;
    assert_true(str_copy(to, sizeof to, "abc"));
    assert_string_equal(to, "abc");
    assert_false(str_copy(to, sizeof to, "abcd"));
    assert_string_equal(to, "abc");
    assert_false(str_copy(to, sizeof to, "ab\xC3\xA9"));
    assert_string_equal(to, "ab");
    assert_false(str_copy(to, sizeof to, "\xF0\x9F\x98\x80"));
    assert_string_equal(to, "");
    /* Not UTF-8 at all: cut at the bound, not to nothing. */
    assert_false(str_copy(to, sizeof to, "\x80\x80\x80\x80\x80\x80"));
    assert_int_equal(strlen(to), 3);
}

static void
test_hex(void **state)
{
    const uint8_t bytes[3] = {0x00, 0xAB, 0x7F};
    uint8_t back[3] = {1, 2, 3};
    char text[7];

    (void)state;
    str_hex(text, bytes, sizeof bytes);
    assert_string_equal(text, "00ab7f");
    assert_int_equal(str_unhex(back, 3, "00AB7"), -1);
    assert_int_equal(str_unhex(back, 3, "00AB7g"), -1);
    assert_int_equal(str_unhex(back, 3, "00AB7F0"), -1);
    assert_int_equal(back[0], 1);
    assert_int_equal(str_unhex(back, 3, "00AB7f"), 0);
    assert_memory_equal(back, bytes, 3);
}

/* RFC 4648, section 10. */
static void
test_base64(void **state)
{
    static const char *const rows[][2] = {{"", ""},
                                          {"f", "Zg=="},
                                          {"fo", "Zm8="},
                                          {"foo", "Zm9v"},
                                          {"foob", "Zm9vYg=="},
                                          {"fooba", "Zm9vYmE="},
                                          {"foobar", "Zm9vYmFy"}};
    static const char *const bad[] = {
        "Zg",   "Zg=",      "Zh==",   "Z===", "====",
        "Zm9=", "Zg==Zg==", "Zm9v\n", "Zm-v"};
    size_t len = 0;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t want = strlen(rows[i][0]);
        char *text = str_base64((const uint8_t *)rows[i][0], want);
        uint8_t *back = str_unbase64(rows[i][1], &len);

        assert_string_equal(text, rows[i][1]);
        assert_non_null(back);
        assert_int_equal(len, want);
        assert_memory_equal(back, rows[i][0], want);
        free(text);
        free(back);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_null(str_unbase64(bad[i], &len));
}

static void
test_nearest(void **state)
{
    static const char *const names[] = {"record", "resolver", "timeout", "tls",
                                        "every"};
    char long_text[100];

    (void)state;
    memset(long_text, 'a', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    assert_int_equal(str_nearest("recrod", names, 5), 0);
    assert_int_equal(str_nearest("Timeout", names, 5), 2);
    assert_int_equal(str_nearest("tl", names, 5), 3);
    assert_int_equal(str_nearest("evry", names, 5), 4);
    assert_int_equal(str_nearest("banana", names, 5), -1);
    assert_int_equal(str_nearest("", names, 5), -1);
    assert_int_equal(str_nearest(long_text, names, 5), -1);
    /* A swap of neighbours is one edit, not two: at three letters only one
     * edit is allowed. */
    assert_int_equal(str_nearest("stl", names + 3, 1), -1);
    assert_int_equal(str_nearest("lts", names + 3, 1), 0);
}

static void
test_utf8(void **state)
{
    static const char *const good[] = {"plain", "\xC3\xA9", "\xE2\x82\xAC",
                                       "\xED\x9F\xBF", "\xF4\x8F\xBF\xBF"};
    static const char *const bad[] = {"\x80",
                                      "\xC0\xAF",
                                      "\xC1\xBF",
                                      "\xE0\x80\xAF",
                                      "\xED\xA0\x80",
                                      "\xF0\x80\x80\x80",
                                      "\xF4\x90\x80\x80",
                                      "\xF5\x80\x80\x80",
                                      "\xE2\x82",
                                      "a\xFF",
                                      "\xC3("};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(str_is_utf8(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(str_is_utf8(bad[i], strlen(bad[i])));
    assert_true(str_is_utf8("", 0));
}

static void
characters_are_counted(void **state)
{
    (void)state;
    assert_int_equal(str_utf8_count("", 0), 0);
    assert_int_equal(str_utf8_count("abc", 2), 2);
    assert_int_equal(
        str_utf8_count("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z", 10), 4);
}

static void
an_error_stands_within_a_sentence(void **state)
{
    char text[STR_ERROR_MAX];
    (void)state;

    assert_string_equal(str_error(text, ECONNREFUSED), "connection refused");
    assert_string_equal(str_error(text, ENETUNREACH), "network is unreachable");
    assert_string_equal(str_error(text, ENOSYS), "function not implemented");
    assert_string_equal(str_error(text, EMULTIHOP), "multihop attempted");
    assert_string_equal(str_error(text, ESRMNT), "srmount error");
    assert_string_equal(str_error(text, EIO), "input/output error");
    assert_non_null(strstr(str_error(text, 9999), "9999"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_are_counted),
        cmocka_unit_test(an_error_stands_within_a_sentence),
        cmocka_unit_test(test_compare),
        cmocka_unit_test(test_glob),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_milli),
        cmocka_unit_test(test_copy_cuts_between_characters),
        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_base64),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_utf8),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
