#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/decider_step.c"

#include "base/loop.h"

#define NOW 1000000000

/* What is seen of a check moves as a whole: no figure is older than another
 * that it was not older than before. */
static void
a_watch_moves_as_a_whole(void **state)
{
    struct decider decider = {.ports = {.loop = loop_create()}};
    struct decider_watch watch = {.decider = &decider, .rule = {.regions = 2}};
    struct result newest, suspect;

    (void)state;
    result_init(&newest);
    result_init(&suspect);
    newest.slot.ms = NOW - 10000;
    newest.started.ms = NOW - 9000;
    suspect.slot.ms = suspect.started.ms = NOW - 20000;
    watch.newest[0] = &newest;
    watch.suspect = &suspect;
    watch.received[0].ms = NOW - 8000;
    watch.failing[0].ms = NOW - 7000;
    watch.rule_count = 1;
    watch.rules[0].machine.since.ms = NOW - 6000;
    watch.rules[0].machine.began.ms = NOW - 6500;
    watch.state.region[0].end.ms = NOW - 8500;
    move_watch(&watch, 30000);
    assert_int_equal(newest.slot.ms, NOW + 20000);
    assert_int_equal(newest.started.ms, NOW + 21000);
    assert_int_equal(suspect.started.ms, NOW + 10000);
    assert_int_equal(watch.received[0].ms, NOW + 22000);
    assert_int_equal(watch.received[1].ms, 0);
    assert_int_equal(watch.failing[0].ms, NOW + 23000);
    assert_int_equal(watch.failing[1].ms, 0);
    assert_int_equal(watch.rules[0].machine.since.ms, NOW + 24000);
    assert_int_equal(watch.rules[0].machine.began.ms, NOW + 23500);
    assert_int_equal(watch.state.region[0].end.ms, NOW + 21500);
    assert_true(watch.is_dirty);
    loop_timer_cancel(watch.timer);
    loop_free(decider.ports.loop);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_watch_moves_as_a_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
