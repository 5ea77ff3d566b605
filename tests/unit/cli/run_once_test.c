/* run_once_test.c - the exit code; the running itself is tests/e2e's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/run_once.c"

static void
test_exit_codes(void **state)
{
    (void)state;
    /* up, degraded, down, error */
    assert_int_equal(run_once_exit_code((int[]){3, 0, 0, 0}), 0);
    assert_int_equal(run_once_exit_code((int[]){3, 1, 0, 0}), 1);
    assert_int_equal(run_once_exit_code((int[]){3, 1, 0, 1}), 3);
    assert_int_equal(run_once_exit_code((int[]){3, 1, 1, 1}), 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exit_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
