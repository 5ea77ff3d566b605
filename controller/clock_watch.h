/*
 * clock_watch.h - tells the controller's parts when the machine's clock was set.
 *
 * A result that comes in the moment after must be judged by moments that moved
 * along already, so who decides looks first (clock_watch_look()); a timer looks
 * besides, for when nothing comes in.
 *
 * Lifecycle   clock_watch_create() ... clock_watch_free().
 * Units       ms; over 0: it was set forward.
 * Errors      none.
 * Threads     loop thread only; `fn` is called from inside a look.
 */
#ifndef CONTROLLER_CLOCK_WATCH_H
#define CONTROLLER_CLOCK_WATCH_H

#include <stdint.h>

struct clock_watch;
struct loop;

typedef void clock_watch_fn(void *cookie, int64_t by_ms);

struct clock_watch *clock_watch_create(struct loop *loop, clock_watch_fn *fn,
                                       void *cookie);
void clock_watch_free(struct clock_watch *watch);
void clock_watch_look(struct clock_watch *watch); /* NULL: nobody watches */

#endif
