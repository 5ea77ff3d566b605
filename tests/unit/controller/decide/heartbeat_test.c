/* Virtual time in hours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "controller/decide/heartbeat.c"

#define HOUR INT64_C(3600000)

static const struct heartbeat_rule rule = {.every_ms = 6 * HOUR,
                                           .grace_ms = HOUR};

static wall_t
at(int64_t hours)
{
    return (wall_t){1000 * HOUR + hours * HOUR};
}

static void
expect_missing(struct heartbeat *beat, wall_t now, wall_t since)
{
    wall_t expected = {0};

    assert_true(heartbeat_on_time(beat, &rule, now, &expected));
    assert_int_equal(expected.ms, since.ms);
}

static void
expect_quiet(struct heartbeat *beat, wall_t now)
{
    wall_t expected;

    assert_false(heartbeat_on_time(beat, &rule, now, &expected));
}

static void
in_time_nothing_is_said(void **state)
{
    struct heartbeat beat;

    (void)state;
    heartbeat_init(&beat, at(0));
    assert_int_equal(beat.last.ms, 0);
    assert_int_equal(heartbeat_due(&beat, &rule).ms, at(7).ms);
    expect_quiet(&beat, (wall_t){at(7).ms - 1});
    assert_int_equal(heartbeat_on_beat(&beat, (wall_t){at(7).ms - 1}), -1);
    expect_quiet(&beat, at(7));
    assert_int_equal(beat.last.ms, at(7).ms - 1);
    assert_int_equal(heartbeat_due(&beat, &rule).ms, at(14).ms - 1);
}

static void
each_missing_one_is_said_once(void **state)
{
    struct heartbeat beat;

    (void)state;
    heartbeat_init(&beat, at(0));
    (void)heartbeat_on_beat(&beat, at(1));
    expect_missing(&beat, at(8), at(7));
    expect_quiet(&beat, at(8));
    expect_quiet(&beat, (wall_t){at(14).ms - 1});
    expect_missing(&beat, at(14), at(13));
    /* A timer that was very late says all of them. */
    expect_missing(&beat, at(30), at(19));
    expect_missing(&beat, at(30), at(25));
    expect_quiet(&beat, at(30));
    /* It comes: the next is counted from there. */
    (void)heartbeat_on_beat(&beat, at(31));
    expect_quiet(&beat, (wall_t){at(38).ms - 1});
    expect_missing(&beat, at(38), at(37));
}

static void
what_a_job_took(void **state)
{
    struct heartbeat beat;

    (void)state;
    heartbeat_init(&beat, at(0));
    heartbeat_on_begin(&beat, at(5));
    assert_int_equal(heartbeat_on_beat(&beat, at(6)), HOUR);
    /* Only once. */
    assert_int_equal(heartbeat_on_beat(&beat, at(7)), -1);
    /* To begin is no arrival. */
    heartbeat_on_begin(&beat, at(13));
    assert_int_equal(heartbeat_due(&beat, &rule).ms, at(14).ms);
    /* The newest begin counts; a clock that was set back measures nothing. */
    heartbeat_on_begin(&beat, at(15));
    assert_int_equal(heartbeat_on_beat(&beat, at(14)), -1);
}

static void
what_nobody_could_hear_is_not_missing(void **state)
{
    struct heartbeat beat;

    (void)state;
    heartbeat_init(&beat, at(0)); /* expected at 6, missing at 7 */
    heartbeat_on_gap(&beat, &rule, at(1), at(4));
    assert_int_equal(heartbeat_due(&beat, &rule).ms, at(7).ms);
    /* It may have come while we were away, an hour early or late. */
    heartbeat_on_gap(&beat, &rule, at(4), at(5));
    assert_int_equal(heartbeat_due(&beat, &rule).ms, at(13).ms);
    heartbeat_on_gap(&beat, &rule, at(13), at(14)); /* 12, late */
    assert_int_equal(heartbeat_due(&beat, &rule).ms, at(19).ms);
    /* Days of it; the first that can be heard is waited for. */
    heartbeat_on_gap(&beat, &rule, at(16), at(100));
    assert_int_equal(heartbeat_due(&beat, &rule).ms, at(103).ms);
    expect_quiet(&beat, (wall_t){at(103).ms - 1});
    expect_missing(&beat, at(103), at(102));
    /* No gap at all. */
    heartbeat_on_gap(&beat, &rule, at(120), at(120));
    heartbeat_on_gap(&beat, &rule, at(120), at(110));
    assert_int_equal(heartbeat_due(&beat, &rule).ms, at(109).ms);
}

static void
missing_before_the_gap_stays_missing(void **state)
{
    struct heartbeat beat;

    (void)state;
    heartbeat_init(&beat, at(0));
    /* It was due at 7, we went at 8: that was not said for want of a turn. */
    heartbeat_on_gap(&beat, &rule, at(8), at(9));
    expect_missing(&beat, at(9), at(6));
}

/* H1 and H3 over random lives: whoever beats in time is never called missing,
 * however often the controller was away. */
static void
who_is_in_time_is_never_missing(void **state)
{
    (void)state;
    srandom(4);
    for (int life = 0; life < 2000; life++) {
        struct heartbeat beat;
        struct heartbeat_rule r = {.every_ms = 1 + random() % 100,
                                   .grace_ms = random() % 150};
        int64_t now = 100000;
        wall_t since;

        heartbeat_init(&beat, (wall_t){now});
        for (int i = 0; i < 20; i++) {
            int64_t next = now + r.every_ms;
            bool is_away = random() % 3 == 0;

            if (is_away) /* the beat is lost, but it will come again */
                heartbeat_on_gap(&beat, &r, (wall_t){next - 1},
                                 (wall_t){next + 1});
            else
                (void)heartbeat_on_beat(&beat, (wall_t){next});
            assert_false(
                heartbeat_on_time(&beat, &r, (wall_t){next + 1}, &since));
            now = next;
        }
    }
}

static void
a_clock_that_was_set_changes_no_wait(void **state)
{
    struct heartbeat_rule minute = {.every_ms = 60000, .grace_ms = 5000};
    struct heartbeat beat;
    wall_t expected;
    (void)state;

    heartbeat_init(&beat, (wall_t){1000000});
    heartbeat_on_step(&beat, -600000);
    assert_int_equal(beat.last.ms, 0);
    assert_int_equal(heartbeat_due(&beat, &minute).ms, 465000);
    assert_false(
        heartbeat_on_time(&beat, &minute, (wall_t){464999}, &expected));
    assert_true(heartbeat_on_time(&beat, &minute, (wall_t){465000}, &expected));
    heartbeat_on_begin(&beat, (wall_t){470000});
    heartbeat_on_step(&beat, 1000000);
    assert_int_equal(heartbeat_on_beat(&beat, (wall_t){1471000}), 1000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_that_was_set_changes_no_wait),
        cmocka_unit_test(in_time_nothing_is_said),
        cmocka_unit_test(each_missing_one_is_said_once),
        cmocka_unit_test(what_a_job_took),
        cmocka_unit_test(what_nobody_could_hear_is_not_missing),
        cmocka_unit_test(missing_before_the_gap_stays_missing),
        cmocka_unit_test(who_is_in_time_is_never_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
