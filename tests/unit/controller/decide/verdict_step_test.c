#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/decide/verdict_step.c"

#define NOW 1000000000

static struct verdict_state
state_of(void)
{
    struct verdict_state state;

    verdict_init(&state);
    state.since.ms = NOW - 5000;
    state.down.ms = NOW - 4000;
    state.region[0].end.ms = NOW - 1000;
    state.region[0].asked.ms = NOW - 900;
    state.region[2].end.ms = NOW - 300;
    state.slots.length_ms = 10000;
    return state;
}

static void
all_moments_move(void **unused)
{
    struct verdict_state state = state_of();

    (void)unused;
    verdict_on_step(&state, -600000);
    assert_int_equal(state.since.ms, NOW - 605000);
    assert_int_equal(state.down.ms, NOW - 604000);
    assert_int_equal(state.region[0].end.ms, NOW - 601000);
    assert_int_equal(state.region[0].asked.ms, NOW - 600900);
    assert_int_equal(state.region[2].end.ms, NOW - 600300);
    assert_int_equal(state.slots.length_ms, 0);
}

/* Zero says that there is none, and goes on to say so. */
static void
what_is_not_there_stays_away(void **unused)
{
    struct verdict_state state;

    (void)unused;
    verdict_init(&state);
    verdict_on_step(&state, 600000);
    assert_int_equal(state.since.ms, 0);
    assert_int_equal(state.down.ms, 0);
    assert_int_equal(state.rerun.ms, 0);
    assert_int_equal(state.turn.ms, 0);
    assert_int_equal(state.region[1].end.ms, 0);
    assert_int_equal(state.region[1].asked.ms, 0);
}

static void
only_what_is_of_the_future_is_moved_at_a_start(void **unused)
{
    struct verdict_state state = state_of();

    (void)unused;
    verdict_on_load(&state, (wall_t){NOW});
    assert_int_equal(state.region[2].end.ms, NOW - 300);
    assert_int_equal(state.slots.length_ms, 10000);
    verdict_on_load(&state, (wall_t){NOW - 60300});
    assert_int_equal(state.region[2].end.ms, NOW - 60300);
    assert_int_equal(state.region[0].end.ms, NOW - 61000);
    assert_int_equal(state.slots.length_ms, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_moments_move),
        cmocka_unit_test(what_is_not_there_stays_away),
        cmocka_unit_test(only_what_is_of_the_future_is_moved_at_a_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
