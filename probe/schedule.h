/*
 * schedule.h - when each check is due, the same on every machine; pure.
 *
 * Not a timer and not a runner: lane.h asks what is due and runs it.  Slots
 * hang on the wall clock, so that all regions agree where one begins:
 *
 *     slot k of a check begins at   hash(check) mod every  +  k * every
 *     region i of n runs it at      begin + i * every / n + jitter
 *
 * with jitter <= 1 % of `every`, made from check and slot.  A check that is
 * added with `first_ns` runs once that soon, in the slot of that moment.
 *
 * Lifecycle   an item lives from schedule_add() to schedule_remove();
 *             schedule_free() wants none left.
 * Ownership   the schedule owns its items; `cookie` is the caller's.
 * Units       every_ms, first_ns durations; both clocks are given with each
 *             call and none is asked.
 * Errors      none.  What was missed (sleep, a late loop) is skipped and
 *             counted, never made up for in a burst.
 * Threads     none of its own.
 */
#ifndef PROBE_SCHEDULE_H
#define PROBE_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

#define SCHEDULE_EVERY_MIN_MS 1000

struct schedule;
struct schedule_item;

struct schedule_opts {
    uint64_t hash;    /* id_hash() of the check's name */
    int64_t every_ms; /* >= SCHEDULE_EVERY_MIN_MS */
    uint32_t region_index;
    uint32_t region_count; /* > region_index */
    int64_t first_ns;      /* < 0: no first run outside its phase */
    void *cookie;
    bool is_exact; /* no jitter: its regions must not meet */
};

struct schedule_clock { /* one moment on both clocks */
    mono_t mono;
    wall_t wall;
};

struct schedule_due {
    void *cookie;
    wall_t slot;
};

struct schedule *schedule_create(void);
void schedule_free(struct schedule *schedule);

struct schedule_item *schedule_add(struct schedule *schedule,
                                   const struct schedule_opts *opts,
                                   struct schedule_clock now);
void schedule_remove(struct schedule_item *item); /* NULL is harmless */

/* The earliest moment anything is due; false: nothing is scheduled. */
bool schedule_next(const struct schedule *schedule, mono_t *due);

/* One item that is due now; it is then due in a later slot.  False: none. */
bool schedule_pop(struct schedule *schedule, struct schedule_clock now,
                  struct schedule_due *out);

/* The wall clock was stepped: every item gets its next moment anew. */
void schedule_set_clock(struct schedule *schedule, struct schedule_clock now);

/* Begin of the slot that `now` lies in. */
wall_t schedule_slot(const struct schedule_item *item, wall_t now);

/* Slots that passed without a run because nobody asked in time. */
uint64_t schedule_missed(const struct schedule *schedule);

#endif
