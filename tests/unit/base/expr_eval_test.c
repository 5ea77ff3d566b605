/*
 * expr_eval.c with expr_values.c: what holds, what is broken, and the message
 * in full for each.  Lookups answer from rows of the test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/expr_eval.c"

#include "base/buf.h"
#include "base/jsonpath.h"

#define MS(n) ((n)*1000000LL)

static const char *const rcodes[] = {"NOERROR", "NXDOMAIN", NULL};
static const struct expr_subject table[] = {
    {.name = "status", .type = EXPR_INT},
    {.name = "time", .type = EXPR_DURATION},
    {.name = "size", .type = EXPR_SIZE},
    {.name = "body", .type = EXPR_TEXT},
    {.name = "header", .type = EXPR_TEXT, .arg = EXPR_ARG_WORD},
    {.name = "json", .type = EXPR_ANY, .arg = EXPR_ARG_JSONPATH},
    {.name = "ip", .type = EXPR_ADDRESS},
    {.name = "protocol", .type = EXPR_DECIMAL},
    {.name = "loss", .type = EXPR_DECIMAL},
    {.name = "rcode", .type = EXPR_TEXT, .words = rcodes},
    {.name = "answer", .type = EXPR_TEXT},
    {.name = "ttl", .type = EXPR_INT},
    {.name = "aa", .type = EXPR_FLAG},
    {.name = "ad", .type = EXPR_FLAG},
    {.name = "all servers agree", .type = EXPR_FLAG},
    {.name = "none", .type = EXPR_INT},
};

static const char document[] =
    "{\"qty\": 7, \"big\": 9007199254740993, \"neg\": -0.5, \"s\": \"x\","
    " \"t\": true, \"z\": null, \"items\": [{\"price\": 5}, {\"price\": -1},"
    " {\"price\": 3}], \"mixed\": [1, \"one\"], \"o\": {\"a\": 1}}";

static void
lookup_http(const char *name, const char *arg, struct expr_values *values)
{
    if (strcmp(name, "status") == 0)
        expr_values_int(values, 503);
    if (strcmp(name, "time") == 0)
        expr_values_int(values, MS(812) + 345678);
    if (strcmp(name, "size") == 0)
        expr_values_int(values, 1572864);
    if (strcmp(name, "body") == 0)
        expr_values_text(values, "<h1>It's\n\x1b[31mred\x9b</h1>", 23);
    if (strcmp(name, "ip") == 0)
        expr_values_text(values, "2001:db8::7", 11);
    if (strcmp(name, "header") == 0 && strcmp(arg, "x") == 0) {
        expr_values_text(values, "a", 1);
        expr_values_text(values, "b", 1);
    }
}

static void
lookup_dns(const char *name, struct expr_values *values)
{
    static const char *const answers[] = {"192.0.2.1", "192.0.2.2",
                                          "192.0.2.3"};

    if (strcmp(name, "protocol") == 0)
        expr_values_add(values, &(struct expr_value){.type = EXPR_V_NUM,
                                                     .is_decimal = true,
                                                     .decimal = 1.2});
    if (strcmp(name, "loss") == 0)
        expr_values_add(values, &(struct expr_value){.type = EXPR_V_NUM,
                                                     .is_decimal = true,
                                                     .decimal = 0.1});
    if (strcmp(name, "rcode") == 0)
        expr_values_text(values, "NXDOMAIN", 8);
    for (size_t i = 0; i < 3 && strcmp(name, "answer") == 0; i++)
        expr_values_text(values, answers[i], 9);
    for (int i = 0; i < 3 && strcmp(name, "ttl") == 0; i++)
        expr_values_int(values, 60 - 10 * i);
    if (strcmp(name, "aa") == 0)
        expr_values_flag(values, true);
    if (strcmp(name, "all servers agree") == 0)
        expr_values_flag(values, false);
}

static void
lookup(void *cookie, const struct expr_subject *subject, const char *arg,
       struct expr_values *values)
{
    if (subject->arg == EXPR_ARG_JSONPATH)
        jsonpath_lookup(arg, cookie, values);
    lookup_http(subject->name, arg, values);
    lookup_dns(subject->name, values);
}

struct row {
    const char *text;
    bool holds;
    const char *message; /* NULL: not looked at */
};

/* clang-format off */
static const struct row scalar_rows[] = {
    {"status == 200", false, "status == 200: got 503"},
    {"status == 503", true, "status == 503: got 503"},
    {"status != 503", false, "status != 503: got 503"},
    {"not status == 503", false, "not status == 503: got 503"},
    {"not status != 503", true, NULL},
    {"status in 200 302", false, "status in 200 302: got 503"},
    {"status in 200 503", true, NULL},
    {"status < 503", false, NULL},
    {"status <= 503", true, NULL},
    {"status > 502.5", true, NULL},
    {"status >= 503.5", false, NULL},
    {"status exists", true, "status exists: present"},
    {"none exists", false, "none exists: absent"},
    {"not none exists", true, "not none exists: absent"},
    {"none == 1", false, "none == 1: absent"},
    {"none != 1", false, "none != 1: absent"},
    {"not none == 1", false, "not none == 1: absent"},
    {"every none == 1", false, "every none == 1: absent"},
    {"time < 800ms", false, "time < 800ms: got 812.345 ms"},
    {"time < 1s", true, NULL},
    {"size < 1MiB", false, "size < 1MiB: got 1536KiB"},
    {"size == 1572864", true, NULL},
    {"protocol >= 1.2", true, "protocol >= 1.2: got 1.2"},
    {"protocol == 1.2", true, NULL},
    {"protocol > 1.2", false, NULL},
    {"protocol >= 1", true, NULL},
    {"loss < 10%", true, "loss < 10%: got 0.1"},
    {"ip in 192.0.2.0/24", false, "ip in 192.0.2.0/24: got '2001:db8::7'"},
    {"ip in 192.0.2.0/24 2001:db8::/32", true, NULL},
    {"ip == 2001:0DB8:0::7", true, NULL},
    {"ip != 2001:db8::8", true, NULL},
    {"rcode == NOERROR", false, "rcode == NOERROR: got 'NXDOMAIN'"},
    {"rcode in NOERROR NXDOMAIN", true, NULL},
    {"aa", true, "aa: true"},
    {"not aa", false, "not aa: true"},
    {"ad", false, "ad: absent"},
    {"not ad", false, "not ad: absent"},
    {"all servers agree", false, "all servers agree: false"},
    {"not all servers agree", true, NULL},
};

static const struct row text_rows[] = {
    {"body contains 'Add'", false,
     "body contains 'Add': got '<h1>It's\\n\\x1b[31mred\\x9b</h1>'"},
    {"body contains 'It''s'", true, NULL},
    {"body contains ''", true, NULL},
    {"body starts '<h1>'", true, NULL},
    {"body starts 'h1>'", false, NULL},
    {"body ends '</h1>'", true, NULL},
    {"body ends '</h2>'", false, NULL},
    {"body ~ 'red.</h1>$'", false, NULL}, /* \x9b is no character */
    {"body ~ '^<h(\\d)>'", true, NULL},
    {"header x == 'b'", true, "header x == 'b': got 'b' and 1 more"},
    {"header x == 'c'", false, "header x == 'c': got 'a' and 1 more"},
    {"header x != 'b'", false, "header x != 'b': got 'b' and 1 more"},
    {"header x != 'c'", true, NULL},
    {"every header x == 'a'", false,
     "every header x == 'a': got 'b' and 1 more"},
    {"every header x in 'a' 'b'", true, NULL},
    {"every header x != 'b'", false, NULL},
    {"every header x != 'c'", true, NULL},
    {"header y == 'a'", false, "header y == 'a': absent"},
    {"not header y contains 'a'", false, NULL},
    {"answer == 192.0.2.2", true, NULL},
    {"every ttl >= 50", false, "every ttl >= 50: got 40 and 2 more"},
    {"ttl >= 60", true, NULL},
};

static const struct row json_rows[] = {
    {"json $.qty >= 0", true, "json $.qty >= 0: got 7"},
    {"json $.qty == 7.0", true, NULL},
    {"json $.none >= 0", false, "json $.none >= 0: absent"},
    {"json $.s >= 0", false, "json $.s >= 0: is a string 'x', not a number"},
    {"not json $.s >= 0", false,
     "not json $.s >= 0: is a string 'x', not a number"},
    {"json $.s != 0", false, "json $.s != 0: is a string 'x', not a number"},
    {"json $.qty == 'x'", false,
     "json $.qty == 'x': is a number 7, not a string"},
    {"json $.t == 1", false, "json $.t == 1: is true, not a number"},
    {"json $.t == true", true, NULL},
    {"json $.t != true", false, NULL},
    {"json $.z == 0", false, "json $.z == 0: is null, not a number"},
    {"json $.z == null", true, NULL},
    {"json $.z exists", true, NULL},
    {"json $.qty != null", true, NULL},
    {"json $.qty == null", false, "json $.qty == null: got 7"},
    {"json $.qty contains '7'", false,
     "json $.qty contains '7': is a number 7, not a string"},
    /* 2^53 + 1 has no double. */
    {"json $.big == 9007199254740993", true, NULL},
    {"json $.big == 9007199254740992", false, NULL},
    {"json $.big > 9007199254740992.0", true, NULL},
    {"json $.neg < 0", true, NULL},
    {"json $.neg == -0.5", true, NULL},
    {"json $.neg > -1", true, NULL},
    {"json $.items[*].price > 4", true,
     "json $.items[*].price > 4: got 5 and 2 more"},
    {"every json $.items[*].price >= 0", false,
     "every json $.items[*].price >= 0: got -1 and 2 more"},
    {"every json $.none[*] >= 0", false, NULL},
    {"json $.mixed[*] == 1", false,
     "json $.mixed[*] == 1: is a string 'one', not a number"},
    {"json $.mixed[*] in 1 'one'", true, NULL},
    {"json $.o == '{\"a\":1}'", true, NULL},
    {"json $.items[?@.price < 0].price == -1", true, NULL},
    {"json $.items[?@.price > 4 && @.price != 7].price >= 5", true, NULL},
    {"json $.items[?@.price > 99].price >= 5", false,
     "json $.items[?@.price > 99].price >= 5: absent"},
    {"not json $.items[?@.price < 0] exists", false,
     "not json $.items[?@.price < 0] exists: present"},
    {"json $.mixed[?match(@, 'o.e')] == 'one'", true, NULL},
    {"json $.mixed[?@ == \"one\"] == 'one'", true, NULL},
};

static const struct row joint_rows[] = {
    {"status == 503 and aa", true, "aa: true"},
    {"status == 200 and none == 1", false, "status == 200: got 503"},
    {"aa and status == 200", false, "status == 200: got 503"},
    {"status == 200 or aa", true, "aa: true"},
    {"aa or none == 1", true, "aa: true"},
    {"none == 1 or aa", false, "none == 1: absent"},
    {"not (none == 1 and aa)", false, "not none == 1: absent"},
    {"status == 200 or status == 204", false,
     "status == 200: got 503; status == 204: got 503"},
    {"(status == 200 or status == 204) and aa", false,
     "status == 200: got 503; status == 204: got 503"},
    {"aa and (status == 1 or status == 2 or status == 503)", true,
     "status == 503: got 503"},
    {"status == 1 or (aa and status == 2)", false,
     "status == 1: got 503; status == 2: got 503"},
    {"status == 1 or (status == 2 or status == 503)", true,
     "status == 503: got 503"},
    {"not (status == 1 or status == 503)", false,
     "not status == 503: got 503"},
    {"not not aa", true, "aa: true"},
    /* Ask before use: the second is not reached. */
    {"not header y exists or header y == 'a'", true, NULL},
    {"header y exists and header y == 'a'", false, "header y exists: absent"},
    {"header x exists and header x == 'a'", true, NULL},
};

/* clang-format on */

static void
check_rows(const struct row *rows, size_t count)
{
    char why[160];
    struct jsonpath_doc *doc =
        jsonpath_doc(document, sizeof(document) - 1, why, sizeof(why));

    assert_non_null(doc);
    for (size_t i = 0; i < count; i++) {
        struct expr_error error;
        struct expr_verdict verdict;
        struct expr *expr = expr_parse(
            rows[i].text, table, sizeof(table) / sizeof(table[0]), &error);

        if (expr == NULL)
            fail_msg("%s: %s", rows[i].text, error.message);
        expr_eval(expr, lookup, doc, &verdict);
        if (verdict.holds != rows[i].holds ||
            (rows[i].message != NULL &&
             strcmp(verdict.message, rows[i].message) != 0))
            fail_msg("%s: %d %s", rows[i].text, verdict.holds, verdict.message);
        assert_non_null(verdict.subject);
        expr_free(expr);
    }
    jsonpath_doc_free(doc);
}

#define CHECK(rows) check_rows(rows, sizeof(rows) / sizeof(rows[0]))

static void
test_rows(void **state)
{
    (void)state;
    CHECK(scalar_rows);
    CHECK(text_rows);
    CHECK(json_rows);
    CHECK(joint_rows);
}

static void
lookup_fault(void *cookie, const struct expr_subject *subject, const char *arg,
             struct expr_values *values)
{
    (void)subject;
    (void)arg;
    expr_values_fault(values, cookie);
}

static struct expr *
parse(const char *text)
{
    struct expr_error error;
    struct expr *expr =
        expr_parse(text, table, sizeof(table) / sizeof(table[0]), &error);

    if (expr == NULL)
        fail_msg("%s: %s", text, error.message);
    return expr;
}

static void
test_fault(void **state)
{
    static const char *const texts[] = {"json $.a exists", "not json $.a == 1",
                                        "json $.a != 1"};
    static char why[] = "the body is not JSON";
    (void)state;

    for (size_t i = 0; i < 3; i++) {
        struct expr *expr = parse(texts[i]);
        struct expr_verdict verdict;
        char want[120];

        expr_eval(expr, lookup_fault, why, &verdict);
        snprintf(want, sizeof(want), "%s: the body is not JSON", texts[i]);
        assert_false(verdict.holds);
        assert_string_equal(verdict.message, want);
        expr_free(expr);
    }
}

static void
lookup_text(void *cookie, const struct expr_subject *subject, const char *arg,
            struct expr_values *values)
{
    (void)subject;
    (void)arg;
    expr_values_text(values, cookie, strlen(cookie));
}

static void
test_where_it_was_found(void **state)
{
    static const struct {
        const char *text;
        int at;
        int len;
    } rows[] = {
        {"not body contains 'Error'", 6, 5}, {"not body ~ 'E[a-z]+'", 6, 5},
        {"not body ~ 'x'", -1, 0},           {"body contains 'y'", -1, 0},
        {"not body starts 'page'", 0, 4},    {"not body ends 'here'", 12, 4},
    };

    static char body[] = "page: Error here";
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct expr *expr = parse(rows[i].text);
        struct expr_verdict verdict;

        expr_eval(expr, lookup_text, body, &verdict);
        assert_int_equal(verdict.match_at, rows[i].at);
        assert_int_equal(verdict.match_len, rows[i].len);
        expr_free(expr);
    }
}

static void
lookup_blob(void *cookie, const struct expr_subject *subject, const char *arg,
            struct expr_values *values)
{
    static char blob[100000];
    (void)cookie;
    (void)subject;
    (void)arg;

    memset(blob, 'a', sizeof(blob));
    expr_values_text(values, blob, sizeof(blob));
}

static void
test_long_values_are_cut(void **state)
{
    struct expr *expr = parse("body contains 'b' or body contains 'c' or "
                              "body contains 'd' or body ends 'a'");
    struct expr_verdict verdict;
    (void)state;

    expr_eval(expr, lookup_blob, NULL, &verdict);
    assert_true(verdict.holds);
    assert_int_equal(strncmp(verdict.message, "body ends 'a': got 'aaaa", 24),
                     0);
    assert_non_null(strstr(verdict.message, "a...' (100000 bytes)"));
    assert_in_range(strlen(verdict.message), 120, 200);
    expr_free(expr);

    expr = parse("body contains 'b' or body contains 'c' or body contains 'd'");
    expr_eval(expr, lookup_blob, NULL, &verdict);
    assert_false(verdict.holds);
    assert_in_range(strlen(verdict.message), 120, EXPR_MESSAGE_MAX - 1);
    expr_free(expr);
}

/* Rows of stars in place of what it was given. */
static void
clean_all(void *cookie, const char *text, size_t len, struct buf *out)
{
    (void)cookie;
    assert_memory_equal(text, "aaaa", 4);
    assert_true(len <= EXPR_CLEAN_MAX);
    assert_int_equal(buf_add_str(out, "***"), 0);
}

static void
test_what_is_shown_was_cleaned(void **state)
{
    static const struct expr_world world = {.lookup = lookup_blob,
                                            .clean = clean_all};
    struct expr *expr = parse("body == 'b'");
    struct expr_verdict verdict;
    (void)state;

    expr_eval_clean(expr, &world, &verdict);
    assert_string_equal(verdict.message,
                        "body == 'b': got '***...' (100000 bytes)");
    expr_free(expr);
}

/* A pattern that gives up has not said no. */
static void
test_pattern_limit(void **state)
{
    static const char *const texts[] = {"body ~ '^(a+)+[bc]$'",
                                        "not body ~ '^(a+)+[bc]$'"};
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        struct expr *expr = parse(texts[i]);
        struct expr_verdict verdict;

        expr_eval(expr, lookup_blob, NULL, &verdict);
        assert_false(verdict.holds);
        assert_non_null(
            strstr(verdict.message, ": the pattern takes too many steps"));
        expr_free(expr);
    }
}

static void
test_uses(void **state)
{
    struct expr *expr = parse("aa or not (status == 1 and json $.a == 1)");
    (void)state;

    assert_true(expr_uses(expr, "aa"));
    assert_true(expr_uses(expr, "json"));
    assert_true(expr_uses(expr, "status"));
    assert_false(expr_uses(expr, "body"));
    expr_free(expr);
}

/* Each kind of JSON value under each operator.  "y": holds, "n": does not;
 * else what the message says it is, and what it should be.  Never the one when
 * it is the other, and never both with `not` before it. */
static void
test_json_types(void **state)
{
    static const char *const ops[] = {
        "== 7",    "!= 7",       "< 8",        "<= 7",     "> 6",
        ">= 7",    "in 7 8",     "== '7'",     "!= 'x'",   "contains '7'",
        "~ '7'",   "in 'a' '7'", "starts '7'", "ends '7'", "== true",
        "!= true", "== null",    "!= null",    "exists",
    };
    static const char num[] = "not a number";
    static const char str[] = "not a string";
    static const char boolean[] = "not true or false";

    static const struct {
        const char *json;
        const char *is;
        const char *want[sizeof(ops) / sizeof(ops[0])];
    } rows[] = {
        {"7",
         "is a number 7, ",
         {"y", "n", "y", "y", "y", "y", "y", str, str, str, str, str, str, str,
          boolean, boolean, "n", "y", "y"}},
        {"\"7\"",
         "is a string '7', ",
         {num, num, num, num, num, num, num, "y", "y", "y", "y", "y", "y", "y",
          boolean, boolean, "n", "y", "y"}},
        {"null",
         "is null, ",
         {num, num, num, num, num, num, num, str, str, str, str, str, str, str,
          boolean, boolean, "y", "n", "y"}},
        {"true",
         "is true, ",
         {num, num, num, num, num, num, num, str, str, str, str, str, str, str,
          "y", "n", "n", "y", "y"}},
        /* Objects and arrays are compared as their compact text. */
        {"{\"a\": 7}",
         "is an object '{\"a\":7}', ",
         {num, num, num, num, num, num, num, "n", "y", "y", "y", "n", "n", "n",
          boolean, boolean, "n", "y", "y"}},
        {"[7]",
         "is an array '[7]', ",
         {num, num, num, num, num, num, num, "n", "y", "y", "y", "n", "n", "n",
          boolean, boolean, "n", "y", "y"}},
    };

    (void)state;

    for (size_t i = 0; i < 6 * sizeof(ops) / sizeof(ops[0]); i++) {
        size_t op = i % (sizeof(ops) / sizeof(ops[0]));
        size_t row = i / (sizeof(ops) / sizeof(ops[0]));
        const char *want = rows[row].want[op];
        bool is_mismatch = want[1] != '\0';
        char text[80];
        char why[200];
        struct expr_verdict plain;
        struct expr_verdict inverse;
        struct jsonpath_doc *doc =
            jsonpath_doc(rows[row].json, strlen(rows[row].json), why, 200);
        struct expr *expr = NULL;

        snprintf(text, sizeof(text), "not json $ %s", ops[op]);
        expr = parse(text + 4);
        expr_eval(expr, lookup, doc, &plain);
        expr_free(expr);
        expr = parse(text);
        expr_eval(expr, lookup, doc, &inverse);
        expr_free(expr);
        jsonpath_doc_free(doc);
        if (plain.holds != (want[0] == 'y') ||
            inverse.holds != (want[0] == 'n' && !is_mismatch))
            fail_msg("%s of %s: %s", text, rows[row].json, plain.message);
        if (is_mismatch && (strstr(plain.message, rows[row].is) == NULL ||
                            strstr(inverse.message, want) == NULL))
            fail_msg("%s of %s: %s", text, rows[row].json, plain.message);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_types),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_fault),
        cmocka_unit_test(test_where_it_was_found),
        cmocka_unit_test(test_long_values_are_cut),
        cmocka_unit_test(test_what_is_shown_was_cleaned),
        cmocka_unit_test(test_pattern_limit),
        cmocka_unit_test(test_uses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
