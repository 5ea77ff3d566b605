#include "probe/clockset.h"

#define SANE_MS 253402300799999LL /* the year 9999 */

void
clockset_add(struct clockset *set, const struct clockset_exchange *e)
{
    size_t at = set->count % CLOCKSET_KEPT;
    int64_t rtt_ms;

    if (e->t1_ms < 0 || e->t1_ms > SANE_MS || e->t2_ms < e->t1_ms ||
        e->t2_ms > SANE_MS)
        return;
    rtt_ms = (e->t3_ms - e->t0_ms) - (e->t2_ms - e->t1_ms);
    /* Both clocks count whole milliseconds: 1 below zero is rounding. */
    if (rtt_ms < -1)
        return;
    set->rtt_ms[at] = rtt_ms < 0 ? 0 : rtt_ms;
    set->offset_ms[at] = ((e->t1_ms - e->t0_ms) + (e->t2_ms - e->t3_ms)) / 2;
    set->count++;
}

static size_t
best(const struct clockset *set)
{
    size_t kept = set->count < CLOCKSET_KEPT ? set->count : CLOCKSET_KEPT;
    size_t found = 0;

    for (size_t i = 1; i < kept; i++)
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
