/* regex.c: what matches where, and what a hostile pattern or text may cost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/regex.c"

struct row {
    const char *pattern;
    const char *text;
    size_t len;
    enum regex_result want;
    size_t start, end;
};

#define TEXT(s) s, sizeof(s) - 1

static void
test_table(void **state)
{
    static const struct row rows[] = {
        {"b+", TEXT("abbbc"), REGEX_YES, 1, 4},
        {"x", TEXT("abc"), REGEX_NO, 0, 0},
        {"", TEXT(""), REGEX_YES, 0, 0},
        {"^220 ", TEXT("220 ready"), REGEX_YES, 0, 4},
        {"token=([0-9a-f]+)", TEXT("a token=beef;"), REGEX_YES, 8, 12},
        {"(a)|b", TEXT("xb"), REGEX_YES, 1, 2},
        /* `$` is the end, not the place before the last newline. */
        {"ok$", TEXT("ok\n"), REGEX_NO, 0, 0},
        {"ok$", TEXT("ok"), REGEX_YES, 0, 2},
        {"(?m)ok$", TEXT("ok\nno"), REGEX_YES, 0, 2},
        /* A character is a code point, and broken UTF-8 only breaks itself. */
        {"^.$", TEXT("\xc3\xa4"), REGEX_YES, 0, 2},
        {"end", TEXT("\xff\xfe end"), REGEX_YES, 3, 6},
        {"a.b",
         TEXT("a\xff"
              "b"),
         REGEX_NO, 0, 0},
        {"a\\x00b", TEXT("xa\0b"), REGEX_YES, 1, 4},
        {"(?i)\xc3\xa4", TEXT("\xc3\x84"), REGEX_YES, 0, 2},
    };
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char message[120];
        size_t at = 0;
        size_t start = 99;
        size_t end = 99;
        struct regex *regex =
            regex_compile(rows[i].pattern, &at, message, sizeof(message));

        if (regex == NULL)
            fail_msg("%s: %s", rows[i].pattern, message);
        if (regex_match(regex, rows[i].text, rows[i].len, &start, &end) !=
                rows[i].want ||
            start != rows[i].start || end != rows[i].end)
            fail_msg("row %zu: %s: %zu..%zu", i, rows[i].pattern, start, end);
        regex_free(regex);
    }
}

static void
test_errors(void **state)
{
    static const struct {
        const char *pattern;
        size_t offset;
        const char *says;
    } rows[] = {
        {"a(b", 3, "missing closing parenthesis"},
        {"[a", 2, "missing terminating ]"},
        {"*a", 0, "quantifier does not follow"},
        {"a\\Cb", 3, "\\C"},
        {"\xff", 0, "UTF-8"},
        {"((a{1000}){1000}){10}", 0, "large"},
    };

    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char message[120] = "";
        size_t at = 99;

        assert_null(
            regex_compile(rows[i].pattern, &at, message, sizeof(message)));
        if (strstr(message, rows[i].says) == NULL)
            fail_msg("%s: %s", rows[i].pattern, message);
        if (rows[i].offset != 0)
            assert_int_equal(at, rows[i].offset);
    }
}

/* Patterns that take exponential time without a limit. */
static void
test_catastrophic(void **state)
{
    static const char *const patterns[] = {"^(a+)+$", "(a|aa)+$",
                                           "^(([a-z])+.)+[A-Z]([a-z])+$"};
    char text[4096];
    (void)state;

    memset(text, 'a', sizeof(text));
    text[sizeof(text) - 1] = '!';
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        char message[120];
        size_t at = 0;
        size_t start = 0;
        size_t end = 0;
        struct regex *regex =
            regex_compile(patterns[i], &at, message, sizeof(message));

        assert_non_null(regex);
        if (regex_match(regex, text, sizeof(text), &start, &end) != REGEX_LIMIT)
            fail_msg("%s ran to an end", patterns[i]);
        regex_free(regex);
    }
}

/* A recursive pattern must meet the heap limit, not the stack. */
static void
test_deep(void **state)
{
    char message[120];
    size_t at = 0;
    size_t start = 0;
    size_t end = 0;
    size_t len = 1 << 20;
    char *text = malloc(len);
    struct regex *regex =
        regex_compile("^(\\((?1)*\\))*$", &at, message, sizeof(message));
    (void)state;

    assert_non_null(regex);
    assert_non_null(text);
    memset(text, '(', len);
    assert_int_equal(regex_match(regex, text, len, &start, &end), REGEX_LIMIT);
    regex_free(regex);
    free(text);
}

/* The caller's steps stand in place of the regex's own, below it and above. */
static void
test_within(void **state)
{
    char message[120];
    char text[4096];
    size_t at = 0;
    size_t start = 9;
    size_t end = 9;
    struct regex *regex = regex_compile("(*NO_AUTO_POSSESS)\\A(?s:.*?)a+[bc]",
                                        &at, message, sizeof(message));
    (void)state;

    assert_non_null(regex);
    memset(text, 'a', sizeof(text));
    assert_int_equal(
        regex_match_within(regex, text, sizeof(text), 1000, &start, &end),
        REGEX_LIMIT);
    assert_int_equal(start, 0);
    assert_int_equal(regex_match(regex, text, sizeof(text), &start, &end),
                     REGEX_LIMIT);
    assert_int_equal(
        regex_match_within(regex, text, sizeof(text), 100000000, &start, &end),
        REGEX_NO);
    text[10] = 'b';
    assert_int_equal(
        regex_match_within(regex, text, sizeof(text), 1000, &start, &end),
        REGEX_YES);
    assert_int_equal(end, 11);
    regex_free(regex);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_catastrophic), cmocka_unit_test(test_deep),
        cmocka_unit_test(test_within),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
