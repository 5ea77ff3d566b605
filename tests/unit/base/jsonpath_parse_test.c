/* jsonpath_parse.c: what RFC 9535 calls well-formed, and where it is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/jsonpath_parse.c"

static void
test_well_formed(void **state)
{
    static const char *const good[] = {
        "$",
        "$.a",
        "$._a1",
        "$.\xe2\x82\xac",
        "$..a",
        "$..*",
        "$..[0]",
        "$.*",
        "$[*]",
        "$['a']",
        "$[\"a\"]",
        "$['a','b',1,*,1:2]",
        "$ .a",
        "$\t[0]",
        "$[\n0\n]",
        "$[0]",
        "$[-1]",
        "$[9007199254740991]",
        "$[-9007199254740991]",
        "$[:]",
        "$[::]",
        "$[1:]",
        "$[:1]",
        "$[::2]",
        "$[ 1 : 2 : 3 ]",
        "$['\\b\\f\\n\\r\\t\\/\\\\\\'']",
        "$['\\u00e9']",
        "$['\\uD834\\uDD1E']",
        "$[\"'\"]",
        "$[?@.a]",
        "$[0, ?@.a == 1, 'b', ?@]",
        "$..[?@..[?@.b]]",
    };
    (void)state;

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        char why[120] = "";
        size_t at = 0;
        struct jsonpath *path = jsonpath_parse(good[i], &at, why, sizeof(why));

        if (path == NULL)
            fail_msg("%s: %zu: %s", good[i], at, why);
        jsonpath_free(path);
    }
}

static void
test_errors(void **state)
{
    static const struct {
        const char *path;
        size_t at;
        const char *says;
    } bad[] = {
        {"", 0, "begins with `$`"},
        {"a", 0, "begins with `$`"},
        {"$a", 1, "expected `.` or `[`"},
        {"$.", 2, "expected a name"},
        {"$. a", 2, "expected a name"},
        {"$.. a", 3, "expected a name"},
        {"$.1", 2, "expected a name"},
        {"$.a-b", 3, "expected `.` or `[`"},
        {"$...a", 3, "expected a name"},
        {"$.[0]", 2, "expected a name"},
        {"$..", 3, "expected a name"},
        {"$.a ", 3, "does not end in a blank"},
        {" $", 0, "begins with `$`"},
        {"$[", 1, "not closed"},
        {"$[]", 2, "expected a name, a number"},
        {"$[0", 1, "not closed"},
        {"$[0,]", 4, "expected a name, a number"},
        {"$[a]", 2, "in quotes"},
        {"$[01]", 2, "leading zero"},
        {"$[-0]", 2, "-0"},
        {"$[-]", 2, "expected a number"},
        {"$[0:-0]", 4, "-0"},
        {"$[::01]", 4, "leading zero"},
        {"$[9007199254740992]", 2, "2^53"},
        {"$[99999999999999999999999999]", 2, "2^53"},
        {"$[1:2:3:4]", 7, "expected `,` or `]`"},
        {"$[1.5]", 3, "expected `,` or `]`"},
        {"$['a]", 2, "not closed by '"},
        {"$['a\\x']", 5, "unknown escape"},
        {"$['a\\\"']", 5, "unknown escape"},
        {"$[\"a\\'\"]", 5, "unknown escape"},
        {"$['\\u12g4']", 7, "four hexadecimal"},
        {"$['\\ud834']", 5, "surrogate"},
        {"$['\\udd1e']", 5, "surrogate"},
        {"$['\\ud834\\u0041']", 5, "surrogate"},
        {"$['a\nb']", 4, "control character"},
        {"$[?]", 3, "expected a path from @ or $"},
        {"$[0, ?@.a = 1]", 10, "equality is `==`"},
        {"@.a", 0, "begins with `$`"},
        {"$.a\f.b", 3, "expected `.` or `[`"},
        {"$[1 :2: 03]", 8, "leading zero"},
        {"$[?@['a]]", 5, "not closed by '"},
        {"$.\xff", 0, "not UTF-8"},
    };

    (void)state;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char why[120] = "";
        size_t at = 999;

        if (jsonpath_parse(bad[i].path, &at, why, sizeof(why)) != NULL)
            fail_msg("accepted: %s", bad[i].path);
        if (at != bad[i].at || strstr(why, bad[i].says) == NULL)
            fail_msg("%s: %zu: %s", bad[i].path, at, why);
    }
}

static void
test_names_are_unescaped(void **state)
{
    char why[120] = "";
    size_t at = 0;
    struct jsonpath *path =
        jsonpath_parse("$['a\\u0000\\ud83d\\ude00\\\\']", &at, why, 120);
    static const char want[] = "a\0\xf0\x9f\x98\x80\\";
    (void)state;

    assert_non_null(path);
    assert_int_equal(path->first->first->len, sizeof(want) - 1);
    assert_memory_equal(path->first->first->name, want, sizeof(want) - 1);
    jsonpath_free(path);
}

/* 2.3.5.1: what may stand in a comparison. */
static void
test_singular(void **state)
{
    static const struct {
        const char *path;
        bool want;
    } rows[] = {
        {"$", true},         {"$.a", true},
        {"$['a']", true},    {"$[\"a\"][-1]", true},
        {"$ .a\n[0]", true}, {"$[' a ']", true},
        {"$.*", false},      {"$[*]", false},
        {"$..a", false},     {"$[0,1]", false},
        {"$[0:1]", false},   {"$[?@]", false},
        {"$.a[:].b", false}, {"$[ 0]", false},
        {"$['a' ]", false},
    };

    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char why[120] = "";
        size_t at = 0;
        struct jsonpath *path =
            jsonpath_parse(rows[i].path, &at, why, sizeof(why));

        if (path == NULL || path->is_singular != rows[i].want)
            fail_msg("%s %s", rows[i].path, why);
        assert_false(path->is_relative);
        jsonpath_free(path);
    }
}

static void
test_limits(void **state)
{
    char text[2 * JSONPATH_SEGMENTS_MAX + 16] = "$";
    char longest[JSONPATH_TEXT_MAX + 2];
    char why[120] = "";
    size_t at = 0;
    struct jsonpath *path = NULL;
    (void)state;

    for (size_t i = 0; i < JSONPATH_SEGMENTS_MAX; i++)
        memcpy(text + 1 + 2 * i, ".a", 3);
    path = jsonpath_parse(text, &at, why, sizeof(why));
    assert_non_null(path);
    jsonpath_free(path);
    memcpy(text + 1 + 2 * JSONPATH_SEGMENTS_MAX, ".a", 3);
    assert_null(jsonpath_parse(text, &at, why, sizeof(why)));
    assert_string_equal(why, "more than 64 segments");

    strcpy(text, "$[0");
    for (size_t i = 1; i < JSONPATH_SELECTORS_MAX - 1; i++)
        strcat(text, ",0");
    path = jsonpath_parse(strcat(text, ",0]"), &at, why, sizeof(why));
    assert_non_null(path);
    jsonpath_free(path);
    strcpy(strchr(text, ']'), ",0]");
    assert_null(jsonpath_parse(text, &at, why, sizeof(why)));
    assert_string_equal(why, "more than 64 selectors");

    /* Those inside a filter are of the same number. */
    strcpy(text, "$[?@[0");
    for (size_t i = 0; i < JSONPATH_SELECTORS_MAX - 1; i++)
        strcat(text, ",0");
    assert_null(jsonpath_parse(strcat(text, "]]"), &at, why, sizeof(why)));
    assert_string_equal(why, "more than 64 selectors");

    memset(longest, 'a', sizeof(longest));
    memcpy(longest, "$.", 2);
    longest[JSONPATH_TEXT_MAX + 1] = '\0';
    assert_null(jsonpath_parse(longest, &at, why, sizeof(why)));
    longest[JSONPATH_TEXT_MAX] = '\0';
    path = jsonpath_parse(longest, &at, why, sizeof(why));
    assert_non_null(path);
    jsonpath_free(path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_well_formed),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_names_are_unescaped),
        cmocka_unit_test(test_singular),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
