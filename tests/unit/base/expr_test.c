/* expr.c: what a parsed expectation asks, and that it owns its text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/expr.c"

static const struct expr_subject table[] = {
    {.name = "status", .type = EXPR_INT},
    {.name = "time", .type = EXPR_DURATION},
    {.name = "time.tls", .type = EXPR_DURATION},
    {.name = "aa", .type = EXPR_FLAG},
};

static void
test_object(void **state)
{
    char text[] = "status == 1 or not (aa and time.tls < 5ms)";
    struct expr_error error;
    struct expr *expr = expr_parse(text, table, 4, &error);
    (void)state;

    assert_non_null(expr);
    memset(text, 'x', sizeof(text) - 1);
    assert_string_equal(expr_text(expr),
                        "status == 1 or not (aa and time.tls < 5ms)");
    assert_true(expr_uses(expr, "status"));
    assert_true(expr_uses(expr, "aa"));
    assert_true(expr_uses(expr, "time.tls"));
    assert_false(expr_uses(expr, "time"));
    expr_free(expr);
    expr_free(NULL);
}

static void
lookup(void *cookie, const struct expr_subject *subject, const char *arg,
       struct expr_values *values)
{
    (void)cookie;
    (void)subject;
    (void)arg;
    expr_values_int(values, 7);
}

/* A message says what was written, not what was parsed in its place. */
static void
test_shown_as_written(void **state)
{
    static const char written[] = "status > 9 or not status == 7";
    static const char refs[] = "status > ${m} or not status == ${n}";
    struct expr_error error;
    struct expr_verdict verdict;
    struct expr *filled = expr_parse(written, table, 4, &error);
    struct expr *from;
    (void)state;

    from = expr_parse("status > 1111 or not status == 1111", table, 4, &error);
    assert_non_null(filled);
    assert_non_null(from);
    expr_set_text(from, refs);
    assert_string_equal(expr_text(from), refs);
    expr_eval(from, lookup, NULL, &verdict);
    assert_non_null(strstr(verdict.message, "status == ${n}: got 7"));
    expr_show_as(filled, from);
    expr_eval(filled, lookup, NULL, &verdict);
    assert_string_equal(verdict.message,
                        "status > ${m}: got 7; not status == ${n}: got 7");
    expr_free(from);
    expr_free(filled);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_object),
        cmocka_unit_test(test_shown_as_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
