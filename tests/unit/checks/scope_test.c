/* What a run shares begins with its id and ends with nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/scope.c"

static void
begins_and_ends(void **state)
{
    struct id run = id_random();
    struct scope scope;

    (void)state;
    scope_init(&scope, NULL, NULL, &run);
    assert_true(id_eq(&scope.run, &run));
    scope_clear(&scope);
    assert_true(id_is_zero(&scope.run));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(begins_and_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
