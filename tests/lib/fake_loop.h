/*
 * fake_loop.h - loop.h on a clock that only a test moves.
 *
 * Linked in place of base/loop.o, or included as "fake_loop.c".  Nothing here
 * waits; the same calls give the same order every time.  At one moment posted
 * work runs first, then timers by due time and age, with posted work between.
 *
 * A descriptor is never looked at: its watch is recorded, and a test plays the
 * kernel with fake_loop_set_ready().
 *
 * Units       *_ns of the fake clock, which begins at FAKE_LOOP_START_NS; the
 *             wall begins at FAKE_LOOP_START_MS (2026-01-01T00:00:00Z).
 * Errors      a callback chain that never lets time move is an assertion.
 * Threads     one.
 */
#ifndef TESTS_LIB_FAKE_LOOP_H
#define TESTS_LIB_FAKE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

struct loop;

#define FAKE_LOOP_START_NS 1000000000000LL
#define FAKE_LOOP_START_MS 1767225600000LL

/* Step the wall clock to `now`; timers do not notice. */
void fake_loop_set_wall(struct loop *loop, wall_t now);
/* What loop_lag_ns() and the next loop_lag_take_ns() say. */
void fake_loop_set_lag(struct loop *loop, int64_t lag_ns);

/* Run all that comes due within `ns` (>= 0), each at its own moment; the clock
 * then stands `ns` later.  0 runs what is due now. */
void fake_loop_advance(struct loop *loop, int64_t ns);
/* Run, from one timer to the next, until none is left (true) or the next lies
 * more than `max_ns` ahead of where this began (false). */
bool fake_loop_run_until_idle(struct loop *loop, int64_t max_ns);

/* The set of enum loop_events watched on `fd`. */
unsigned fake_loop_watched(const struct loop *loop, int fd);
/* Call the newest watch of `fd` that asked for any of `events`. */
void fake_loop_set_ready(struct loop *loop, int fd, unsigned events);
/* Call the newest watch of the signal. */
void fake_loop_signal(struct loop *loop, int signo);

#endif
