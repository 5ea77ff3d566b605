/*
 * expr_parse.c: shapes of trees, and for every wrong expectation the place,
 * the message and the hint.  Trees are compared as text with parentheses
 * around every chain, written by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/expr_parse.c"

static const char *const rcodes[] = {"NOERROR", "NXDOMAIN", "SERVFAIL", NULL};
static const struct expr_subject table[] = {
    {.name = "status", .type = EXPR_INT},
    {.name = "time", .type = EXPR_DURATION},
    {.name = "time.tls", .type = EXPR_DURATION},
    {.name = "size", .type = EXPR_SIZE},
    {.name = "body", .type = EXPR_TEXT},
    {.name = "header", .type = EXPR_TEXT, .arg = EXPR_ARG_WORD},
    {.name = "cookie", .type = EXPR_TEXT, .arg = EXPR_ARG_WORD},
    {.name = "json", .type = EXPR_ANY, .arg = EXPR_ARG_JSONPATH},
    {.name = "ip", .type = EXPR_ADDRESS},
    {.name = "protocol", .type = EXPR_DECIMAL},
    {.name = "loss", .type = EXPR_DECIMAL},
    {.name = "rcode", .type = EXPR_TEXT, .words = rcodes},
    {.name = "answer", .type = EXPR_TEXT},
    {.name = "aa", .type = EXPR_FLAG},
    {.name = "serial", .type = EXPR_INT},
    {.name = "serial agrees", .type = EXPR_FLAG},
    {.name = "all servers agree", .type = EXPR_FLAG},
};

#define COUNT (sizeof(table) / sizeof(table[0]))

static void
write_tree(const struct expr_node *node, char *to)
{
    static const char *const joints[] = {
        [EXPR_AND] = " and ", [EXPR_OR] = " or ", [EXPR_NOT] = "not "};

    if (node->kind == EXPR_CLAUSE) {
        strcat(to, node->clause.shown);
        return;
    }
    strcat(to, node->kind == EXPR_NOT ? "(not " : "(");
    for (const struct expr_node *n = node->first; n != NULL; n = n->next) {
        write_tree(n, to);
        strcat(to, n->next != NULL ? joints[node->kind] : "");
    }
    strcat(to, ")");
}

static void
test_trees(void **state)
{
    static const struct {
        const char *text;
        const char *tree;
    } rows[] = {
        {"status == 200", "status == 200"},
        {" status==200 ", "status==200"},
        {"(((status == 200)))", "status == 200"},
        {"aa or aa and aa", "(aa or (aa and aa))"},
        {"aa and aa or aa", "((aa and aa) or aa)"},
        {"(aa or aa) and aa", "((aa or aa) and aa)"},
        {"not aa and aa", "((not aa) and aa)"},
        {"not aa or aa", "((not aa) or aa)"},
        {"not (aa and aa)", "(not (aa and aa))"},
        {"not not aa", "(not (not aa))"},
        {"aa and aa and aa or aa or not aa",
         "((aa and aa and aa) or aa or (not aa))"},
        {"status in 200 302 and aa", "(status in 200 302 and aa)"},
        {"(status in 200 302)", "status in 200 302"},
        {"all servers agree and serial agrees",
         "(all servers agree and serial agrees)"},
        {"serial > 5", "serial > 5"},
        {"header content-type contains 'json'",
         "header content-type contains 'json'"},
        {"header in in 'a' 'and'", "header in in 'a' 'and'"},
        {"header exists exists", "header exists exists"},
        {"cookie 'a b' exists", "cookie 'a b' exists"},
        {"every json $.a[*]>=0", "every json $.a[*]>=0"},
        {"json $['a b)'] .c == 'it''s' or aa",
         "(json $['a b)'] .c == 'it''s' or aa)"},
        {"json $==null", "json $==null"},
        {"body ~ '^a(b)\\d$'", "body ~ '^a(b)\\d$'"},
        {"answer == 192.0.2.1", "answer == 192.0.2.1"},
        {"ip in 192.0.2.0/24 2001:db8::/32",
         "ip in 192.0.2.0/24 2001:db8::/32"},
        {"time.tls < 200ms", "time.tls < 200ms"},
        {"size < 1MiB and size > 100", "(size < 1MiB and size > 100)"},
        {"loss < 10%", "loss < 10%"},
        {"rcode == NOERROR", "rcode == NOERROR"},
        {"rcode in NOERROR 'NXDOMAIN'", "rcode in NOERROR 'NXDOMAIN'"},
        {"status\n==\t200", "status\\n==\\t200"},
    };

    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct expr_error error;
        char tree[400] = "";
        struct expr *expr = expr_parse(rows[i].text, table, COUNT, &error);

        if (expr == NULL)
            fail_msg("%s: %s", rows[i].text, error.message);
        assert_string_equal(expr_text(expr), rows[i].text);
        write_tree(expr->root, tree);
        assert_string_equal(tree, rows[i].tree);
        expr_free(expr);
    }
}

struct wrong {
    const char *text;
    size_t offset, len;
    const char *message;
    const char *hint;
};

static void
check_wrong(const struct wrong *w)
{
    struct expr_error error;

    if (expr_parse(w->text, table, COUNT, &error) != NULL)
        fail_msg("accepted: %s", w->text);
    if (error.offset != w->offset || error.len != w->len ||
        strcmp(error.message, w->message) != 0 ||
        strcmp(error.hint, w->hint) != 0)
        fail_msg("%s\n%zu+%zu: %s\n%s", w->text, error.offset, error.len,
                 error.message, error.hint);
}

#define ALL_OPS "== != < <= > >= contains starts ends ~ in exists"

static const struct wrong wrong_structure[] = {
    {"", 0, 1, "an expectation is missing here", "for example: status == 200"},
    {"aa and", 6, 1, "an expectation is missing here", ""},
    {"statu == 200", 0, 5, "unknown subject `statu`", "did you mean `status`?"},
    {"time.tsl < 1s", 0, 8, "unknown subject `time.tsl`",
     "did you mean `time.tls`?"},
    {"all server agree", 0, 16, "unknown subject `all server agree`",
     "did you mean `all servers agree`?"},
    {"aa and xyzzy", 7, 5, "unknown subject `xyzzy`",
     "known: status, time, time.tls, size, body, header, cookie, json, ip, "
     "protocol, loss, rcode, answer, aa, serial, ..."},
    {"200 == status", 0, 3, "expected a subject, found `200`",
     "for example: status == 200"},
    {"! aa", 0, 1, "expected a subject, found `!`",
     "write `not`, before the subject"},
    {"(status == 200", 0, 1, "the parenthesis is not closed", ""},
    {"status == 200)", 13, 1, "this parenthesis was not opened", ""},
    {"()", 1, 1, "expected a subject, found `)`", "for example: status == 200"},
    {"status == 200 time < 3s", 14, 4,
     "expected `and`, `or` or the end, found `time`",
     "join two expectations by `and` or `or`"},
    {"status == 200 && aa", 14, 2,
     "expected `and`, `or` or the end, found `&&`", "write `and`"},
    {"body contains 'it's'", 18, 1,
     "expected `and`, `or` or the end, found `s`",
     "a quote inside '...' is written twice: ''"},
    {"body contains 'a", 14, 2, "the text is not closed by a quote",
     "a quote inside '...' is written twice: ''"},
    {"\xff", 0, 1, "the expectation is not UTF-8", ""},
};

static const struct wrong wrong_operators[] = {
    {"status", 6, 1, "expected an operator after `status`, found the end",
     ALL_OPS},
    {"status = 200", 7, 1, "expected an operator after `status`, found `=`",
     "write `==`"},
    {"status is 200", 7, 2, "expected an operator after `status`, found `is`",
     "write `==`"},
    {"status not in 200", 7, 3,
     "expected an operator after `status`, found `not`",
     "`not` stands before the subject"},
    {"body contain 'x'", 5, 7,
     "expected an operator after `body`, found `contain`",
     "did you mean `contains`?"},
    {"json $.ok", 9, 1, "expected an operator after `json`, found the end",
     ALL_OPS},
    {"aa == true", 3, 2, "aa is a flag: `==` does not go with it",
     "write `aa` or `not aa`"},
    {"body < 'x'", 5, 1, "body is text: `<` does not go with it", ""},
    {"status contains '2'", 7, 8,
     "status is a number: `contains` does not go with it", ""},
    {"ip starts '10.'", 3, 6, "ip is an address: `starts` does not go with it",
     "write `ip in 192.0.2.0/24`"},
    {"every header a exists", 15, 6,
     "`every` asks values, `exists` asks whether there is one",
     "leave out `every`"},
    {"header contains 'json'", 7, 8, "`header` needs a name before `contains`",
     "for example: header NAME exists"},
    {"header exists", 7, 6, "`header` needs a name before `exists`",
     "for example: header NAME exists"},
    {"json items == 3", 5, 5, "`json` needs a path that begins with `$`",
     "for example: json $.items[0].price >= 0"},
    {"json $.a[01] == 3", 9, 1,
     "in the path: a number has no leading zero and no -0",
     "paths are those of RFC 9535"},
    {"json $[?@.a = ']'] == 3", 12, 1, "in the path: equality is `==`",
     "paths are those of RFC 9535"},
    {"json $[?length(@.*) > 1] == 3", 15, 1,
     "in the path: length() takes one value: a path of single names and "
     "indexes",
     "paths are those of RFC 9535"},
    {"json $[?match(@.a, '\\d+')] == 3", 21, 1,
     "in the path: unknown escape after `\\`", "paths are those of RFC 9535"},
};

static const struct wrong wrong_values[] = {
    {"status == ", 10, 1, "expected a value, found the end", ""},
    {"status in", 9, 1, "expected a value, found the end", ""},
    {"status == '200'", 10, 5, "status is not text",
     "write 200 without quotes"},
    {"status in 200, 302", 10, 4, "status is a number: `200,` is not one",
     "values are separated by blanks, without commas"},
    {"status == 200-299", 10, 7, "status is a number: `200-299` is not one",
     "a range is `status >= 200 and status < 300`"},
    {"status == 2xx", 10, 3, "status is a number: `2xx` is not one",
     "a range is `status >= 200 and status < 300`"},
    {"time < 800", 7, 3, "time is a duration: write 800ms, not 800",
     "units: us ms s m h d w"},
    {"time < 3", 7, 1, "time is a duration: write 3s, not 3",
     "units: us ms s m h d w"},
    {"time < fast", 7, 4, "time is a duration: `fast` is not one",
     "units: us ms s m h d w"},
    {"size < 1Mib", 7, 4, "size is a size: `1Mib` is not one",
     "units: B kB MB GB TB KiB MiB GiB TiB"},
    {"status == 14d", 10, 3, "status is a number: `14d` is not one",
     "write 14"},
    {"status < 10%", 9, 3, "status is a number: `10%` is not one", "write 10"},
    {"protocol >= 'TLSv1.2'", 12, 9, "protocol is not text", "write 1.2"},
    {"protocol >= TLSv1.2", 12, 7, "protocol is a number: `TLSv1.2` is not one",
     "write 1.2"},
    {"status == 'ok'", 10, 4, "status is not text",
     "write a number, without quotes"},
    {"body contains Add to basket", 14, 3,
     "body is text, and text stands in single quotes", "write 'Add'"},
    {"body contains \"x\"", 14, 3,
     "text stands in single quotes, not double ones", "write '...'"},
    {"json $.state == paid", 16, 4,
     "json takes 'text', a number, true, false or null, not `paid`",
     "write 'paid'"},
    {"rcode == noerror", 9, 7, "rcode is never `noerror`",
     "did you mean `NOERROR`?"},
    {"rcode == 'FORMER'", 9, 8, "rcode is never `FORMER`",
     "one of NOERROR NXDOMAIN SERVFAIL"},
    {"ip == 192.0.2.0/24", 6, 12, "`192.0.2.0/24` is a network, not an address",
     "write `ip in 192.0.2.0/24`"},
    {"ip in 192.0.2.0/33", 6, 12,
     "ip is an address: `192.0.2.0/33` is neither one nor a network", ""},
    {"body ~ 'a''b(c'", 14, 1, "in the pattern: missing closing parenthesis",
     ""},
};

static void
test_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wrong_structure) / sizeof(struct wrong); i++)
        check_wrong(&wrong_structure[i]);
    for (size_t i = 0; i < sizeof(wrong_operators) / sizeof(struct wrong); i++)
        check_wrong(&wrong_operators[i]);
    for (size_t i = 0; i < sizeof(wrong_values) / sizeof(struct wrong); i++)
        check_wrong(&wrong_values[i]);
}

/* `count` times `piece` in front of "aa", `after` behind it as often. */
static void
check_nesting(const char *piece, const char *after, int count, bool is_good)
{
    char text[600] = "";
    struct expr_error error;
    struct expr *expr = NULL;

    for (int i = 0; i < count; i++)
        strcat(text, piece);
    strcat(text, "aa");
    for (int i = 0; i < count; i++)
        strcat(text, after);
    expr = expr_parse(text, table, COUNT, &error);
    assert_int_equal(expr != NULL, is_good);
    if (expr == NULL)
        assert_string_equal(error.message, "nested deeper than 32");
    expr_free(expr);
}

static void
test_limits(void **state)
{
    static char text[EXPR_TEXT_MAX + 2];
    struct expr_error error;
    struct expr *expr = NULL;
    (void)state;

    check_nesting("(", ")", EXPR_DEPTH_MAX, true);
    check_nesting("(", ")", EXPR_DEPTH_MAX + 1, false);
    check_nesting("not ", "", EXPR_DEPTH_MAX, true);
    check_nesting("not ", "", EXPR_DEPTH_MAX + 1, false);
    check_nesting("not (", ")", EXPR_DEPTH_MAX / 2, true);

    memset(text, ' ', sizeof(text) - 1);
    memcpy(text, "aa", 2);
    assert_null(expr_parse(text, table, COUNT, &error));
    assert_string_equal(error.message, "the expectation is over 4096 bytes");
    text[EXPR_TEXT_MAX] = '\0';
    expr = expr_parse(text, table, COUNT, &error);
    assert_non_null(expr);
    expr_free(expr);

    /* A long chain is wide, not deep. */
    for (size_t i = 0; i < 500; i++)
        memcpy(text + 7 * i, "aa and ", 7);
    memcpy(text + 7 * 500, "aa", 3);
    expr = expr_parse(text, table, COUNT, &error);
    assert_non_null(expr);
    expr_free(expr);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trees),
        cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
