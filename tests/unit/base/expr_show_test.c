/* expr_show.c: nothing a target sends may act where it is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/expr_show.c"

#include "base/expr_priv.h"

static void
test_text(void **state)
{
    static const struct {
        const char *text;
        const char *want;
    } rows[] = {
        {"plain", "plain"},
        {"a\tb\r\nc", "a\\tb\\r\\nc"},
        {"\x1b[31m", "\\x1b[31m"},
        {"\x7f", "\\x7f"},
        {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
         "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
        {"\xff\xc3", "\\xff\\xc3"},
        {"\xc2\x9b"
         "31m",
         "\\xc2\\x9b31m"}, /* C1's ESC [ */
        {"\xc2\xa0", "\xc2\xa0"},
        {"a\xe2\x80\xae"
         "b",
         "a\\xe2\\x80\\xaeb"}, /* U+202E */
        {"\xe2\x81\xa6", "\\xe2\\x81\\xa6"},
        {"\xe2\x80\x93", "\xe2\x80\x93"},    /* a dash */
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"}, /* a surrogate */
    };

    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char to[100];
        struct expr_out out = expr_show(to, sizeof(to));

        assert_true(
            expr_show_text(&out, rows[i].text, strlen(rows[i].text), 100));
        assert_string_equal(to, rows[i].want);
    }
}

/* Whatever the room, the end is a whole character or escape, and a NUL. */
static void
test_cut(void **state)
{
    static const char text[] = "ab\xc3\xa4\x01"
                               "cd";
    static const char *const want[] = {"",   "a",          "ab",
                                       "ab", "ab\xc3\xa4", "ab\xc3\xa4"};
    char to[16];
    (void)state;

    for (size_t cap = 1; cap <= 6; cap++) {
        struct expr_out out = expr_show(to, cap);

        assert_false(expr_show_text(&out, text, sizeof(text) - 1, 100));
        assert_string_equal(to, want[cap - 1]);
        /* Full for good: a later, shorter piece makes no hole. */
        expr_show_add(&out, "z");
        assert_string_equal(to, want[cap - 1]);
    }
}

static void
check_value(enum expr_type type, struct expr_value v, const char *want)
{
    char to[EXPR_SEEN_MAX];
    struct expr_out out = expr_show(to, sizeof(to));

    expr_show_value(&out, type, &v);
    assert_string_equal(to, want);
}

static void
test_values(void **state)
{
    static const struct {
        int64_t ns;
        const char *want;
    } durations[] = {
        {0, "0 ns"},
        {999, "999 ns"},
        {1000, "0.001 ms"},
        {800000000, "800 ms"},
        {800020000, "800.02 ms"},
        {812345678, "812.345 ms"},
        {9999999999, "9999.999 ms"},
        {10500000000, "10.5 s"},
        {60000000000, "60 s"},
        {120000000000, "2 min"},
        {3725004000000, "1 h 2 min 5.004 s"},
        {172795342000000, "1 d 23 h 59 min 55.342 s"},
        {172800000000000, "2 d"},
    };

    (void)state;

    for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++)
        check_value(EXPR_DURATION, (struct expr_value){.num = durations[i].ns},
                    durations[i].want);
    check_value(EXPR_INT, (struct expr_value){.num = INT64_MIN},
                "-9223372036854775808");
    check_value(EXPR_DECIMAL, (struct expr_value){.num = 1, .text = "1.0"},
                "1.0");
    check_value(EXPR_SIZE, (struct expr_value){.num = 1025}, "1025B");
    check_value(EXPR_DECIMAL,
                (struct expr_value){.is_decimal = true, .decimal = 0.1}, "0.1");
    check_value(EXPR_ANY,
                (struct expr_value){.is_decimal = true, .decimal = 0.1 + 0.2},
                "0.30000000000000004");
    check_value(EXPR_FLAG,
                (struct expr_value){.type = EXPR_V_BOOL, .flag = true}, "true");
    check_value(EXPR_ANY, (struct expr_value){.type = EXPR_V_NULL}, "null");
    check_value(EXPR_TEXT,
                (struct expr_value){.type = EXPR_V_TEXT, .text = "", .len = 0},
                "''");
}

static void
test_long_text(void **state)
{
    char text[5000];
    char want[EXPR_SEEN_MAX];
    (void)state;

    memset(text, 'a', sizeof(text));
    snprintf(want, sizeof(want), "'%.120s...' (5000 bytes)", text);
    check_value(EXPR_TEXT,
                (struct expr_value){
                    .type = EXPR_V_TEXT, .text = text, .len = sizeof(text)},
                want);
    snprintf(want, sizeof(want), "'%.120s'", text);
    check_value(
        EXPR_TEXT,
        (struct expr_value){.type = EXPR_V_TEXT, .text = text, .len = 120},
        want);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_long_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
