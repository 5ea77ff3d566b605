/*
 * health.h - is this probe itself fit to judge others?
 *
 * Ill when a canary (a target that must work) failed twice in a row, when the
 * loop was late by more than LANE_LAG_MAX_MS twice in a row, or for ten
 * seconds after the wall clock was stepped.  An ill probe goes on; the controller keeps
 * its results and does not count its votes.
 *
 * Lifecycle   health_free() cancels what runs.
 * Ownership   borrows loop and engine; targets are compiled at the start.
 * Units       lag in microseconds.
 * Errors      NULL: a canary is not a target; the problem is in `why`.
 * Threads     the loop's.
 */
#ifndef PROBE_HEALTH_H
#define PROBE_HEALTH_H

#include <stddef.h>
#include <stdint.h>

#define HEALTH_CANARIES_MAX   8
#define HEALTH_CANARY_EVERY_S 30
#define HEALTH_CANARY_AGAIN_S 2 /* after a failure */

struct engine;
struct health;
struct loop;

struct health_opts {
    struct loop *loop;
    struct engine *engine;
    const char *const *canaries;
    size_t canary_count; /* further than HEALTH_CANARIES_MAX are left out */
    void (*on_change)(void *cookie);
    void *cookie;
};

struct health *health_create(const struct health_opts *opts, char *why,
                             size_t cap);
void health_free(struct health *health);

/* NULL: well; else why it is ill, valid until the next turn of the loop. */
const char *health_ill_why(const struct health *health);
/* Worst lag since the last take. */
int64_t health_take_lag_us(struct health *health);

#endif
