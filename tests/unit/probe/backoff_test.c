/* backoff_test.c - doubling, its ends, and jitter in the upper half. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "probe/backoff.c"

static void
doubles_up_to_its_end(void **state)
{
    static const int64_t most[] = {500,   1000,  2000,  4000, 8000,
                                   16000, 30000, 30000, 30000};

    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct backoff b = {.seed = seed};

        for (size_t i = 0; i < sizeof(most) / sizeof(most[0]); i++)
            assert_in_range(backoff_next_ns(&b), most[i] / 2 * NS_PER_MS,
                            most[i] * NS_PER_MS);
        backoff_reset(&b);
        assert_true(backoff_next_ns(&b) <= 500 * NS_PER_MS);
    }
}

static void
probes_do_not_come_back_as_one(void **state)
{
    int buckets[10] = {0};

    (void)state;
    for (uint64_t seed = 0; seed < 1000; seed++) {
        struct backoff b = {.ms = 15000, .seed = seed * 0x9e3779b97f4a7c15};
        int64_t ms = backoff_next_ns(&b) / NS_PER_MS;

        buckets[(ms - 15000) * 10 / 15001]++;
    }
    for (int i = 0; i < 10; i++)
        assert_in_range(buckets[i], 50, 150);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doubles_up_to_its_end),
        cmocka_unit_test(probes_do_not_come_back_as_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
