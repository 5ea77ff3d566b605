/* step_table_test.c - a row a step, escaped; none without steps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/web/step_table.c"

#include <string.h>

static void
a_step_is_a_row(void **state)
{
    static const struct result_step made[] = {
        {.name = "login", .us = {1000, -1, -1, 2000, 10, 3010}},
        {.name = "pay",
         .status = STATUS_DOWN,
         .reason = REASON_EXPECT_STATUS,
         .message = "got <script>",
         .us = {-1, -1, -1, 4000, 10, 4010}},
    };
    struct result result = {.steps = made, .step_count = 2};
    struct buf out;
    const char *text;

    (void)state;
    buf_init(&out, 65536);
    result_add_text(&result, FACT_CLEANUP, "cancel: got 404");
    step_table_add(&out, "fra", &result, true);
    text = buf_text(&out);
    assert_non_null(strstr(text, "<h3 class=step>fra</h3>"));
    assert_non_null(strstr(text, "<th scope=row>login</th>"));
    assert_non_null(strstr(text, "expect.status"));
    assert_non_null(strstr(text, "got &lt;script&gt;"));
    assert_null(strstr(text, "<script>"));
    assert_non_null(strstr(text, "Cleanup failed: cancel: got 404"));
    assert_true(strstr(text, "login") < strstr(text, ">pay<"));
    /* pay begins where login ended, or with it */
    assert_non_null(strstr(strstr(text, ">pay<"), "class=f3 x=428 "));
    buf_reset(&out);
    step_table_add(&out, "fra", &result, false);
    text = buf_text(&out);
    assert_non_null(strstr(strstr(text, ">pay<"), "class=f3 x=0"));
    buf_free(&out);
}

static void
no_steps_no_table(void **state)
{
    struct result result = {.step_count = 0};
    struct buf out;

    (void)state;
    buf_init(&out, 65536);
    step_table_add(&out, "fra", &result, true);
    assert_int_equal(out.len, 0);
    buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_is_a_row),
        cmocka_unit_test(no_steps_no_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
