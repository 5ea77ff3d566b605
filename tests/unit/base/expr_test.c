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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
