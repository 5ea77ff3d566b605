/*
 * clock_watch.c - see clock_watch.h.
 */
#include "controller/clock_watch.h"

#include <stdlib.h>

#include "base/clock_step.h"
#include "base/loop.h"
#include "base/str.h"

#define LOOK_NS NS_PER_S

struct clock_watch {
    struct loop *loop;
    struct loop_timer *timer;
    struct clock_step step;
    clock_watch_fn *fn;
    void *cookie;
};

static void
on_timer(void *cookie)
{
    struct clock_watch *watch = cookie;

    watch->timer = loop_timer_start(watch->loop, LOOK_NS, on_timer, watch);
    clock_watch_look(watch);
}

struct clock_watch *
clock_watch_create(struct loop *loop, clock_watch_fn *fn, void *cookie)
{
    struct clock_watch *watch = str_xcalloc(1, sizeof(*watch));

    watch->loop = loop;
    watch->fn = fn;
    watch->cookie = cookie;
    clock_step_init(&watch->step, loop_wall(loop), loop_now(loop));
    watch->timer = loop_timer_start(loop, LOOK_NS, on_timer, watch);
    return watch;
}

void
clock_watch_free(struct clock_watch *watch)
{
    if (watch == NULL)
        return;
    loop_timer_cancel(watch->timer);
    free(watch);
}

void
clock_watch_look(struct clock_watch *watch)
{
    int64_t by_ms = watch == NULL
                        ? 0
                        : clock_step_take(&watch->step, loop_wall(watch->loop),
                                          loop_now(watch->loop));

    if (by_ms != 0)
        watch->fn(watch->cookie, by_ms);
}
