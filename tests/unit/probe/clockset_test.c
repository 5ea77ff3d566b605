/* clockset_test.c - the offset by hand-made exchanges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/clockset.c"

/* A controller `ahead`, ways of `there` and `back`, a hold of `held`. */
static void
add(struct clockset *set, int64_t ahead, int64_t there, int64_t back,
    int64_t held)
{
    struct clockset_exchange e = {.t0_ms = 1000000};

    e.t1_ms = e.t0_ms + there + ahead;
    e.t2_ms = e.t1_ms + held;
    e.t3_ms = e.t2_ms - ahead + back;
    clockset_add(set, &e);
}

static void
holding_does_not_matter(void **state)
{
    struct clockset set = {0};

    (void)state;
    assert_int_equal(clockset_offset_ms(&set), 0);
    assert_int_equal(clockset_rtt_ms(&set), -1);
    add(&set, -700, 10, 10, 25000);
    assert_int_equal(clockset_offset_ms(&set), -700);
    assert_int_equal(clockset_rtt_ms(&set), 20);
}

static void
the_quickest_exchange_counts(void **state)
{
    struct clockset set = {0};

    (void)state;
    add(&set, 50, 400, 10, 0); /* lopsided: off by 195 */
    assert_int_equal(clockset_offset_ms(&set), 245);
    add(&set, 50, 5, 5, 100);
    add(&set, 50, 10, 800, 100);
    assert_int_equal(clockset_offset_ms(&set), 50);
    assert_int_equal(clockset_rtt_ms(&set), 10);
    for (int i = 0; i < CLOCKSET_KEPT; i++)
        add(&set, 90, 20, 20, 0); /* the old ones are forgotten */
    assert_int_equal(clockset_offset_ms(&set), 90);
}

/* The controller's clock was set: at once the new offset, though the exchanges
 * before were quicker.  A slow one alone contradicts nobody. */
static void
a_step_of_the_controller_is_believed(void **state)
{
    struct clockset set = {0};

    (void)state;
    for (int i = 0; i < CLOCKSET_KEPT; i++)
        add(&set, 20, 1, 1, 25000);
    add(&set, -600000, 30, 40, 0);
    assert_int_equal(clockset_offset_ms(&set), -600005);
    add(&set, -600000, 2, 2, 0);
    assert_int_equal(clockset_offset_ms(&set), -600000);
    add(&set, -600000, 9000, 10, 0);
    assert_int_equal(clockset_offset_ms(&set), -600000);
    assert_int_equal(clockset_rtt_ms(&set), 4);
}

static void
a_step_of_the_probe_moves_what_is_known(void **state)
{
    struct clockset set = {0};

    (void)state;
    add(&set, 50, 5, 5, 100);
    clockset_step(&set, 600000);
    assert_int_equal(clockset_offset_ms(&set), -599950);
    add(&set, -599950, 1, 1, 100);
    assert_int_equal(clockset_rtt_ms(&set), 2);
}

static void
nonsense_is_left_out(void **state)
{
    struct clockset set = {0};
    struct clockset_exchange wrong[] = {
        {1000, 5000, 4000, 2000},
        {1000, 5000, 9000, 2000}, /* held longer than it took */
        {1000, -5, 9000, 2000},
        {1000, INT64_MAX, INT64_MAX, 2000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        clockset_add(&set, &wrong[i]);
    assert_int_equal(clockset_rtt_ms(&set), -1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holding_does_not_matter),
        cmocka_unit_test(the_quickest_exchange_counts),
        cmocka_unit_test(a_step_of_the_controller_is_believed),
        cmocka_unit_test(a_step_of_the_probe_moves_what_is_known),
        cmocka_unit_test(nonsense_is_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
