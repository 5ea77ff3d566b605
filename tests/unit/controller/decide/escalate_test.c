/* The vectors of escalation: steps of 5, 10 and 15 minutes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "controller/decide/escalate.c"

#define MIN 60000LL
#define T0  1700000000000LL

static const struct escalate_road road = {
    .wait_ms = {5 * MIN, 10 * MIN, 15 * MIN}, .count = 3, .repeat = 1};

/* Looks once a minute but while away, for two hours, and writes down who
 * is told when: "S1@0 S2@5 ".  acked < 0: never. */
static void
story(const struct escalate_road *r, int acked, int away_from, int away_to,
      char *out)
{
    int64_t told = 0;

    out[0] = '\0';
    for (int minute = 0; minute <= 120; minute++) {
        wall_t ack = {acked >= 0 && minute >= acked ? T0 + acked * MIN : 0};
        struct escalate_due due;

        if (minute >= away_from && minute < away_to)
            continue;
        due = escalate_due(r, (wall_t){T0}, told, ack,
                           (wall_t){T0 + minute * MIN});
        for (int64_t t = due.from; t < due.to; t++)
            snprintf(out + strlen(out), 64, "S%zu@%d ", escalate_step(r, t) + 1,
                     minute);
        told = due.to;
        if (due.is_exhausted) {
            snprintf(out + strlen(out), 64, "end@%d", minute);
            return;
        }
    }
}

static void
expect(const struct escalate_road *r, int acked, const char *expected)
{
    char out[512];

    story(r, acked, 0, 0, out);
    assert_string_equal(out, expected);
}

static void
test_the_road_and_its_repeat(void **unused)
{
    struct escalate_road twice = road, once = road;

    (void)unused;
    expect(&road, -1, "S1@0 S2@5 S3@15 S1@30 S2@35 S3@45 end@60");
    twice.repeat = 2;
    expect(&twice, -1,
           "S1@0 S2@5 S3@15 S1@30 S2@35 S3@45 S1@60 S2@65 S3@75 end@90");
    once.repeat = 0;
    expect(&once, -1, "S1@0 S2@5 S3@15 end@30");
}

static void
test_an_acknowledgement_stops_it_and_wins_ties(void **unused)
{
    (void)unused;
    expect(&road, 7, "S1@0 S2@5 ");
    expect(&road, 5, "S1@0 ");
    expect(&road, 35, "S1@0 S2@5 S3@15 S1@30 ");
}

static void
test_a_wait_of_nothing_tells_two_at_once(void **unused)
{
    struct escalate_road r = road;

    (void)unused;
    r.wait_ms[0] = 0;
    r.repeat = 0;
    expect(&r, -1, "S1@0 S2@0 S3@10 end@25");
}

static void
test_after_an_absence_the_plan_goes_on(void **unused)
{
    char out[512];
    struct escalate_road r = road;
    struct escalate_due due;

    (void)unused;
    /* Away from minute 4 to 40: what was missed is due at once, the next one
     * at its own time. */
    story(&r, -1, 4, 40, out);
    assert_string_equal(out, "S1@0 S2@40 S3@40 S1@40 S2@40 S3@45 end@60");
    r.repeat = 0;
    due =
        escalate_due(&r, (wall_t){T0}, 1, (wall_t){0}, (wall_t){T0 + 20 * MIN});
    assert_int_equal(due.from, 1);
    assert_int_equal(due.to, 3);
    assert_int_equal(due.next.ms, T0 + 30 * MIN);
    assert_false(due.is_exhausted);
}

static void
test_next_is_said_to_the_millisecond(void **unused)
{
    struct escalate_due due;

    (void)unused;
    due = escalate_due(&road, (wall_t){T0}, 0, (wall_t){0}, (wall_t){T0});
    assert_int_equal(due.to, 1);
    assert_int_equal(due.next.ms, T0 + 5 * MIN);
    due = escalate_due(&road, (wall_t){T0}, 1, (wall_t){0},
                       (wall_t){T0 + 5 * MIN - 1});
    assert_int_equal(due.from, due.to);
    due = escalate_due(&road, (wall_t){T0}, 1, (wall_t){0},
                       (wall_t){T0 + 5 * MIN});
    assert_int_equal(due.to, 2);
}

static void
test_limits(void **unused)
{
    struct escalate_road r = {.wait_ms = {-5, INT64_MAX}, .count = 2};
    struct escalate_road none = {.count = 0};
    struct escalate_road round = {.wait_ms = {0}, .count = 1, .repeat = 3};
    struct escalate_due due;

    (void)unused;
    due = escalate_due(&r, (wall_t){T0}, 0, (wall_t){0}, (wall_t){T0});
    assert_int_equal(due.to, 2);
    assert_int_equal(due.next.ms, T0 + ESCALATE_WAIT_MAX_MS);
    due = escalate_due(&none, (wall_t){T0}, 0, (wall_t){0}, (wall_t){T0});
    assert_true(due.is_exhausted);
    assert_int_equal(due.to, 0);
    /* A repeated last step without a wait is no burst. */
    expect(&round, -1, "S1@0 S1@5 S1@10 S1@15 end@20");
    round.repeat = INT32_MAX;
    due = escalate_due(&round, (wall_t){T0}, 0, (wall_t){0},
                       (wall_t){T0 + 365 * 24 * 60 * MIN});
    assert_int_equal(due.to, ESCALATE_REPEAT_MAX + 1);
    assert_true(due.is_exhausted);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_road_and_its_repeat),
        cmocka_unit_test(test_an_acknowledgement_stops_it_and_wins_ties),
        cmocka_unit_test(test_a_wait_of_nothing_tells_two_at_once),
        cmocka_unit_test(test_after_an_absence_the_plan_goes_on),
        cmocka_unit_test(test_next_is_said_to_the_millisecond),
        cmocka_unit_test(test_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
