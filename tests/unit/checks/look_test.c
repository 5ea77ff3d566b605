/* What a look is before anything was seen, and whose fault a failure is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/look.c"

static void
nothing_is_seen_at_first(void **state)
{
    struct loop *loop = loop_create();
    struct look look;

    (void)state;
    look_init(&look, loop);
    assert_int_equal(look.status, STATUS_UP);
    assert_string_equal(look.message, "");
    for (size_t i = 0; i < PHASE_COUNT; i++)
        assert_int_equal(look.us[i], -1);
    look_add_us(&look, PHASE_DNS, -1); /* did not happen */
    assert_int_equal(look.us[PHASE_DNS], -1);
    look_add_us(&look, PHASE_DNS, 3);
    look_add_us(&look, PHASE_DNS, 4);
    assert_int_equal(look.us[PHASE_DNS], 7);
    look_stop(&look);
    assert_true(look.us[PHASE_TOTAL] >= 0);
    look.queue_us = 5;
    look_stop(&look); /* its own machine's waiting is not the target's */
    assert_true(look.us[PHASE_TOTAL] < 1000000);
    look.is_over = true;
    look.us[PHASE_TOTAL] = 7;
    look_stop(&look);
    assert_int_equal(look.us[PHASE_TOTAL], 7);
    look_free(&look);
    loop_free(loop);
}

static void
whose_fault_it_is(void **state)
{
    struct loop *loop = loop_create();
    struct look look;

    (void)state;
    look_init(&look, loop);
    look_fault(&look, REASON_CONNECT_REFUSED, "%s", "refused");
    assert_int_equal(look.status, STATUS_DOWN);
    assert_string_equal(look.message, "refused");
    look_fault(&look, REASON_LOCAL_LIMIT, "full");
    assert_int_equal(look.status, STATUS_ERROR);
    look_fault(&look, REASON_POLICY_BLOCKED, "the first address");
    assert_int_equal(look.status, STATUS_ERROR);
    look.seen.is_led = true;
    look_fault(&look, REASON_POLICY_BLOCKED, "a link of the target's");
    assert_int_equal(look.status, STATUS_DOWN);
    look.seen.is_led = false;
    look.seen.redirects = 1;
    look_fault(&look, REASON_POLICY_BLOCKED, "the target sent us there");
    assert_int_equal(look.status, STATUS_DOWN);
    look_free(&look);
    loop_free(loop);
}

static void
a_long_message_is_cut_at_a_character(void **state)
{
    struct loop *loop = loop_create();
    char text[RESULT_MESSAGE_MAX + 10];
    struct look look;

    (void)state;
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    look_init(&look, loop);
    look_fault(&look, REASON_HTTP_PROTOCOL, "%s", text);
    assert_int_equal(strlen(look.message), RESULT_MESSAGE_MAX - 1);
    look_free(&look);
    loop_free(loop);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_seen_at_first),
        cmocka_unit_test(whose_fault_it_is),
        cmocka_unit_test(a_long_message_is_cut_at_a_character),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
