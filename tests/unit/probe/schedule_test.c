/*
 * schedule_test.c - phases, stability, no burst.  Moments are worked out by
 * hand from the formula of schedule.h, in a plain table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/schedule.c"

#define T0 1767225600000LL /* wall; divisible by 10,000 */

static struct schedule_clock
at_ms(int64_t ms)
{
    return (struct schedule_clock){{ms * NS_PER_MS}, {T0 + ms}};
}

static struct schedule_item *
add(struct schedule *s, uint64_t hash, uint32_t i, uint32_t n)
{
    struct schedule_opts opts = {hash, 10000, i, n, -1, NULL, false};

    return schedule_add(s, &opts, at_ms(0));
}

static int64_t
next_ms(const struct schedule *s)
{
    mono_t due = {0};

    assert_true(schedule_next(s, &due));
    return due.ns / NS_PER_MS;
}

/* hash 7000 of every 10 s: at T0 the slot that began at -3 s runs.  Region 0
 * had its turn, region 1 has it at -3000 + 3333, region 2 at -3000 + 6666. */
static void
regions_are_shifted(void **state)
{
    static const int64_t want[] = {7000, 333, 3666};
    static const int64_t slot[] = {7000, -3000, -3000};

    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        struct schedule *s = schedule_create();
        struct schedule_item *item = add(s, 7000, i, 3);
        struct schedule_due due;

        assert_in_range(next_ms(s), want[i], want[i] + 99);
        assert_true(schedule_pop(s, at_ms(next_ms(s)), &due));
        assert_int_equal(due.slot.ms, T0 + slot[i]);
        assert_in_range(next_ms(s), want[i] + 10000, want[i] + 10099);
        schedule_remove(item);
        schedule_free(s);
    }
}

/* Two machines with other monotonic origins, started a minute apart. */
static void
slots_are_the_same_everywhere(void **state)
{
    struct schedule *s[2] = {schedule_create(), schedule_create()};
    struct schedule_opts opts = {12345678901, 30000, 0, 2, -1, NULL, false};
    struct schedule_item *item[2];
    struct schedule_due due;

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct schedule_clock now = at_ms(61000 * i);

        now.mono.ns = 777 + i;
        opts.region_index = i;
        item[i] = schedule_add(s[i], &opts, now);
        for (; now.wall.ms < T0 + 600000; now.wall.ms += 50) {
            if (schedule_pop(s[i], now, &due)) {
                /* 12345678901 mod 30000 = 18901 */
                assert_int_equal(due.slot.ms % 30000, 18901);
                assert_in_range(now.wall.ms - due.slot.ms, 15000 * i,
                                15000 * i + 350);
            }
            now.mono.ns += 50 * NS_PER_MS;
        }
        schedule_remove(item[i]);
        schedule_free(s[i]);
    }
}

static void
once_a_slot_for_an_hour(void **state)
{
    struct schedule *s = schedule_create();
    struct schedule_item *item = add(s, 9999, 2, 3);
    int64_t last = 0;
    int runs = 0;

    (void)state;
    for (int64_t ms = 0; ms <= 3600000; ms += 7) {
        struct schedule_due due;

        while (schedule_pop(s, at_ms(ms), &due)) {
            if (runs++ > 0)
                assert_int_equal(due.slot.ms - last, 10000);
            last = due.slot.ms;
        }
    }
    assert_in_range(runs, 359, 361);
    assert_int_equal(schedule_missed(s), 0);
    schedule_remove(item);
    schedule_free(s);
}

static void
a_pause_is_no_burst(void **state)
{
    struct schedule *s = schedule_create();
    struct schedule_item *item = add(s, 2500, 0, 1);
    struct schedule_due due;

    (void)state;
    assert_true(schedule_pop(s, at_ms(3600000), &due));
    assert_false(schedule_pop(s, at_ms(3600000), &due));
    assert_in_range(next_ms(s), 3600001, 3610000);
    assert_in_range(schedule_missed(s), 358, 360);
    schedule_remove(item);
    schedule_free(s);
}

/* The wall steps; the monotonic clock does not. */
static void
step(int64_t step_ms)
{
    struct schedule *s = schedule_create();
    struct schedule_item *items[50];
    struct schedule_clock now = at_ms(5000);
    struct schedule_due due;
    int popped = 0;

    for (unsigned i = 0; i < 50; i++)
        items[i] = add(s, i * 200, 0, 1);
    while (schedule_pop(s, now, &due))
        continue;
    now.wall.ms += step_ms;
    schedule_set_clock(s, now);
    assert_false(schedule_pop(s, now, &due));
    for (int64_t ms = 0; ms < 10000; ms++) {
        now.mono.ns += NS_PER_MS;
        now.wall.ms += 1;
        while (schedule_pop(s, now, &due)) {
            assert_in_range(now.wall.ms - due.slot.ms, 0, 100);
            popped++;
        }
    }
    assert_in_range(popped, 49, 51);
    for (unsigned i = 0; i < 50; i++)
        schedule_remove(items[i]);
    schedule_free(s);
}

static void
clock_steps_are_recomputed(void **state)
{
    (void)state;
    step(3600000);
    step(-3600000);
    step(1);
    step(-4000);
}

static void
load_is_spread(void **state)
{
    struct schedule *s = schedule_create();
    struct schedule_item *items[1000];
    struct schedule_due due;
    unsigned worst = 0;

    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        items[i] = add(s, mix(i), 0, 1);
    for (int64_t ms = 0; ms < 10000; ms += 100) {
        unsigned in_this = 0;

        while (schedule_pop(s, at_ms(ms), &due))
            in_this++;
        worst = in_this > worst ? in_this : worst;
    }
    assert_true(worst < 30); /* 10 expected in 100 ms */
    for (unsigned i = 0; i < 1000; i++)
        schedule_remove(items[i]);
    schedule_free(s);
}

static void
others_do_not_move_a_phase(void **state)
{
    struct schedule *s = schedule_create();
    struct schedule_item *item = add(s, 7000, 0, 1), *other;
    int64_t before = next_ms(s);

    (void)state;
    other = add(s, 6000, 0, 1);
    assert_true(next_ms(s) < before);
    schedule_remove(other);
    assert_int_equal(next_ms(s), before);
    schedule_remove(item);
    item = add(s, 7000, 0, 1);
    assert_int_equal(next_ms(s), before);
    schedule_remove(item);
    schedule_remove(NULL);
    schedule_free(s);
}

/* Of a long interval the jitter would be seconds; with a lock there is none. */
static void
an_exact_one_has_no_jitter(void **state)
{
    struct schedule *s = schedule_create();
    struct schedule_opts opts = {
        3600000 + 12345, 3600000, 1, 3, -1, NULL, true};
    struct schedule_item *item = schedule_add(s, &opts, at_ms(0));
    struct schedule_due due;
    int64_t turn_ms = 12345 + 1200000 - T0 % 3600000;

    (void)state;
    for (int i = 0; i < 20; i++) {
        while (turn_ms <= 0)
            turn_ms += 3600000;
        assert_int_equal(next_ms(s), turn_ms);
        assert_true(schedule_pop(s, at_ms(turn_ms), &due));
        turn_ms += 3600000;
    }
    schedule_remove(item);
    schedule_free(s);
}

static void
a_new_check_runs_soon_then_in_phase(void **state)
{
    struct schedule *s = schedule_create();
    struct schedule_opts opts = {9000, 10000, 0, 1, 300 * NS_PER_MS,
                                 NULL, false};
    struct schedule_item *item = schedule_add(s, &opts, at_ms(0));
    struct schedule_due due;

    (void)state;
    assert_int_equal(next_ms(s), 300);
    assert_true(schedule_pop(s, at_ms(300), &due));
    assert_int_equal(due.slot.ms, T0 - 1000);
    assert_in_range(next_ms(s), 9000, 9099);
    assert_int_equal(schedule_missed(s), 0);
    schedule_remove(item);
    schedule_free(s);
}

/* Removal from the middle of a large heap leaves the order whole. */
static void
removal_keeps_order(void **state)
{
    struct schedule *s = schedule_create();
    struct schedule_item *items[500];
    struct schedule_due due;
    int64_t last = 0;

    (void)state;
    for (unsigned i = 0; i < 500; i++)
        items[i] = add(s, mix(i), 0, 1);
    for (unsigned i = 0; i < 500; i += 3)
        schedule_remove(items[i]);
    for (int k = 0; k < 333; k++) {
        assert_true(next_ms(s) >= last);
        last = next_ms(s);
        assert_true(schedule_pop(s, at_ms(last + 1), &due));
    }
    for (unsigned i = 0; i < 500; i++)
        if (i % 3 != 0)
            schedule_remove(items[i]);
    schedule_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regions_are_shifted),
        cmocka_unit_test(slots_are_the_same_everywhere),
        cmocka_unit_test(once_a_slot_for_an_hour),
        cmocka_unit_test(a_pause_is_no_burst),
        cmocka_unit_test(clock_steps_are_recomputed),
        cmocka_unit_test(load_is_spread),
        cmocka_unit_test(others_do_not_move_a_phase),
        cmocka_unit_test(an_exact_one_has_no_jitter),
        cmocka_unit_test(a_new_check_runs_soon_then_in_phase),
        cmocka_unit_test(removal_keeps_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
