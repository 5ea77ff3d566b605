/* verdict_detect.c: worked out by hand, to the millisecond. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/decide/verdict_detect.c"

struct row {
    int64_t every_ms, timeout_ms;
    uint32_t regions;
    int quorum;
    bool is_locked;
    int64_t want_ms;
};

static const struct row ROWS[] = {
    /* Windows of 30 s, full: A 30-59, B 60-89, C 90-119, A, B 150-179. */
    {90000, 29000, 3, 2, true, 179000},
    /* All three: C's second ends at 209. */
    {90000, 29000, 3, 3, true, 209000},
    /* Room: A 100-120, asked 120-140, B asked 140-160, C asked 160-180 does not
     * fit before B's own, 200-220. */
    {300000, 20000, 3, 2, true, 220000},
    /* Short runs: A 20-21, asked -22, B -23, C -24, B -25. */
    {60000, 1000, 3, 2, true, 25000},
    /* Without the lock: A 20-30; all asked 30-40, B by schedule 40-50. */
    {60000, 10000, 3, 2, false, 50000},
    /* Alone: three failing runs, the second and third asked for. */
    {60000, 10000, 1, 1, false, 91000},
};

static void
worked_out_by_hand(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        const struct row *r = &ROWS[i];
        struct verdict_rule rule = {.every_ms = r->every_ms,
                                    .timeout_ms = r->timeout_ms,
                                    .regions = r->regions,
                                    .quorum = r->quorum,
                                    .is_locked = r->is_locked,
                                    .offset_ms = 12345};

        if (verdict_lock_detect_ms(&rule) != r->want_ms)
            fail_msg("row %zu: %lld", i,
                     (long long)verdict_lock_detect_ms(&rule));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(worked_out_by_hand)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
