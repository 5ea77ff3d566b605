/*
 * timers.c - see timers.h.
 */
#include "base/timers.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/str.h"

#define FIRST_CAP 64 /* timers; the heap doubles from here */

static bool
fires_before(const struct loop_timer *a, const struct loop_timer *b)
{
    return a->due_ns < b->due_ns ||
           (a->due_ns == b->due_ns && a->order < b->order);
}

static void
put(struct timers *timers, size_t index, struct loop_timer *timer)
{
    timers->at[index] = timer;
    timer->index = index;
}

/* Finds the place of `timer` from the hole at `index` towards the root. */
static void
sift_up(struct timers *timers, size_t index, struct loop_timer *timer)
{
    while (index > 0) {
        size_t parent = (index - 1) / 2;

        if (!fires_before(timer, timers->at[parent]))
            break;
        put(timers, index, timers->at[parent]);
        index = parent;
    }
    put(timers, index, timer);
}

static void
sift_down(struct timers *timers, size_t index, struct loop_timer *timer)
{
    for (;;) {
        size_t child = 2 * index + 1;

        if (child >= timers->count)
            break;
        if (child + 1 < timers->count &&
            fires_before(timers->at[child + 1], timers->at[child]))
            child++;
        if (!fires_before(timers->at[child], timer))
            break;
        put(timers, index, timers->at[child]);
        index = child;
    }
    put(timers, index, timer);
}

struct loop_timer *
timers_add(struct timers *timers, int64_t due_ns, loop_fn *fn, void *cookie)
{
    struct loop_timer *timer = str_xcalloc(1, sizeof *timer);

    assert(fn != NULL);
    if (timers->count == timers->cap) {
        timers->cap = timers->cap > 0 ? 2 * timers->cap : FIRST_CAP;
        timers->at =
            str_xrealloc(timers->at, timers->cap * sizeof timers->at[0]);
    }
    *timer = (struct loop_timer){.owner = timers,
                                 .due_ns = due_ns,
                                 .order = timers->next_order++,
                                 .fn = fn,
                                 .cookie = cookie};
    sift_up(timers, timers->count++, timer);
    return timer;
}

static void
take_out(struct loop_timer *timer)
{
    struct timers *timers = timer->owner;
    size_t hole = timer->index;
    struct loop_timer *last;

    assert(hole < timers->count && timers->at[hole] == timer);
    last = timers->at[--timers->count];
    if (last == timer)
        return;
    if (hole > 0 && fires_before(last, timers->at[(hole - 1) / 2]))
        sift_up(timers, hole, last);
    else
        sift_down(timers, hole, last);
}

void
timers_remove(struct loop_timer *timer)
{
    if (timer == NULL)
        return;
    take_out(timer);
    free(timer);
}

const struct loop_timer *
timers_first(const struct timers *timers)
{
    return timers->count > 0 ? timers->at[0] : NULL;
}

struct loop_timer
timers_pop(struct timers *timers)
{
    struct loop_timer copy;

    assert(timers->count > 0);
    copy = *timers->at[0];
    timers_remove(timers->at[0]);
    return copy;
}

void
timers_free(struct timers *timers)
{
    assert(timers->count == 0);
    free(timers->at);
    *timers = (struct timers){0};
}
