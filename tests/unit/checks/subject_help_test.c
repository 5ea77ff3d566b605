/* Every subject of every kind is described, and its example can be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>
#include <string.h>

#include "base/expr.h"
#include "checks/subject_help.c"

static void
every_subject_has_help_and_a_right_example(void **state)
{
    (void)state;
    for (int kind = 0; kind < SPEC_KIND_COUNT; kind++) {
        size_t count;
        const struct expr_subject *table =
            subject_table((enum spec_kind)kind, &count);

        for (size_t i = 0; i < count; i++) {
            struct subject_help help =
                subject_help_of((enum subject)table[i].id);
            struct expr_error error = {0};
            struct expr *expr;

            if (!help.text || !help.example)
                fail_msg("%s has no help", table[i].name);
            expr = expr_parse(help.example, table, count, &error);
            if (!expr)
                fail_msg("%s: %s", help.example, error.message);
            assert_true(expr_uses(expr, table[i].name));
            expr_free(expr);
        }
    }
}

static void
what_is_no_subject_has_none(void **state)
{
    (void)state;
    assert_null(subject_help_of((enum subject)10000).text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_subject_has_help_and_a_right_example),
        cmocka_unit_test(what_is_no_subject_has_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
