/*
 * jsonpath_iregexp.c: what RFC 9485 lets through and how it matches, what it
 * does not, and that a pattern made to hurt meets a limit soon.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/jsonpath_iregexp.c"

static struct regex *
compile(const char *pattern, enum jsonpath_op op)
{
    struct jsonpath_pattern made =
        jsonpath_iregexp_compile(pattern, strlen(pattern), op);

    if (made.regex == NULL)
        fail_msg("%s: %zu: %s", pattern, made.at, made.why);
    return made.regex;
}

static bool
holds(const char *pattern, enum jsonpath_op op, const char *text)
{
    struct regex *regex = compile(pattern, op);
    size_t start = 0;
    size_t end = 0;
    enum regex_result result =
        regex_match(regex, text, strlen(text), &start, &end);

    regex_free(regex);
    assert_true(result != REGEX_LIMIT);
    return result == REGEX_YES;
}

static const struct {
    const char *pattern;
    const char *text;
    bool matches; /* the whole text */
    bool finds;   /* somewhere in it */
} table[] = {
    {"", "", true, true},
    {"", "a", false, true},
    {"abc", "abc", true, true},
    {"abc", "xabcx", false, true},
    {"abc", "ABC", false, false},
    {"a|b", "b", true, true},
    {"a|bc", "abc", false, true},
    {"a||b", "", true, true},
    {"(a|b)c", "bc", true, true},
    {"ab*c", "abbbc", true, true},
    {"ab+c", "ac", false, false},
    {"ab?c", "ac", true, true},
    {"a{2}", "aa", true, true},
    {"a{2}", "aaa", false, true},
    {"a{2,}", "aaaa", true, true},
    {"a{2,3}", "aaaa", false, true},
    {"(ab){2}", "abab", true, true},
    {"a.c", "abc", true, true},
    {"a.c",
     "a\xf0\x90\x84\x81"
     "c",
     true, true},
    {"a.c", "a\nc", false, false},
    {"a.c", "a\rc", false, false},
    {".", "\xe2\x80\xa8", true, true},
    {"[a-c]", "b", true, true},
    {"[^a-c]", "b", false, false},
    {"[^a]", "\n", true, true},
    {"[-a]", "-", true, true},
    {"[a-]", "-", true, true},
    {"[-]", "-", true, true},
    {"[^-a]", "-", false, false},
    {"[a-c-]", "-", true, true},
    {"[.*$^(]", "(", true, true},
    {"[a^]", "^", true, true},
    {"[\\]\\-\\\\]", "\\", true, true},
    {"[\\n-\\r]", "\x0c", true, true},
    {"[\xc3\xa4-\xc3\xbc]", "\xc3\xb6", true, true},
    {"\\.", "x", false, false},
    {"\\(\\)\\*\\+\\-\\.\\?\\[\\\\\\]\\^\\{\\|\\}", "()*+-.?[\\]^{|}", true,
     true},
    {"\\n\\r\\t", "\n\r\t", true, true},
    {"\\p{Lu}", "\xd0\x96", true, true},
    {"\\p{Lu}", "\xd0\xb6", false, false},
    {"\\P{Lu}", "\xd0\xb6", true, true},
    {"[\\p{L}0-9]+", "a1\xd0\x96", true, true},
    {"[^\\p{Nd}]", "5", false, false},
    {"\\p{Zs}", " ", true, true},
    /* As section 5 maps them. */
    {"^ab", "ab", true, true},
    {"^b", "ab", false, false},
    {"a$", "ab", false, false},
    {"b$", "ab", false, true},
    {"a$", "a\n", false, false},
    /* What means something to PCRE2 is text here. */
    {"#a/,~@<>=!:;&%'\"` _", "#a/,~@<>=!:;&%'\"` _", true, true},
    {"aQ", "aQ", true, true},
    {"a&&[b]", "a&&b", true, true},
};

static void
test_matches(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (holds(table[i].pattern, JSONPATH_MATCH, table[i].text) !=
            table[i].matches)
            fail_msg("match %s on %s", table[i].pattern, table[i].text);
        if (holds(table[i].pattern, JSONPATH_SEARCH, table[i].text) !=
            table[i].finds)
            fail_msg("search %s on %s", table[i].pattern, table[i].text);
    }
}

/* A NUL is a character like others, in pattern and text. */
static void
test_nul(void **state)
{
    size_t at = 0;
    struct regex *regex =
        jsonpath_iregexp_compile("a\0b", 3, JSONPATH_MATCH).regex;
    (void)state;

    assert_non_null(regex);
    assert_int_equal(regex_match(regex, "a\0b", 3, &at, &at), REGEX_YES);
    assert_int_equal(regex_match(regex, "a", 1, &at, &at), REGEX_NO);
    regex_free(regex);
}

static void
test_refused(void **state)
{
    static const struct {
        const char *pattern;
        size_t at;
        const char *says;
    } bad[] = {
        {"\\d", 1, "write [0-9]"},
        {"\\w", 1, "write [A-Za-z0-9_]"},
        {"[\\s]", 2, "write [ \\t\\n\\r]"},
        {"\\b", 1, "no `\\b` there"},
        {"\\$", 1, "write [$]"},
        {"\\1", 1, "unknown escape"},
        {"\\x41", 1, "unknown escape"},
        {"\\Q", 1, "unknown escape"},
        {"a\\", 2, "unknown escape"},
        {"(", 1, "not closed by `)`"},
        {"(a|b", 4, "not closed by `)`"},
        {"a)", 1, "not opened"},
        {"(?:a)", 1, "nothing to repeat"},
        {"(?i)a", 1, "nothing to repeat"},
        {"(?=a)", 1, "nothing to repeat"},
        {"(*UTF)a", 1, "nothing to repeat"},
        {"*a", 0, "nothing to repeat"},
        {"a**", 2, "nothing to repeat"},
        {"a+?", 2, "nothing to repeat"},
        {"a++", 2, "nothing to repeat"},
        {"a{2}{3}", 4, "nothing to repeat"},
        {"a|*", 2, "nothing to repeat"},
        {"a{", 2, "{n}, {n,} or {n,m}"},
        {"a{,2}", 4, "{n}, {n,} or {n,m}"},
        {"a{3,2}", 5, "{n}, {n,} or {n,m}"},
        {"a{x}", 2, "{n}, {n,} or {n,m}"},
        {"a{1001}", 6, "over 1000 times"},
        {"a{99999999999}", 6, "over 1000 times"},
        {"a}", 1, "stands escaped"},
        {"a]", 1, "stands escaped"},
        {"[", 1, "not closed by `]`"},
        {"[]", 1, "an empty class"},
        {"[^]", 2, "an empty class"},
        {"[a", 2, "not closed by `]`"},
        {"[[a]]", 1, "`[` in a class"},
        {"[[:alpha:]]", 1, "`[` in a class"},
        {"[a-b-c]", 4, "`-` in a class"},
        {"[--a]", 2, "`-` in a class"},
        {"[\\p{L}-z]", 7, "no range"},
        {"[a-\\p{L}]", 8, "no range"},
        {"[z-a]", 5, "wrong way round"},
        {"\\pL", 2, "needs a category"},
        {"\\p{Xx}", 3, "no such category"},
        {"\\p{Luu}", 3, "no such category"},
        {"\\p{}", 3, "no such category"},
        {"\\p{Greek}", 3, "no such category"},
        {"\\p{Lu", 5, "not closed by `}`"},
        {"(((((((((((((((((((((((((((((((((((((", 32, "over 32 deep"},
    };

    (void)state;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct jsonpath_pattern made = jsonpath_iregexp_compile(
            bad[i].pattern, strlen(bad[i].pattern), JSONPATH_MATCH);

        if (made.regex != NULL)
            fail_msg("accepted: %s", bad[i].pattern);
        if (made.at != bad[i].at || strstr(made.why, bad[i].says) == NULL)
            fail_msg("%s: %zu: %s", bad[i].pattern, made.at, made.why);
    }
}

static void
test_too_large(void **state)
{
    char text[JSONPATH_PATTERN_MAX + 1];
    struct jsonpath_pattern made;
    (void)state;

    memset(text, '.', sizeof(text));
    made = jsonpath_iregexp_compile(text, JSONPATH_PATTERN_MAX, JSONPATH_MATCH);
    assert_non_null(made.regex);
    regex_free(made.regex);
    made = jsonpath_iregexp_compile(text, sizeof(text), JSONPATH_MATCH);
    assert_null(made.regex);
    assert_string_equal(made.why, "it is over 1024 bytes");
}

static void
test_weight(void **state)
{
    static const struct {
        const char *pattern;
        size_t want; /* 0: too heavy */
    } rows[] = {
        {"", 0 + 1},
        {"abc", 3},
        {"a|b*|[c-e]+", 3},
        {"a{10}", 10},
        {"a{10,}", 10},
        {"a{0,20}", 20},
        {"(ab){10}", 30},
        {"((a{10}){10}){3}", 333},
        {"x{0}", 0 + 1},
        {"(a{50}){50}", 0},
        {"a{1000}b{1000}c", 0},
        {"(((a{1000}){1000}){1000}){1000}", 0},
    };

    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct jsonpath_pattern made = jsonpath_iregexp_compile(
            rows[i].pattern, strlen(rows[i].pattern), JSONPATH_SEARCH);

        if ((made.regex == NULL) != (rows[i].want == 0))
            fail_msg("%s: %s", rows[i].pattern, made.why);
        if (rows[i].want > 1 && made.weight != rows[i].want)
            fail_msg("%s: %zu", rows[i].pattern, made.weight);
        regex_free(made.regex);
    }
}

/* The steps are those of the text as a whole, also where PCRE2 alone would
 * count afresh at each place: 20000 blanks and no end. */
static void
test_steps_are_total(void **state)
{
    enum { LEN = 20000 };

    static const char *const slow[] = {" +$", "( | )*x", "( *)*x", "[ a]*b",
                                       "( ?){500} {900}x"};
    static char text[LEN];
    (void)state;

    memset(text, ' ', LEN - 1);
    text[LEN - 1] = 'y';
    for (size_t i = 0; i < sizeof(slow) / sizeof(slow[0]); i++) {
        struct regex *regex = compile(slow[i], JSONPATH_SEARCH);
        size_t at = 0;

        assert_int_equal(regex_match_within(regex, text, LEN, 100000, &at, &at),
                         REGEX_LIMIT);
        regex_free(regex);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matches), cmocka_unit_test(test_nul),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_weight),  cmocka_unit_test(test_steps_are_total),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
