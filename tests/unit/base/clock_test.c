/* clock_test.c - units and direction of the machine's clocks. */
#include "base/clock.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
test_units(void **state)
{
    int64_t before_s = time(NULL);
    wall_t wall = clock_wall();
    int64_t after_s = time(NULL);

    (void)state;
    /* time() may lag a tick behind the precise clock. */
    assert_true(wall.ms / MS_PER_S >= before_s);
    assert_true(wall.ms / MS_PER_S <= after_s + 1);
}

static void
test_never_backwards(void **state)
{
    int64_t cpu = clock_cpu_ns();
    mono_t last = clock_mono();
    mono_t first = last;

    (void)state;
    for (int i = 0; i < 10000; i++) {
        mono_t now = clock_mono();

        assert_true(clock_since_ns(last, now) >= 0);
        last = now;
    }
    assert_true(clock_since_ns(first, last) > 0);
    assert_true(clock_cpu_ns() > cpu);
    assert_true(clock_after(first, 5).ns == first.ns + 5);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_units),
        cmocka_unit_test(test_never_backwards),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
