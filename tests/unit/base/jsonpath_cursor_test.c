/* jsonpath_cursor.c: numbers and texts to the letter of RFC 9535, and places. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/jsonpath_cursor.c"

#include <stdlib.h>

struct heard {
    size_t at;
    char why[80];
};

static struct jsonpath_cursor
cursor(const char *text, struct heard *heard)
{
    memset(heard, 0, sizeof(*heard));
    return (struct jsonpath_cursor){.text = text,
                                    .len = strlen(text),
                                    .error_offset = &heard->at,
                                    .message = heard->why,
                                    .cap = sizeof(heard->why)};
}

static void
test_words(void **state)
{
    struct heard heard;
    struct jsonpath_cursor c = cursor(" \t\r\n\f&&x", &heard);
    (void)state;

    jsonpath_cursor_skip(&c);
    assert_int_equal(c.at, 4); /* a form feed is no blank here */
    assert_int_equal(jsonpath_cursor_peek(&c, 0), '\f');
    c.at++;
    assert_false(jsonpath_cursor_take(&c, "&x"));
    assert_true(jsonpath_cursor_take(&c, "&&"));
    assert_false(jsonpath_cursor_take(&c, "xy"));
    assert_int_equal(jsonpath_cursor_peek(&c, 1), -1);
    jsonpath_cursor_fail(&c, 7, "first %d", 1);
    jsonpath_cursor_fail(&c, 8, "second");
    assert_int_equal(heard.at, 7);
    assert_string_equal(heard.why, "first 1");
    assert_int_equal(jsonpath_cursor_peek(&c, 0), -1);
    assert_false(jsonpath_cursor_take(&c, "x"));
}

static void
test_nesting(void **state)
{
    struct heard heard;
    struct jsonpath_cursor c = cursor("x", &heard);
    (void)state;

    for (int i = 0; i < JSONPATH_NESTING_MAX; i++)
        jsonpath_cursor_push(&c);
    assert_false(c.failed);
    jsonpath_cursor_pop(&c);
    jsonpath_cursor_push(&c);
    assert_false(c.failed);
    jsonpath_cursor_push(&c);
    assert_string_equal(heard.why, "conditions are nested over 32 deep");
}

static void
test_ints(void **state)
{
    static const struct {
        const char *text;
        int64_t want;
        size_t end;      /* where it stops, without an error */
        const char *why; /* NULL: none */
    } rows[] = {
        {"0", 0, 1, NULL},
        {"10]", 10, 2, NULL},
        {"-1:", -1, 2, NULL},
        {"9007199254740991", 9007199254740991, 16, NULL},
        {"-9007199254740991", -9007199254740991, 17, NULL},
        {"9007199254740992", 0, 0, "2^53"},
        {"-9007199254740992", 0, 0, "2^53"},
        {"99999999999999999999999999", 0, 0, "2^53"},
        {"01", 0, 0, "leading zero"},
        {"-01", 0, 0, "leading zero"},
        {"-0", 0, 0, "no -0"},
        {"-", 0, 0, "expected a number"},
        {"--1", 0, 0, "expected a number"},
        {"+1", 0, 0, "expected a number"},
    };

    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct heard heard;
        struct jsonpath_cursor c = cursor(rows[i].text, &heard);
        int64_t got = jsonpath_cursor_get_int(&c);

        if (c.failed != (rows[i].why != NULL))
            fail_msg("%s: %s", rows[i].text, heard.why);
        if (rows[i].why != NULL && strstr(heard.why, rows[i].why) == NULL)
            fail_msg("%s: %s", rows[i].text, heard.why);
        if (rows[i].why == NULL && (got != rows[i].want || c.at != rows[i].end))
            fail_msg("%s: %lld", rows[i].text, (long long)got);
    }
}

static void
test_texts(void **state)
{
    static const struct {
        const char *text;
        const char *want;
        size_t len;
    } rows[] = {
        {"''", "", 0},
        {"\"\"", "", 0},
        {"'a\"b'", "a\"b", 3},
        {"\"a'b\"", "a'b", 3},
        {"'a\\'b'", "a'b", 3},
        {"\"a\\\"b\"", "a\"b", 3},
        {"'\\b\\f\\n\\r\\t\\/\\\\'", "\b\f\n\r\t/\\", 7},
        {"'\\u0000\\u0041\\u00e9\\u20aC'", "\0A\xc3\xa9\xe2\x82\xac", 7},
        {"'\\uD834\\udd1E'", "\xf0\x9d\x84\x9e", 4},
        {"'\\ud7ff\\ue000\\uffff'", "\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf", 9},
        {"'\\udbff\\udfff'", "\xf4\x8f\xbf\xbf", 4},
        {"'\x7f\xe2\x82\xac'", "\x7f\xe2\x82\xac", 4},
    };

    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct heard heard;
        struct jsonpath_cursor c = cursor(rows[i].text, &heard);
        size_t len = 0;
        char *got = jsonpath_cursor_get_text(&c, &len);

        if (c.failed || len != rows[i].len || c.at != c.len ||
            memcmp(got, rows[i].want, len) != 0)
            fail_msg("%s: %s %s", rows[i].text, got, heard.why);
        free(got);
    }
}

static void
test_bad_texts(void **state)
{
    static const struct {
        const char *text;
        size_t at;
        const char *why;
    } rows[] = {
        {"'a", 0, "not closed by '"},
        {"\"a'", 0, "not closed by \""},
        {"'a\\", 3, "unknown escape"},
        {"'\\\"'", 2, "unknown escape"},
        {"\"\\'\"", 2, "unknown escape"},
        {"'\\x41'", 2, "unknown escape"},
        {"'\\U0041'", 2, "unknown escape"},
        {"'\\u004'", 6, "four hexadecimal"},
        {"'\\u00g4'", 5, "four hexadecimal"},
        {"'\\ud834'", 3, "half of a surrogate pair"},
        {"'\\ud834x'", 3, "half of a surrogate pair"},
        {"'\\ud834\\n'", 3, "half of a surrogate pair"},
        {"'\\ud834\\ud834'", 3, "half of a surrogate pair"},
        {"'\\udd1e'", 3, "half of a surrogate pair"},
        {"'\\udd1e\\ud834'", 3, "half of a surrogate pair"},
        {"'a\tb'", 2, "control character"},
        {"'\x1f'", 1, "control character"},
    };

    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct heard heard;
        struct jsonpath_cursor c = cursor(rows[i].text, &heard);
        size_t len = 0;

        free(jsonpath_cursor_get_text(&c, &len));
        if (!c.failed || heard.at != rows[i].at ||
            strstr(heard.why, rows[i].why) == NULL)
            fail_msg("%s: %zu %s", rows[i].text, heard.at, heard.why);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),     cmocka_unit_test(test_nesting),
        cmocka_unit_test(test_ints),      cmocka_unit_test(test_texts),
        cmocka_unit_test(test_bad_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
