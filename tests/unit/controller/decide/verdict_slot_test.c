/* Slots: their order, their grid, and the way out of down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/decide/verdict_slot.c"
#include "verdict_world.h"

/* ---- slots ---- */

static void
test_slots_close_in_order_and_once(void **unused)
{
    struct world w = world_of(3, 2);
    size_t closed = 0;
    int64_t begin = T0 - T0 % 10000;
    int i;

    (void)unused;
    w.rule.every_ms = 10000;
    w.now = begin;
    for (i = 0; i < 40; i++) { /* 100 s of a region every 3.33 s */
        feed(&w, (uint32_t)i % 3, STATUS_UP);
        for (size_t k = 0; k < w.acts.closed_count; k++) {
            assert_int_equal(w.acts.closed[k].begin.ms,
                             begin + (int64_t)closed * 10000);
            assert_int_equal(w.acts.closed[k].verdict, VERDICT_UP);
            closed++;
        }
        w.now += 3333;
    }
    /* The last result was at 130.0 s; slots end + 10 s + 10 s later. */
    assert_int_equal(closed, 10);
}

static void
test_a_silent_slot_is_unknown_and_an_absence_is_no_data(void **unused)
{
    struct world w = world_of(2, 2);

    (void)unused;
    w.now -= w.now % 60000;
    feed(&w, 0, STATUS_UP);
    feed(&w, 1, STATUS_UP);
    w.now += 60000 + 10000 + 10000;
    tick(&w);
    assert_int_equal(w.acts.closed_count, 1);
    assert_int_equal(w.acts.closed[0].verdict, VERDICT_UP);
    w.now += 60000;
    tick(&w);
    assert_int_equal(w.acts.closed_count, 1);
    assert_int_equal(w.acts.closed[0].verdict, VERDICT_UNKNOWN);
    w.now += 86400000; /* the controller was off for a day */
    tick(&w);
    assert_int_equal(w.acts.closed_count, 0);
    w.now += 60000;
    tick(&w); /* from here on somebody was there to see that nothing came */
    assert_int_equal(w.acts.closed_count, 1);
    assert_int_equal(w.acts.closed[0].begin.ms, w.now - 80000);
}

static void
test_slots_of_probes_whose_clocks_differ_are_one(void **unused)
{
    struct world w = world_of(3, 2);
    int64_t slot = T0 - T0 % 60000 + 17000; /* the check's own phase */

    (void)unused;
    feed_slot(&w, 0, STATUS_UP, slot, false);
    feed_slot(&w, 1, STATUS_UP, slot - 180, false);
    feed_slot(&w, 2, STATUS_UP, slot + 180, false);
    w.now = slot + 60000 + 20000;
    tick(&w);
    assert_int_equal(w.acts.closed_count, 1);
    assert_int_equal(w.acts.closed[0].begin.ms, slot);
    assert_int_equal(w.acts.closed[0].verdict, VERDICT_UP);
}

static void
test_a_result_after_the_close_enters_no_slot(void **unused)
{
    struct world w = world_of(2, 2);
    int64_t slot;

    (void)unused;
    w.now -= w.now % 60000;
    slot = w.now;
    feed(&w, 0, STATUS_UP);
    feed(&w, 1, STATUS_UP);
    pass(&w, 81000);
    feed_slot(&w, 0, STATUS_DOWN, slot, false);
    assert_int_equal(w.state.slots.slot[(slot / 60000) % 16].is_used, 0);
}

/* ---- recovery ---- */

static void
test_down_is_left_after_two_good_slots(void **unused)
{
    struct world w = world_down(10000);

    (void)unused;
    w.now += 1000;
    feed_all(&w, STATUS_UP); /* the slot it broke in does not count */
    assert_int_equal(w.state.verdict, VERDICT_DOWN);
    w.now += 9000;
    feed_all(&w, STATUS_UP);
    assert_int_equal(w.state.verdict, VERDICT_DOWN);
    w.now += 10000;
    feed(&w, 0, STATUS_UP);
    feed(&w, 1, STATUS_UP);
    assert_int_equal(w.state.verdict, VERDICT_DOWN); /* one is not in yet */
    feed(&w, 2, STATUS_UP);
    assert_int_equal(w.state.verdict, VERDICT_UP);
    assert_int_equal(w.state.down.ms, 0);
}

/* The bad slots of a long outage close while the good ones are counted: they
 * were weighed when they were bad, and must not be weighed again. */
static void
test_a_long_outage_is_left_as_soon_as_a_short_one(void **unused)
{
    struct world w = world_down(2000);
    int i;

    (void)unused;
    for (i = 0; i < 30; i++) {
        w.now += 2000;
        feed_all(&w, STATUS_DOWN);
    }
    w.now += 2000;
    feed_all(&w, STATUS_UP);
    assert_int_equal(w.state.verdict, VERDICT_DOWN);
    w.now += 2000;
    feed_all(&w, STATUS_UP);
    assert_int_equal(w.state.verdict, VERDICT_UP);
}

static void
test_a_bad_slot_starts_the_count_again(void **unused)
{
    struct world w = world_down(10000);

    (void)unused;
    w.now += 10000;
    feed_all(&w, STATUS_UP);
    w.now += 10000;
    feed_all(&w, STATUS_DOWN);
    feed_all(&w, STATUS_DOWN);
    w.now += 10000;
    feed_all(&w, STATUS_UP);
    assert_int_equal(w.state.verdict, VERDICT_DOWN);
    w.now += 10000;
    feed_all(&w, STATUS_UP);
    assert_int_equal(w.state.verdict, VERDICT_UP);
}

static void
test_runs_asked_for_make_no_slot_good_without_all(void **unused)
{
    struct world w = world_down(10000);
    int i;

    (void)unused;
    for (i = 0; i < 5; i++) {
        w.now += 10000;
        answer(&w, 0, STATUS_UP);
        answer(&w, 1, STATUS_UP);
    }
    /* The third region is stale by now, so the two are everybody. */
    assert_int_equal(why(&w, 2), VOTE_STALE);
    assert_int_equal(w.state.verdict, VERDICT_UP);
    w = world_down(10000);
    w.now += 10000;
    answer(&w, 0, STATUS_UP);
    answer(&w, 1, STATUS_UP);
    assert_int_equal(why(&w, 2), VOTE_COUNTED);
    assert_int_equal(w.state.good, 0);
}

static void
test_a_region_that_left_does_not_hold_a_recovery_up(void **unused)
{
    struct world w = world_down(10000);
    int i;

    (void)unused;
    stand(&w, 2, true, false);
    for (i = 0; i < 2; i++) {
        w.now += 10000;
        feed(&w, 0, STATUS_UP);
        feed(&w, 1, STATUS_UP);
    }
    assert_int_equal(w.state.verdict, VERDICT_UP);
}

static void
test_unknown_does_not_end_down(void **unused)
{
    struct world w = world_down(10000);

    (void)unused;
    pass(&w, 60000);
    assert_int_equal(w.state.verdict, VERDICT_UNKNOWN);
    assert_int_not_equal(w.state.down.ms, 0);
    feed_all(&w, STATUS_UP);
    assert_int_equal(w.state.verdict, VERDICT_DOWN);
    w.now += 10000;
    feed_all(&w, STATUS_UP);
    assert_int_equal(w.state.verdict, VERDICT_UP);
}

static void
test_a_slow_check_that_is_down_runs_every_30_s(void **unused)
{
    struct world w = world_down(300000);
    int64_t down = w.now;
    int rounds = 0;

    (void)unused;
    while (w.state.verdict == VERDICT_DOWN && rounds < 5) {
        w.now = w.acts.next.ms;
        tick(&w);
        if (w.acts.rerun == 0)
            continue;
        assert_int_equal(w.acts.rerun, 7);
        rounds++;
        assert_int_equal(w.now, down + 30000 * rounds);
        answer(&w, 0, STATUS_UP);
        answer(&w, 1, STATUS_UP);
        assert_int_equal(w.state.verdict, VERDICT_DOWN);
        answer(&w, 2, STATUS_UP);
    }
    assert_int_equal(rounds, 2);
    assert_int_equal(w.state.verdict, VERDICT_UP);
    pass(&w, 60000);
    assert_int_equal(w.acts.rerun, 0);
}

static void
test_a_fast_check_is_not_run_besides(void **unused)
{
    struct world w = world_down(30000);

    (void)unused;
    for (int i = 0; i < 10; i++) {
        pass(&w, 5000);
        assert_int_equal(w.acts.rerun, 0);
    }
}

static void
test_a_check_made_fast_while_down_recovers(void **unused)
{
    struct world w = world_down(300000);

    (void)unused;
    pass(&w, 70000);
    w.rule.every_ms = 10000;
    for (int i = 0; i < 3; i++) {
        w.now += 10000;
        feed_all(&w, STATUS_UP);
    }
    assert_int_equal(w.state.verdict, VERDICT_UP);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slots_close_in_order_and_once),
        cmocka_unit_test(
            test_a_silent_slot_is_unknown_and_an_absence_is_no_data),
        cmocka_unit_test(test_slots_of_probes_whose_clocks_differ_are_one),
        cmocka_unit_test(test_a_result_after_the_close_enters_no_slot),
        cmocka_unit_test(test_down_is_left_after_two_good_slots),
        cmocka_unit_test(test_a_long_outage_is_left_as_soon_as_a_short_one),
        cmocka_unit_test(test_a_bad_slot_starts_the_count_again),
        cmocka_unit_test(test_runs_asked_for_make_no_slot_good_without_all),
        cmocka_unit_test(test_a_region_that_left_does_not_hold_a_recovery_up),
        cmocka_unit_test(test_unknown_does_not_end_down),
        cmocka_unit_test(test_a_slow_check_that_is_down_runs_every_30_s),
        cmocka_unit_test(test_a_fast_check_is_not_run_besides),
        cmocka_unit_test(test_a_check_made_fast_while_down_recovers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
