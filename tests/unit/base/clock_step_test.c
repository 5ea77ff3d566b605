#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock_step.c"

static void
a_step_is_told_once(void **state)
{
    struct clock_step step;
    wall_t wall = {1000000000};
    mono_t mono = {5 * NS_PER_S};
    (void)state;

    clock_step_init(&step, wall, mono);
    wall.ms += 3600000;
    mono.ns += 3600 * NS_PER_S; /* time went on */
    assert_int_equal(clock_step_take(&step, wall, mono), 0);
    wall.ms -= 600000;
    assert_int_equal(clock_step_take(&step, wall, mono), -600000);
    assert_int_equal(clock_step_take(&step, wall, mono), 0);
    wall.ms += 1000;
    assert_int_equal(clock_step_take(&step, wall, mono), 1000);
}

/* Small ones are kept until they are worth telling. */
static void
slewing_adds_up(void **state)
{
    struct clock_step step;
    wall_t wall = {1000000000};
    mono_t mono = {0};
    int64_t told = 0;
    (void)state;

    clock_step_init(&step, wall, mono);
    for (int i = 0; i < 10000; i++) {
        wall.ms += 1001;
        mono.ns += NS_PER_S;
        told += clock_step_take(&step, wall, mono);
    }
    assert_int_equal(told, 10000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_is_told_once),
        cmocka_unit_test(slewing_adds_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
