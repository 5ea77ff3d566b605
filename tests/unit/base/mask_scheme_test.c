#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mask_scheme.c"

/* RFC 3986 2.1, RFC 8259 7, the HTML standard 13.5. */
static void
what_stands_there(void **state)
{
    static const struct {
        enum mask_scheme scheme;
        const char *text;
        size_t chars;
        const char *means;
    } rows[] = {
        {MASK_SCHEME_PLAIN, "%41", 1, "%"},
        {MASK_SCHEME_URL, "%41b", 3, "A"},
        {MASK_SCHEME_URL, "%c3", 3, "\xc3"},
        {MASK_SCHEME_URL, "%4", 1, "%"},
        {MASK_SCHEME_URL, "%zz", 1, "%"},
        {MASK_SCHEME_JSON, "\\n", 2, "\n"},
        {MASK_SCHEME_JSON, "\\/", 2, "/"},
        {MASK_SCHEME_JSON, "\\x", 1, "\\"},
        {MASK_SCHEME_JSON, "\\u00E9", 6, "\xc3\xa9"},
        {MASK_SCHEME_JSON, "\\ud83d\\ude00", 12, "\xf0\x9f\x98\x80"},
        {MASK_SCHEME_HTML, "&amp;", 5, "&"},
        {MASK_SCHEME_HTML, "&#233;", 6, "\xc3\xa9"},
        {MASK_SCHEME_HTML, "&#x20ac;", 8, "\xe2\x82\xac"},
        {MASK_SCHEME_HTML, "&amp", 1, "&"},
        {MASK_SCHEME_HTML, "&#1114112;", 1, "&"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mask_scheme_unit u = mask_scheme_read(
            rows[i].scheme, rows[i].text, strlen(rows[i].text));

        assert_int_equal(u.chars, rows[i].chars);
        assert_int_equal(u.count, strlen(rows[i].means));
        assert_memory_equal(u.byte, rows[i].means, u.count);
    }
}

static void
where_a_reading_differs(void **state)
{
    (void)state;
    assert_true(mask_scheme_differs(MASK_SCHEME_URL, '%'));
    assert_true(mask_scheme_differs(MASK_SCHEME_URL, '+'));
    assert_true(mask_scheme_differs(MASK_SCHEME_JSON, '\\'));
    assert_true(mask_scheme_differs(MASK_SCHEME_HTML, '&'));
    assert_false(mask_scheme_differs(MASK_SCHEME_HTML, '+'));
    assert_false(mask_scheme_differs(MASK_SCHEME_PLAIN, '%'));
    assert_false(mask_scheme_differs(MASK_SCHEME_PLAIN, '\0'));
}

static void
cut_by_the_end(void **state)
{
    (void)state;
    assert_true(mask_scheme_is_half(MASK_SCHEME_URL, "%4", 2));
    assert_false(mask_scheme_is_half(MASK_SCHEME_URL, "%41", 3));
    assert_true(mask_scheme_is_half(MASK_SCHEME_JSON, "\\", 1));
    assert_true(mask_scheme_is_half(MASK_SCHEME_JSON, "\\u00", 4));
    assert_false(mask_scheme_is_half(MASK_SCHEME_JSON, "\\n", 2));
    assert_true(mask_scheme_is_half(MASK_SCHEME_HTML, "&am", 3));
    assert_false(mask_scheme_is_half(MASK_SCHEME_HTML, "&amp;", 5));
    assert_false(mask_scheme_is_half(MASK_SCHEME_PLAIN, "%", 1));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_stands_there),
        cmocka_unit_test(where_a_reading_differs),
        cmocka_unit_test(cut_by_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
