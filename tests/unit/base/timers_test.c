/* timers_test.c - order under a long random mix of adds, removes and pops. */
#include "base/timers.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SLOTS 300

static void
nothing(void *cookie)
{
    (void)cookie;
}

/* Knuth's MMIX generator: the same mix every time. */
static uint64_t
next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005U + 1442695040888963407U;
    return *seed >> 33;
}

static void
check_heap(const struct timers *timers)
{
    for (size_t i = 0; i < timers->count; i++) {
        assert_int_equal(timers->at[i]->index, i);
        if (i > 0)
            assert_false(fires_before(timers->at[i], timers->at[(i - 1) / 2]));
    }
}

static void
test_random_mix(void **state)
{
    struct loop_timer *slot[SLOTS] = {NULL};
    struct timers timers = {0};
    uint64_t seed = 1;

    (void)state;
    for (int turn = 0; turn < 20000; turn++) {
        size_t i = next_random(&seed) % SLOTS;

        if (slot[i] == NULL) {
            slot[i] = timers_add(&timers, (int64_t)(next_random(&seed) % 50),
                                 nothing, &slot[i]);
        } else {
            timers_remove(slot[i]);
            slot[i] = NULL;
        }
        if (turn % 100 == 0)
            check_heap(&timers);
    }
    check_heap(&timers);

    /* The judge: what comes out never goes back in time, nor in age. */
    for (struct loop_timer last = {0}; timers.count > 0;) {
        struct loop_timer now = timers_pop(&timers);

        assert_true(now.due_ns > last.due_ns ||
                    (now.due_ns == last.due_ns && now.order >= last.order));
        *(struct loop_timer **)now.cookie = NULL;
        last = now;
    }
    for (size_t i = 0; i < SLOTS; i++)
        assert_null(slot[i]);
    timers_remove(NULL);
    timers_free(&timers);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_mix),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
