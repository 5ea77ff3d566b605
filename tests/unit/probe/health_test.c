/* health_test.c - what makes a probe ill, and well again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/health.c"

#include "fake_engine.h"
#include "fake_loop.h"

struct bed {
    struct loop *loop;
    struct engine *engine;
    struct health *health;
    unsigned changes;
};

static void
on_change(void *cookie)
{
    ((struct bed *)cookie)->changes++;
}

static int
setup(void **state)
{
    static const char *const canaries[] = {"tcp:192.0.2.1:53"};
    struct bed *bed = calloc(1, sizeof(*bed));
    struct health_opts opts = {.canaries = canaries,
                               .canary_count = 1,
                               .on_change = on_change,
                               .cookie = bed};
    char why[256];

    assert_non_null(bed);
    bed->loop = opts.loop = loop_create();
    bed->engine = opts.engine = engine_create(NULL);
    bed->health = health_create(&opts, why, sizeof(why));
    assert_non_null(bed->health);
    fake_loop_advance(bed->loop, 0);
    fake_engine_end(STATUS_UP);
    *state = bed;
    return 0;
}

static int
teardown(void **state)
{
    struct bed *bed = *state;

    health_free(bed->health);
    engine_free(bed->engine);
    loop_free(bed->loop);
    free(bed);
    return 0;
}

static void
a_canary_must_fail_twice(void **state)
{
    struct bed *bed = *state;

    assert_null(health_ill_why(bed->health));
    fake_loop_advance(bed->loop, 30 * NS_PER_S);
    fake_engine_end(STATUS_DOWN);
    assert_null(health_ill_why(bed->health));
    fake_loop_advance(bed->loop, 2 * NS_PER_S); /* asked again soon */
    fake_engine_end(STATUS_DOWN);
    assert_string_equal(health_ill_why(bed->health),
                        "canary tcp:192.0.2.1:53: connect.refused");
    assert_int_equal(bed->changes, 1);
    fake_loop_advance(bed->loop, 30 * NS_PER_S);
    fake_engine_end(STATUS_UP);
    assert_null(health_ill_why(bed->health));
    assert_int_equal(bed->changes, 2);
}

static void
a_late_loop_is_ill(void **state)
{
    struct bed *bed = *state;

    fake_loop_set_lag(bed->loop, 600 * NS_PER_MS);
    fake_loop_advance(bed->loop, 5 * NS_PER_S);
    assert_null(health_ill_why(bed->health)); /* once is a hiccup */
    fake_loop_set_lag(bed->loop, 700 * NS_PER_MS);
    fake_loop_advance(bed->loop, 5 * NS_PER_S);
    assert_non_null(health_ill_why(bed->health));
    assert_int_equal(health_take_lag_us(bed->health), 700000);
    fake_loop_set_lag(bed->loop, 0);
    fake_loop_advance(bed->loop, 5 * NS_PER_S);
    assert_null(health_ill_why(bed->health));
    assert_int_equal(health_take_lag_us(bed->health), 0);
}

static void
a_clock_step_is_ill_for_a_moment(void **state)
{
    struct bed *bed = *state;
    wall_t later = {loop_wall(bed->loop).ms + 5000};

    fake_loop_set_wall(bed->loop, later);
    fake_loop_advance(bed->loop, 5 * NS_PER_S);
    assert_string_equal(health_ill_why(bed->health), "the clock was stepped");
    fake_loop_advance(bed->loop, 16 * NS_PER_S);
    assert_null(health_ill_why(bed->health));
}

static void
a_wrong_canary_is_named(void **state)
{
    static const char *const wrong[] = {"bad"};
    struct bed *bed = *state;
    struct health_opts opts = {.loop = bed->loop,
                               .engine = bed->engine,
                               .canaries = wrong,
                               .canary_count = 1};
    char why[512];

    assert_null(health_create(&opts, why, sizeof(why)));
    assert_non_null(strstr(why, "canary bad"));
    assert_non_null(strstr(why, "not a target"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_canary_must_fail_twice),
        TEST(a_late_loop_is_ill),
        TEST(a_clock_step_is_ill_for_a_moment),
        TEST(a_wrong_canary_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
