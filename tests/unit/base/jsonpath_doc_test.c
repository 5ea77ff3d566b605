/*
 * jsonpath_doc.c: JSON of every kind of wrongness, each with the one line a
 * person reads at night; and what is welcome though it is unusual.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/jsonpath_doc.c"

/* By length, for texts with a NUL. */
#define BYTES(text) text, sizeof(text) - 1

static const struct {
    const char *json;
    size_t len;
    const char *says;
} bad[] = {
    {BYTES(""), "it is empty"},
    {BYTES(" \r\n"), "it is empty"},
    {BYTES("\xef\xbb\xbf"), "it is empty"},
    {BYTES("<!DOCTYPE html>"), "it begins with `<`: HTML or XML"},
    {BYTES("Not Found"), "line 1, column 1: `Not` was not expected"},
    {BYTES("\xff\xfe{\0}\0"), "it is UTF-16 or UTF-32: JSON is UTF-8"},
    {BYTES("\xfe\xff\0{\0}"), "it is UTF-16 or UTF-32: JSON is UTF-8"},
    {BYTES("[\0]\0"), "it is UTF-16 or UTF-32: JSON is UTF-8"},
    {BYTES("\0["), "it is UTF-16 or UTF-32: JSON is UTF-8"},
    {BYTES("[1\0]"), "line 1, column 3: a NUL byte"},
    {BYTES("[\"a\0\"]"), "line 1, column 4: a NUL byte"},
    {BYTES("{\"a\": 1,}"), "line 1, column 9: `}` was not expected"},
    {BYTES("[1,,2]"), "line 1, column 4: `,` was not expected"},
    {BYTES("{\"a\" 1}"), "line 1, column 6: `1` was not expected"},
    {BYTES("{'a': 1}"),
     "line 1, column 2: `'` is not JSON: texts stand in double quotes"},
    {BYTES("{a: 1}"), "line 1, column 2: `a` was not expected"},
    {BYTES("/* */ []"), "line 1, column 1: `/` was not expected"},
    {BYTES("[1]\nx"), "line 2, column 1: `x` behind the end of the document"},
    {BYTES("{} {}"), "line 1, column 4: `{` behind the end of the document"},
    {BYTES("[1]]"), "line 1, column 4: `]` behind the end of the document"},
    {BYTES("[1, 2"), "line 1, column 6: it ends in the middle (cut off?)"},
    {BYTES("{\"a\":"), "line 1, column 6: it ends in the middle (cut off?)"},
    {BYTES("\"abc"), "line 1, column 5: it ends in the middle (cut off?)"},
    {BYTES("\"abc\\"), "line 1, column 6: it ends in the middle (cut off?)"},
    {BYTES("[1e999, -1e999,\n x]"), "line 2, column 2: `x` was not expected"},
    {BYTES("[NaN]"), "line 1, column 2: `NaN` is not JSON"},
    {BYTES("[1, -Infinity]"), "line 1, column 5: `-Infinity` is not JSON"},
    {BYTES("{\"a\": undefined}"), "line 1, column 7: `undefined` is not JSON"},
    {BYTES("[True]"), "line 1, column 2: `True` is not JSON"},
    {BYTES("[tru]"), "line 1, column 2: `tru` was not expected"},
    {BYTES("[01]"), "line 1, column 2: `01` is not a number"},
    {BYTES("[-]"), "line 1, column 2: `-` is not a number"},
    {BYTES("[1.]"), "line 1, column 2: `1.` is not a number"},
    {BYTES("[.5]"), "line 1, column 2: `.5` is not a number"},
    {BYTES("[+1]"), "line 1, column 2: `+1` is not a number"},
    {BYTES("[0x10]"), "line 1, column 2: `0x10` was not expected"},
    {BYTES("[\"\xff\"]"), "line 1, column 3: not UTF-8"},
    {BYTES("[\"\xed\xa0\x80\"]"), "line 1, column 3: not UTF-8"},
    {BYTES("[\"\xc0\x80\"]"), "line 1, column 3: not UTF-8"},
    {BYTES("[\"\\ud800\"]"), "half of a surrogate pair"},
    {BYTES("[\"\\ud800\\u0041\"]"), "half of a surrogate pair"},
    {BYTES("[\"\\udc00\"]"), "half of a surrogate pair"},
    {BYTES("[\"\\u12\"]"), "unknown escape, or a \\u without its four digits"},
    {BYTES("[\"\\x\"]"), "unknown escape, or a \\u without its four digits"},
    {BYTES("[\"a\nb\"]"), "a control character in a text stands escaped"},
    {BYTES("[\"\x01\"]"), "a control character in a text stands escaped"},
    {BYTES("{\"a\\u0000\": 1}"), "a key holds \\u0000"},
    /* The place is that of the document, not of the copy in which the large
     * number was written otherwise; columns are characters. */
    {BYTES("{\"n\": 18446744073709551616, \"m\": tru}"),
     "line 1, column 34: `tru` was not expected"},
    {BYTES("[18446744073709551616, 18446744073709551616,\n x]"),
     "line 2, column 2: `x` was not expected"},
    {BYTES("{\"\xc3\xa4\xc3\xb6\": nul}"),
     "line 1, column 8: `nul` was not expected"},
};

static void
test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char why[200] = "";

        if (jsonpath_doc(bad[i].json, bad[i].len, why, sizeof(why)) != NULL)
            fail_msg("accepted: %s", bad[i].json);
        if (strstr(why, bad[i].says) == NULL)
            fail_msg("%s: %s", bad[i].json, why);
    }
}

/* Whatever the bytes, the message is one line of printable text. */
static void
test_message_is_one_line(void **state)
{
    (void)state;
    for (int c = 1; c < 256; c++) {
        const char json[] = {'[', (char)c, (char)c, ']', '\0'};
        char why[200] = "";
        struct jsonpath_doc *doc = jsonpath_doc(json, 4, why, sizeof(why));

        for (size_t i = 0; why[i] != '\0'; i++)
            assert_true(why[i] >= 0x20 && why[i] < 0x7f);
        assert_true(doc != NULL || why[0] != '\0');
        jsonpath_doc_free(doc);
    }
}

static void
test_short_buffer(void **state)
{
    char why[8] = "";
    (void)state;

    assert_null(jsonpath_doc("[x]", 3, why, sizeof(why)));
    assert_string_equal(why, "line 1,");
}

static void
test_welcome(void **state)
{
    static const char *const good[] = {
        "1",
        "null",
        "\"\"",
        " [ ] ",
        "{}",
        "\xef\xbb\xbf[]", /* RFC 8259, section 8.1: may be ignored */
        "[-0, 0.0, 1E+2]",
        "[1e-999]",
        "[123456789012345678901234567890]",
        "{\"\": 1, \"a\": {\"a\": 1}}",
        "[\"\\ud834\\udd1e\\u0000\"]",
        "[\"\x7f\"]",
    };
    (void)state;

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        char why[200] = "";
        struct jsonpath_doc *doc =
            jsonpath_doc(good[i], strlen(good[i]), why, sizeof(why));

        if (doc == NULL)
            fail_msg("%s: %s", good[i], why);
        jsonpath_doc_free(doc);
    }
    jsonpath_doc_free(NULL);
}

/* A member nobody asks for is in nobody's way. */
static void
test_doubled_keys_and_huge_numbers(void **state)
{
    static const char json[] =
        "{\"n\": 1e400, \"m\": -1E+400, \"i\": 18446744073709551616,"
        " \"t\": \"1e400\", \"a\": 1, \"a\": 2}";
    static char digits[1000];
    char why[200] = "";
    struct jsonpath_doc *doc = jsonpath_doc(BYTES(json), why, sizeof(why));
    (void)state;

    assert_non_null(doc);
    assert_string_equal(why, "");
    assert_int_equal(json_integer_value(json_object_get(doc->root, "a")), 2);
    assert_true(json_real_value(json_object_get(doc->root, "n")) > 1e308);
    assert_true(json_real_value(json_object_get(doc->root, "m")) < -1e308);
    assert_true(json_real_value(json_object_get(doc->root, "i")) > 1.8e19);
    assert_string_equal(json_string_value(json_object_get(doc->root, "t")),
                        "1e400");
    jsonpath_doc_free(doc);
    memset(digits, '9', sizeof(digits) - 1);
    doc = jsonpath_doc(digits, strlen(digits), why, sizeof(why));
    assert_non_null(doc);
    jsonpath_doc_free(doc);
}

static void
test_depth(void **state)
{
    char json[2 * JSONPATH_DEPTH_MAX + 3];
    char why[160] = "";
    struct jsonpath_doc *doc = NULL;
    const size_t max = JSONPATH_DEPTH_MAX;
    (void)state;

    memset(json, '[', max);
    memset(json + max, ']', max);
    doc = jsonpath_doc(json, 2 * max, why, sizeof(why));
    assert_non_null(doc);
    jsonpath_doc_free(doc);

    memset(json, '[', max + 1);
    memset(json + max + 1, ']', max + 1);
    assert_null(jsonpath_doc(json, 2 * max + 2, why, sizeof(why)));
    assert_string_equal(why, "byte 65: nested deeper than 64");

    /* Brackets inside a string are text. */
    json[0] = '"';
    json[2 * max + 1] = '"';
    doc = jsonpath_doc(json, 2 * max + 2, why, sizeof(why));
    assert_non_null(doc);
    jsonpath_doc_free(doc);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_message_is_one_line),
        cmocka_unit_test(test_short_buffer),
        cmocka_unit_test(test_welcome),
        cmocka_unit_test(test_doubled_keys_and_huge_numbers),
        cmocka_unit_test(test_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
