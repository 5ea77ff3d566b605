/*
 * loop.h - one event loop: timers, descriptors, signals, work from elsewhere.
 *
 * Not a thread: whoever calls loop_run() is the loop's thread.  Disk and
 * database writes do not belong here; they go to worker.h.
 *
 * Lifecycle   every start returns a handle; it lives until its cancel, or for
 *             a timer until the moment before its function is called.  After a
 *             cancel the function is never called.  Cancel of NULL is harmless.
 * Ownership   the loop frees its handles; loop_free() with handles alive is an
 *             assertion (a leak found early).
 * Units       *_ns are nanoseconds of loop_now().
 * Errors      NULL with errno when the kernel refuses a descriptor; a timer
 *             and a post cannot fail.
 * Threads     loop thread only, but for loop_post() and loop_stop(): any.
 *
 * Due timers fire in order of their time, all of them at one wake-up.
 * tests/lib/fake_loop.c is the same interface on a clock that a test moves.
 */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <stdint.h>

#include "base/clock.h"

struct loop;
struct loop_timer;
struct loop_watch;
struct event_base; /* libevent's, for the doors that need it (httpd.c) */

typedef void loop_fn(void *cookie);
typedef void loop_watch_fn(void *cookie, int fd, unsigned events);

#define LOOP_LATE_MAX 64 /* timers over 10 ms late that are remembered */

enum loop_events { LOOP_READ = 1, LOOP_WRITE = 2 };

struct loop *loop_create(void);
void loop_free(struct loop *loop);

/* Runs until loop_stop().  What was posted before the stop is still done. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

mono_t loop_now(const struct loop *loop);
wall_t loop_wall(const struct loop *loop);

/* How late the newest timer fired: what this loop's own load adds to every
 * figure taken on it.  loop_lag_take_ns() is the worst since the last take. */
int64_t loop_lag_ns(const struct loop *loop);
/* The worst since that moment: the newest LOOP_LATE_MAX late ones are known. */
int64_t loop_lag_since_ns(const struct loop *loop, mono_t since);
int64_t loop_lag_take_ns(struct loop *loop);

/* Once, `after_ns` (<= 0: at the next turn) from now; never from inside. */
struct loop_timer *loop_timer_start(struct loop *loop, int64_t after_ns,
                                    loop_fn *fn, void *cookie);
void loop_timer_cancel(struct loop_timer *timer);

/* Level-triggered; `events` is a set of enum loop_events. */
struct loop_watch *loop_watch_start(struct loop *loop, int fd, unsigned events,
                                    loop_watch_fn *fn, void *cookie);
void loop_watch_set(struct loop_watch *watch, unsigned events);
void loop_watch_cancel(struct loop_watch *watch);

/* A signal as an event; `fn` is called on the loop with `cookie`. */
struct loop_watch *loop_signal_start(struct loop *loop, int signo, loop_fn *fn,
                                     void *cookie);

/* Have `fn` called on the loop's thread, in order of posting. */
void loop_post(struct loop *loop, loop_fn *fn, void *cookie);

/* The libevent base underneath; NULL on the fake loop. */
struct event_base *loop_backend(struct loop *loop);

#endif
