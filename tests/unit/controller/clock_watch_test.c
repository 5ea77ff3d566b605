#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/clock_watch.c"

struct told {
    struct loop *loop;
    int count;
    int64_t by_ms;
};

static void
on_step(void *cookie, int64_t by_ms)
{
    struct told *told = cookie;

    told->count++;
    told->by_ms = by_ms;
    loop_stop(told->loop);
}

/* As if the clock had been set since the last look. */
static void
set_clock(struct clock_watch *watch, int64_t by_ms)
{
    watch->step.wall_ms -= by_ms;
}

static void
who_looks_is_told_once(void **state)
{
    struct told told = {.loop = loop_create()};
    struct clock_watch *watch = clock_watch_create(told.loop, on_step, &told);

    (void)state;
    clock_watch_look(watch);
    assert_int_equal(told.count, 0);
    set_clock(watch, -600000);
    clock_watch_look(watch);
    assert_int_equal(told.count, 1);
    assert_in_range(-told.by_ms, 599000, 601000);
    clock_watch_look(watch);
    assert_int_equal(told.count, 1);
    clock_watch_look(NULL);
    clock_watch_free(watch);
    clock_watch_free(NULL);
    loop_free(told.loop);
}

static void
it_looks_by_itself(void **state)
{
    struct told told = {.loop = loop_create()};
    struct clock_watch *watch = clock_watch_create(told.loop, on_step, &told);

    (void)state;
    set_clock(watch, 5000);
    loop_run(told.loop); /* until it is told */
    assert_int_equal(told.count, 1);
    assert_in_range(told.by_ms, 4000, 6000);
    clock_watch_free(watch);
    loop_free(told.loop);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_looks_is_told_once),
        cmocka_unit_test(it_looks_by_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
