/*
 * timers.h - the timers of one loop, earliest first: a binary heap.
 *
 * Not a clock and not a loop: base/loop.c and tests/lib/fake_loop.c ask it
 * what is due, each by its own clock.
 *
 * Lifecycle   a timer lives from timers_add() to timers_remove() or
 *             timers_pop().
 * Ownership   the heap owns its timers; timers_free() wants it empty.
 * Units       nanoseconds of whatever clock the loop has.
 * Errors      none; memory is that of small fixed objects.
 * Threads     the loop's.
 */
#ifndef BASE_TIMERS_H
#define BASE_TIMERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/loop.h"

struct timers {
    struct loop_timer **at; /* a parent fires before both of its children */
    size_t count;
    size_t cap;
    uint64_t next_order;
};

struct loop_timer {
    struct timers *owner;
    size_t index; /* of owner->at */
    int64_t due_ns;
    uint64_t order; /* of two due at the same moment, the older fires first */
    loop_fn *fn;
    void *cookie;
};

struct loop_timer *timers_add(struct timers *timers, int64_t due_ns,
                              loop_fn *fn, void *cookie);
void timers_remove(struct loop_timer *timer); /* NULL is fine */
/* The next to fire, or NULL. */
const struct loop_timer *timers_first(const struct timers *timers);
/* Takes the next out; its handle is dead, the copy says what to call. */
struct loop_timer timers_pop(struct timers *timers);
void timers_free(struct timers *timers);

#endif
