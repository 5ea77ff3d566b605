/* run_once_test.c - the exit code; the running itself is tests/e2e's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/run_once.c"

#include <string.h>

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

static void
test_a_line_of_json(void **state)
{
    char target[] = "dns:a.example";
    struct spec spec = {.kind = SPEC_DNS, .target = target};
    struct result result;
    struct buf out;

    (void)state;
    result_init(&result);
    result.check = "a";
    result.status = STATUS_UP;
    buf_init(&out, 10000);
    run_once_add_json(&out, &spec, &result);
    assert_non_null(strstr(buf_text(&out), "\"check\":\"a\",\"kind\":\"dns\","
                                           "\"target\":\"dns:a.example\","
                                           "\"region\":\"local\","
                                           "\"status\":\"up\""));
    assert_ptr_equal(strchr(buf_text(&out), '\n'),
                     buf_text(&out) + out.len - 1);
    buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exit_codes),
        cmocka_unit_test(test_a_line_of_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
