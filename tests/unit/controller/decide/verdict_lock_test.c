/*
 * verdict_lock.c: one region at a time, whatever happens.  The oracle keeps the
 * intervals in which regions may run and looks whether two meet.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/decide/verdict_lock.c"

#include <stdio.h>

#include "tests/lib/verdict_world.h"

/* Three regions, a window of 100 s each, runs of at most 20 s: room for more. */
static struct world
locked(int64_t every_ms, int64_t timeout_ms)
{
    struct world w = world_of(3, 2);

    w.rule.every_ms = every_ms;
    w.rule.timeout_ms = timeout_ms;
    w.rule.is_locked = true;
    w.rule.offset_ms = 7000;
    w.now = T0 - T0 % every_ms + w.rule.offset_ms;
    return w;
}

static int64_t
slot_ms(const struct world *w)
{
    return w->now - (w->now - w->rule.offset_ms) % w->rule.every_ms;
}

static void
scheduled(struct world *w, uint32_t region, enum status status)
{
    feed_slot(w, region, status, slot_ms(w), false);
}

static void
answered(struct world *w, uint32_t region, enum status status)
{
    feed_slot(w, region, status, slot_ms(w), true);
}

static void
one_after_another(void **state)
{
    struct world w = locked(300000, 20000);

    (void)state;
    w.now += 5000; /* region 0's run took 5 s */
    scheduled(&w, 0, STATUS_DOWN);
    assert_int_equal(w.acts.confirm, 1); /* itself, alone */
    assert_int_equal(w.acts.again, 0);
    assert_int_equal(w.acts.begin_by.ms - slot_ms(&w), 100000 - 21000);
    w.now += 3000;
    answered(&w, 0, STATUS_DOWN);
    assert_int_equal(w.acts.confirm, 2);
    w.now += 3000;
    answered(&w, 1, STATUS_DOWN);
    assert_int_equal(w.acts.confirm, 4); /* the third before 1 again */
    w.now += 3000;
    answered(&w, 2, STATUS_DOWN);
    assert_int_equal(w.acts.confirm, 2);
    assert_int_equal(w.state.verdict, VERDICT_UNKNOWN);
    w.now += 3000;
    answered(&w, 1, STATUS_DOWN);
    assert_int_equal(w.state.verdict, VERDICT_DOWN);
    assert_int_equal(w.acts.confirm, 4);
    w.now += 3000;
    answered(&w, 2, STATUS_DOWN);
    assert_int_equal(w.acts.confirm, 0);
    assert_int_equal(w.acts.rerun, 0);
    pass(&w, 70000);
    assert_int_equal(w.acts.confirm | w.acts.rerun, 0);
}

static void
good_answers_end_it(void **state)
{
    struct world w = locked(300000, 20000);

    (void)state;
    w.now += 5000;
    scheduled(&w, 0, STATUS_DOWN);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(w.acts.confirm, 1 << i);
        w.now += 1000;
        answered(&w, i, STATUS_UP);
    }
    assert_int_equal(w.acts.confirm, 0);
    assert_int_equal(w.state.verdict, VERDICT_UP);
}

/* An answer that does not come costs its turn; a lost region has none. */
static void
silence_and_lost(void **state)
{
    struct world w = locked(300000, 20000);

    (void)state;
    stand(&w, 1, true, false);
    w.now += 5000;
    scheduled(&w, 0, STATUS_DOWN);
    assert_int_equal(w.acts.confirm, 1);
    pass(&w, 94000); /* to the window's last second */
    assert_int_equal(w.state.turn_region, 0);
    pass(&w, 1000 + 20999); /* region 1's run might be under way */
    assert_int_equal(w.acts.confirm, 0);
    pass(&w, 1);
    assert_int_equal(w.state.turn_region, 2);
    assert_true(w.state.turn.ms > w.now);
}

/* Windows that are full: what is scheduled confirms. */
static void
no_room(void **state)
{
    struct world w = locked(90000, 29000);

    (void)state;
    for (uint32_t i = 0; i < 5; i++) {
        w.now += 29000;
        scheduled(&w, i % 3, STATUS_DOWN);
        assert_int_equal(w.acts.confirm, 0);
        assert_int_equal(w.state.verdict == VERDICT_DOWN, i == 4);
        w.now += 1000;
    }
    assert_int_equal(w.acts.rerun, 0);
}

static void
an_early_end_makes_room(void **state)
{
    struct world w = locked(90000, 14000);

    (void)state;
    w.now += 14001; /* 15 s would be needed, and 15.999 s are left */
    scheduled(&w, 0, STATUS_DOWN);
    assert_int_equal(w.acts.confirm, 1);
    w.now += 5;
    assert_int_equal(
        verdict_lock_take(&w.state, &w.rule, 1, (wall_t){w.now}).ms,
        0); /* another has the turn */
    answered(&w, 0, STATUS_DOWN);
    assert_int_equal(w.acts.confirm, 2);
    w.now += 1500;
    answered(&w, 1, STATUS_UP);
    assert_int_equal(w.acts.confirm, 0); /* no room before region 1's own */
    assert_true(w.acts.next.ms > w.now);
}

static void
who_asks_takes_the_turn(void **state)
{
    struct world w = locked(300000, 20000);
    wall_t by;

    (void)state;
    w.now += 1000;
    assert_int_equal(
        verdict_lock_take(&w.state, &w.rule, 2, (wall_t){w.now}).ms,
        0); /* region 0 runs */
    w.now += 20000;
    by = verdict_lock_take(&w.state, &w.rule, 2, (wall_t){w.now});
    assert_int_equal(by.ms - slot_ms(&w), 79000);
    scheduled(&w, 0, STATUS_DOWN);
    assert_int_equal(w.acts.confirm, 0);
    answered(&w, 2, STATUS_UP);
    assert_int_equal(w.acts.confirm, 1);
}

/* ---- the oracle ---- */

#define SPANS 4000

struct span { /* in which a region may be running */
    int64_t from, to;
    uint32_t region;
};

struct oracle {
    struct span span[SPANS];
    size_t count;
};

static void
add_span(struct oracle *o, uint32_t region, int64_t from, int64_t to)
{
    for (size_t i = 0; i < o->count; i++) {
        const struct span *s = &o->span[i];

        if (s->from < to && from < s->to && s->region != region)
            fail_msg("region %u (%lld to %lld) meets region %u (%lld to %lld)",
                     region, (long long)from, (long long)to, s->region,
                     (long long)s->from, (long long)s->to);
    }
    assert_true(o->count < SPANS);
    o->span[o->count++] = (struct span){from, to, region};
}

/* Hours of random runs: each takes from nothing to its longest, fails or not;
 * what is asked begins somewhere up to its last moment, or never. */
static void
play(struct world *w, struct oracle *o, uint64_t seed)
{
    int64_t end_ms[3] = {0}, asked_ms[3] = {0}, due_ms[3];
    const int64_t step = w->rule.every_ms / 3;
    int64_t until = w->now + 20 * w->rule.every_ms;

    w->seed = seed;
    for (uint32_t i = 0; i < 3; i++)
        due_ms[i] = w->now + (int64_t)i * step;
    for (; w->now < until; w->now += 500) {
        for (uint32_t i = 0; i < 3; i++) {
            enum status status = dice(w, 3) ? STATUS_DOWN : STATUS_UP;

            if (end_ms[i] != 0 && end_ms[i] <= w->now) {
                end_ms[i] = 0;
                scheduled(w, i, status);
            } else if (asked_ms[i] != 0 && asked_ms[i] <= w->now) {
                asked_ms[i] = 0;
                answered(w, i, status);
            } else if (due_ms[i] <= w->now) {
                end_ms[i] = w->now + dice(w, (uint32_t)w->rule.timeout_ms);
                add_span(o, i, due_ms[i], end_ms[i]);
                due_ms[i] += w->rule.every_ms;
                continue;
            } else if (w->acts.next.ms != 0 && w->acts.next.ms <= w->now) {
                tick(w);
            } else {
                continue;
            }
            for (uint32_t k = 0; k < 3; k++) {
                int64_t room = w->acts.begin_by.ms - w->now;
                int64_t begin;

                if ((w->acts.confirm & 1u << k) == 0)
                    continue;
                assert_int_equal(w->acts.confirm, 1u << k);
                assert_true(room >= 0);
                begin = w->now + dice(w, (uint32_t)room + 1);
                if (dice(w, 4) == 0)
                    continue; /* it never got there */
                asked_ms[k] = begin + dice(w, (uint32_t)w->rule.timeout_ms);
                add_span(o, k, begin, asked_ms[k]);
            }
            w->acts.confirm = 0;
        }
    }
}

static void
never_two_at_a_time(void **state)
{
    static const int64_t rules[][2] = {
        {90000, 29000}, {90000, 14000}, {300000, 20000}, {60000, 2000}};
    static struct oracle o;

    (void)state;
    for (size_t r = 0; r < sizeof(rules) / sizeof(rules[0]); r++)
        for (uint64_t seed = 1; seed <= 30; seed++) {
            struct world w = locked(rules[r][0], rules[r][1]);

            o.count = 0;
            play(&w, &o, seed);
            assert_true(o.count >= 60);
        }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_after_another),
        cmocka_unit_test(good_answers_end_it),
        cmocka_unit_test(silence_and_lost),
        cmocka_unit_test(no_room),
        cmocka_unit_test(an_early_end_makes_room),
        cmocka_unit_test(who_asks_takes_the_turn),
        cmocka_unit_test(never_two_at_a_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
