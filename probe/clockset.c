#include "probe/clockset.h"

#include <stdbool.h>
#include <stdlib.h>

#define SANE_MS 253402300799999LL /* the year 9999 */

static size_t
kept(const struct clockset *set)
{
    return set->count < CLOCKSET_KEPT ? set->count : CLOCKSET_KEPT;
}

/* An exchange is wrong by half its rtt at most. */
static bool
contradicts(const struct clockset *set, int64_t offset_ms, int64_t rtt_ms)
{
    for (size_t i = 0; i < kept(set); i++)
        if (llabs(set->offset_ms[i] - offset_ms) >
            (set->rtt_ms[i] + rtt_ms) / 2 + CLOCKSET_DRIFT_MS)
            return true;
    return false;
}

void
clockset_add(struct clockset *set, const struct clockset_exchange *e)
{
    int64_t offset_ms, rtt_ms;
    size_t at;

    if (e->t1_ms < 0 || e->t1_ms > SANE_MS || e->t2_ms < e->t1_ms ||
        e->t2_ms > SANE_MS)
        return;
    rtt_ms = (e->t3_ms - e->t0_ms) - (e->t2_ms - e->t1_ms);
    /* Both clocks count whole milliseconds: 1 below zero is rounding. */
    if (rtt_ms < -1)
        return;
    rtt_ms = rtt_ms < 0 ? 0 : rtt_ms;
    offset_ms = ((e->t1_ms - e->t0_ms) + (e->t2_ms - e->t3_ms)) / 2;
    if (contradicts(set, offset_ms, rtt_ms))
        set->count = 0;
    at = set->count % CLOCKSET_KEPT;
    set->rtt_ms[at] = rtt_ms;
    set->offset_ms[at] = offset_ms;
    set->count++;
}

void
clockset_step(struct clockset *set, int64_t by_ms)
{
    for (size_t i = 0; i < kept(set); i++)
        set->offset_ms[i] -= by_ms;
}

static size_t
best(const struct clockset *set)
{
    size_t found = 0;

    for (size_t i = 1; i < kept(set); i++)
        if (set->rtt_ms[i] < set->rtt_ms[found])
            found = i;
    return found;
}

int64_t
clockset_offset_ms(const struct clockset *set)
{
    return set->count == 0 ? 0 : set->offset_ms[best(set)];
}

int64_t
clockset_rtt_ms(const struct clockset *set)
{
    return set->count == 0 ? -1 : set->rtt_ms[best(set)];
}
