/*
 * jsonpath_eval.c: comparisons of every type with every other, the functions,
 * and that hostile texts and patterns cost what they are allowed to and say so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/jsonpath_eval.c"

#include <stdio.h>
#include <stdlib.h>

/* Whether `condition` holds for `json`; *fault: what went wrong, or NULL. */
static bool
ask(const char *condition, const char *json, const char **fault)
{
    char text[JSONPATH_TEXT_MAX];
    char why[200] = "";
    size_t at = 0;
    struct jsonpath *path = NULL;
    struct jsonpath_doc *doc =
        jsonpath_doc(json, strlen(json), why, sizeof(why));
    struct jsonpath_work work = {.visited = 0};
    bool holds_now = false;

    if (doc == NULL)
        fail_msg("%s: %s", json, why);
    snprintf(text, sizeof(text), "$[?%s]", condition);
    path = jsonpath_parse(text, &at, why, sizeof(why));
    if (path == NULL)
        fail_msg("%s: %zu %s", text, at, why);
    work.root = doc->root;
    holds_now = jsonpath_eval(&work, path->first->first->filter, doc->root);
    *fault = work.fault;
    jsonpath_free(path);
    jsonpath_doc_free(doc);
    return holds_now;
}

/* Which of == != < <= > >= hold, as letters e n l L g G. */
static void
orders(char *to, const char *a, const char *b, const char *json)
{
    static const char *const ops[] = {"==", "!=", "<", "<=", ">", ">="};

    for (size_t i = 0; i < 6; i++) {
        char condition[200];
        const char *fault = NULL;

        snprintf(condition, sizeof(condition), "%s %s %s", a, ops[i], b);
        if (ask(condition, json, &fault))
            *to++ = "enlLgG"[i];
        assert_null(fault);
    }
    *to = '\0';
}

static const char everything[] =
    "{\"n\": 1, \"d\": 1.0, \"m\": 2, \"neg\": -1.5, \"s\": \"1\", \"z\": null,"
    " \"t\": true, \"f\": false, \"o\": {}, \"l\": [], \"empty\": \"\","
    " \"big\": 9007199254740993, \"big2\": 9007199254740992,"
    " \"over\": 18446744073709551616, \"minus0\": -0, \"min\":"
    " -9223372036854775808, \"ascii\": \"z\", \"umlaut\": \"\xc3\xa4\","
    " \"bmp\": \"\xef\xbf\xbf\", \"astral\": \"\xf0\x90\x80\x80\","
    " \"l1\": [1, {\"a\": 2, \"b\": [3]}],"
    " \"l2\": [1.0, {\"b\": [3.0], \"a\": 2}],"
    " \"l3\": [1, {\"a\": 2, \"b\": [4]}], \"l4\": [1],"
    " \"o1\": {\"a\": null}, \"o2\": {\"b\": null}, \"nul\": \"a\\u0000b\","
    " \"nul2\": \"a\\u0000c\"}";

static void
test_pairs(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        const char *want;
    } rows[] = {
        /* The same type. */
        {"@.n", "@.n", "eLG"},
        {"@.n", "@.d", "eLG"},
        {"@.n", "@.m", "nlL"},
        {"@.neg", "@.n", "nlL"},
        {"@.n", "1e0", "eLG"},
        {"@.n", "0.99", "ngG"},
        {"@.minus0", "0", "eLG"},
        {"@.minus0", "-0", "eLG"},
        {"@.minus0", "-0.0", "eLG"},
        {"@.big", "@.big2", "ngG"},
        {"@.big", "9007199254740993", "eLG"},
        {"@.big", "9007199254740992.0", "ngG"},
        {"@.over", "18446744073709551616", "eLG"},
        {"@.over", "9223372036854775807", "ngG"},
        {"@.min", "-9223372036854775808", "eLG"},
        {"@.min", "-9223372036854777856", "ngG"},
        {"@.s", "'1'", "eLG"},
        {"@.empty", "''", "eLG"},
        {"@.empty", "@.s", "nlL"},
        {"@.ascii", "@.umlaut", "nlL"},
        {"@.bmp", "@.astral", "nlL"}, /* by code point, not as in UTF-16 */
        {"@.nul", "@.nul2", "nlL"},
        {"@.nul", "'a\\u0000b'", "eLG"},
        {"'ab'", "'abc'", "nlL"},
        {"@.z", "null", "eLG"},
        {"@.t", "true", "eLG"},
        {"@.t", "@.f", "n"},
        {"@.l", "@.l", "eLG"},
        {"@.o", "@.o", "eLG"},
        {"@.l1", "@.l2", "eLG"},
        {"@.l1", "@.l3", "n"},
        {"@.l1", "@.l4", "n"},
        {"@.o1", "@.o2", "n"},
        {"@.o1", "@.o", "n"},
        /* Another type: different, and nothing more. */
        {"@.n", "@.s", "n"},
        {"@.s", "1", "n"},
        {"@.n", "null", "n"},
        {"@.n", "true", "n"},
        {"@.n", "@.o", "n"},
        {"@.n", "@.l", "n"},
        {"@.s", "null", "n"},
        {"@.s", "true", "n"},
        {"@.s", "@.o", "n"},
        {"@.s", "@.l", "n"},
        {"@.z", "false", "n"},
        {"@.z", "@.o", "n"},
        {"@.z", "0", "n"},
        {"@.z", "''", "n"},
        {"@.t", "1", "n"},
        {"@.t", "@.l", "n"},
        {"@.o", "@.l", "n"},
        /* Nothing is itself, and not null. */
        {"@.x", "@.y", "eLG"},
        {"@.x", "null", "n"},
        {"@.x", "@.z", "n"},
        {"@.x", "0", "n"},
        {"@.x", "''", "n"},
        {"@.x", "false", "n"},
        {"@.n.x", "length(@.n)", "eLG"},
        {"value(@..nowhere)", "@.x", "eLG"},
        {"value(@.*)", "@.x", "eLG"}, /* many are nothing */
    };

    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char got[8];

        orders(got, rows[i].a, rows[i].b, everything);
        if (strcmp(got, rows[i].want) != 0)
            fail_msg("%s, %s: %s", rows[i].a, rows[i].b, got);
    }
}

static void
test_functions(void **state)
{
    static const struct {
        const char *condition;
        bool want;
    } rows[] = {
        /* 2.4.4: characters, elements, members; else nothing. */
        {"length(@.umlaut) == 1", true},
        {"length(@.astral) == 1", true},
        {"length(@.empty) == 0", true},
        {"length(@.nul) == 3", true},
        {"length('\\ud83d\\ude00') == 1", true},
        {"length(@.l1) == 2", true},
        {"length(@.o) == 0", true},
        {"length(@.l1[1]) == 2", true},
        {"length(@.n) == 0", false},
        {"length(@.n) == length(@.z)", true},
        {"length(@.t) == @.x", true},
        {"length(@.x) == @.x", true},
        {"length(1) < 5", false},
        {"length(value(@.l4[*])) == @.x", true},
        /* 2.4.5 */
        {"count(@) == 1", true},
        {"count(@.x) == 0", true},
        {"count(@.l1[*]) == 2", true},
        {"count(@.l1[*,*]) == 4", true},
        {"count(@.l1..*) == 5", true},
        {"count(@.l1[?@ == 1]) == 1", true},
        {"count(@.n.*) == 0", true},
        /* 2.4.8 */
        {"value(@.l4[*]) == 1", true},
        {"value(@.l1[*]) == 1", false},
        {"value(@..a) == 2", false},
        {"value(@.l3..a) == 2", true},
        {"value(@.z) == null", true},
        /* 2.4.6, 2.4.7 */
        {"match(@.s, '1')", true},
        {"match(@.n, '1')", false},
        {"match(@.s, 1)", false},
        {"match(@.s, @.n)", false},
        {"match(@.s, @.s)", true},
        {"match(@.x, 'a?')", false},
        {"!match(@.x, 'a?')", true},
        {"match(@.z, 'null')", false},
        {"match('a', 'ab?')", true},
        {"search('xaby', 'ab?')", true},
        {"match('xaby', 'ab?')", false},
        {"search(@.nul, '\\u0000b')", true},
        {"match(@.nul, '...')", true},
        {"match('aa', value(@..nowhere))", false},
        {"!(@.x || @.n) || @.t", true},
    };

    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *fault = NULL;

        if (ask(rows[i].condition, everything, &fault) != rows[i].want ||
            fault != NULL)
            fail_msg("%s %s", rows[i].condition, fault ? fault : "");
    }
}

/* What stands in the document is no reason for an error. */
static void
test_foreign_patterns(void **state)
{
    static const char json[] =
        "{\"bad\": \"[\", \"pcre\": \"(?=a)a\", \"d\": \"\\\\d\", \"good\":"
        " \"[ab]+\", \"a\": \"aba\"}";
    const char *fault = NULL;
    (void)state;

    assert_false(ask("match(@.a, @.bad)", json, &fault));
    assert_null(fault);
    assert_false(ask("search(@.a, @.pcre)", json, &fault));
    assert_null(fault);
    assert_false(ask("search('5', @.d)", json, &fault));
    assert_null(fault);
    assert_true(ask("match(@.a, @.good)", json, &fault));
    assert_null(fault);
}

/* `count` times `unit`, with `before` and `after` around it. */
static char *
repeated(const char *before, const char *unit, size_t count, const char *after)
{
    size_t len = strlen(unit);
    size_t start = strlen(before);
    char *text = malloc(start + count * len + strlen(after) + 1);

    assert_non_null(text);
    memcpy(text, before, start);
    for (size_t i = 0; i < count; i++)
        memcpy(text + start + i * len, unit, len);
    strcpy(text + start + count * len, after);
    return text;
}

static void
check_fault(const char *condition, char *json, const char *want)
{
    const char *fault = NULL;

    (void)ask(condition, json, &fault);
    if (want == NULL ? fault != NULL
                     : fault == NULL || strcmp(fault, want) != 0)
        fail_msg("%s: %s", condition, fault ? fault : "no fault");
    free(json);
}

static void
test_patterns_are_bounded(void **state)
{
    static const char steps[] =
        "a pattern of the json path takes too many steps";
    (void)state;

    /* Catastrophic in one text, whether of path or document. */
    check_fault("match(@, '(a*)*b')", repeated("\"", "a", 5000, "\""), steps);
    check_fault("!search(@, '( | )*x')", repeated("\"", " ", 5000, "\""),
                steps);
    check_fault("match(@.t, @.p)",
                repeated("{\"p\": \"(a*)*b\", \"t\": \"", "a", 5000, "\"}"),
                steps);
    /* One step that runs over much. */
    check_fault("search(@, 'a*a{500}[bc]')", repeated("\"", "a", 50000, "\""),
                steps);
    /* Little in one, and much in all of them. */
    check_fault("count(@[?search(@, 'x')]) == 0",
                repeated("[\"\"", ",\"aaaa\"", 9000, "]"),
                "json path visited over 10000 nodes");
    check_fault("count(@[?search(@, @)]) == 0",
                repeated("[\"\"", ",\"aaaa\"", 1000, "]"),
                "json path visited over 10000 nodes");
    check_fault("match('a', @)", repeated("\"", "a", 1025, "\""),
                "a pattern in the document is over 1024 bytes");
    /* An honest search of a mebibyte is one that can be afforded. */
    check_fault("search(@, 'a[0-9]+b|foo')",
                repeated("\"", "ab a0x ", 149000, "a17b\""), NULL);
}

/* Texts are compared by their length, trees by their nodes. */
static void
test_comparisons_are_bounded(void **state)
{
    (void)state;
    check_fault(
        "@.l[?@ == -1] || count(@.l[?$.t == $.t]) > 1",
        repeated("{\"l\": [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,"
                 "19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,"
                 "36,37,38,39,40,41], \"t\": \"",
                 "a", 1000000, "\"}"),
        "json path visited over 10000 nodes");
    check_fault("@ == @", repeated("[0", ",0", 10000, "]"),
                "json path visited over 10000 nodes");
    check_fault("@ == @", repeated("[0", ",0", 9999, "]"), NULL);
    check_fault("length(@) > 1", repeated("\"", "a", 1000000, "\""), NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_functions),
        cmocka_unit_test(test_foreign_patterns),
        cmocka_unit_test(test_patterns_are_bounded),
        cmocka_unit_test(test_comparisons_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
