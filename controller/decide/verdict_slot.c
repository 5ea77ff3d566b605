/*
 * A ring of open slots, each with every region's newest status in it.
 *
 *   index   0    1    2    3    4    5
 *          |----|----|----|----|----|
 *                     ^ next closes first      ^ newest begun
 *
 * Slots are told apart by their index on the check's own grid, not by their
 * begin: two probes whose clocks differ by some milliseconds name the same
 * slot with different times.  The first result seen gives the grid its phase;
 * later ones are rounded to it.
 *
 * With timeout <= every at most 13 slots of a check are open (every = 1 s:
 * 1 s + 1 s + 10 s of grace), so the ring of 16 loses none that is on time.
 */
#include "controller/decide/verdict_priv.h"

#include <assert.h>

static int64_t
floor_div(int64_t a, int64_t b)
{
    int64_t q = a / b;

    return q - (a % b != 0 && (a < 0) != (b < 0));
}

void
verdict_ring_reset(struct verdict_ring *ring, int64_t length_ms, wall_t first)
{
    assert(length_ms > 0);
    *ring = (struct verdict_ring){
        .length_ms = length_ms,
        .phase_ms = first.ms - floor_div(first.ms, length_ms) * length_ms,
        .next = floor_div(first.ms, length_ms),
    };
}

int64_t
verdict_ring_index(const struct verdict_ring *ring, wall_t at, int64_t slack_ms)
{
    assert(ring->length_ms > 0);
    return floor_div(at.ms - ring->phase_ms + slack_ms, ring->length_ms);
}

wall_t
verdict_ring_begin(const struct verdict_ring *ring, int64_t index)
{
    return (wall_t){index * ring->length_ms + ring->phase_ms};
}

/* When the slot at `index` is over for good. */
static wall_t
due_of(const struct verdict_ring *ring, const struct verdict_rule *rule,
       int64_t index)
{
    wall_t begin = verdict_ring_begin(ring, index);

    return (wall_t){begin.ms + ring->length_ms + rule->timeout_ms +
                    VERDICT_GRACE_MS};
}

wall_t
verdict_ring_due(const struct verdict_ring *ring,
                 const struct verdict_rule *rule)
{
    return due_of(ring, rule, ring->next);
}

static struct verdict_slot *
place_of(struct verdict_ring *ring, int64_t index)
{
    int64_t at = index - floor_div(index, VERDICT_SLOTS) * VERDICT_SLOTS;

    return &ring->slot[at];
}

struct verdict_slot *
verdict_ring_enter(struct verdict_ring *ring, int64_t index, wall_t now)
{
    struct verdict_slot *slot;

    if (index < ring->next || index - ring->next >= VERDICT_SLOTS)
        return NULL;
    if (verdict_ring_begin(ring, index).ms > now.ms + ring->length_ms)
        return NULL;
    slot = place_of(ring, index);
    if (!slot->is_used || slot->index != index)
        *slot = (struct verdict_slot){.index = index, .is_used = true};
    return slot;
}

struct verdict_slot
verdict_ring_close(struct verdict_ring *ring)
{
    struct verdict_slot *slot = place_of(ring, ring->next);
    struct verdict_slot closed = {.index = ring->next};

    if (slot->is_used && slot->index == ring->next)
        closed = *slot;
    *slot = (struct verdict_slot){0};
    ring->next++;
    return closed;
}

void
verdict_ring_skip(struct verdict_ring *ring, const struct verdict_rule *rule,
                  wall_t now)
{
    int64_t open_ms = ring->length_ms + rule->timeout_ms + VERDICT_GRACE_MS;
    int64_t oldest_open = verdict_ring_index(ring, now, -open_ms) + 1;
    size_t i;

    if (oldest_open - ring->next <= VERDICT_SLOTS)
        return;
    for (i = 0; i < VERDICT_SLOTS; i++)
        if (ring->slot[i].is_used)
            return;
    ring->next = oldest_open;
}

void
verdict_slot_put(struct verdict_slot *slot, uint32_t region, enum status status,
                 bool is_asked)
{
    assert(region < VERDICT_REGIONS_MAX);
    slot->reported |= UINT32_C(1) << region;
    if (!is_asked)
        slot->scheduled |= UINT32_C(1) << region;
    slot->status[region] = (uint8_t)status;
}

enum verdict
verdict_slot_verdict(const struct verdict_slot *slot,
                     const struct verdict_rule *rule)
{
    struct verdict_tally tally = {0};
    uint32_t i;

    for (i = 0; i < rule->regions; i++)
        if (slot->reported & (UINT32_C(1) << i))
            verdict_tally_add(&tally, (enum status)slot->status[i]);
    return verdict_conclude(rule, tally);
}
