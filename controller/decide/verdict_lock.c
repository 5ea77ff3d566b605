/*
 * A check with a lock: one region at a time.  Nothing is locked on the network;
 * the schedule gives each region a window of its own (every / n), and a run
 * that is asked for has to fit between the scheduled ones:
 *
 *      |<- region 0's window ->|<- region 1's window ->|
 *      [scheduled run.....]        [scheduled run.....]
 *                          ^free from here
 *                          [asked run, at its longest]   must end before this
 *
 * So confirmations go one after another: `wanted` are those still to be asked,
 * `turn` the moment until which the one asked last may be running.
 *
 * L1  at most one run is asked for at a time.
 * L2  none is asked that might not be over when the next scheduled run begins,
 *     nor before the one that is scheduled now has ended: its result is here,
 *     or its longest time is over.
 * L3  where the windows have no room the scheduled runs themselves confirm.
 */
#include "controller/decide/verdict_lock.h"

#include <assert.h>

#include "controller/decide/verdict_priv.h"

struct window { /* that a moment lies in */
    int64_t slot;
    uint32_t region;
    int64_t slot_ms; /* the slot's own begin */
    int64_t begin_ms;
    int64_t end_ms; /* the next scheduled run begins */
};

static int64_t
floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* As probe/schedule.h has it, without jitter: a lock has none. */
static int64_t
begin_of(const struct verdict_rule *rule, int64_t slot, uint32_t region)
{
    return slot * rule->every_ms + rule->offset_ms +
           rule->every_ms * region / rule->regions;
}

static struct window
window_at(const struct verdict_rule *rule, wall_t now)
{
    struct window w = {.slot =
                           floor_div(now.ms - rule->offset_ms, rule->every_ms)};

    while (w.region + 1 < rule->regions &&
           begin_of(rule, w.slot, w.region + 1) <= now.ms)
        w.region++;
    w.slot_ms = begin_of(rule, w.slot, 0);
    w.begin_ms = begin_of(rule, w.slot, w.region);
    w.end_ms = w.region + 1 < rule->regions
                   ? begin_of(rule, w.slot, w.region + 1)
                   : begin_of(rule, w.slot + 1, 0);
    return w;
}

/* Has the window's own run reported? */
static bool
has_ended(const struct verdict_state *state, const struct window *w)
{
    const struct verdict_ring *ring = &state->slots;
    int64_t index;

    if (ring->length_ms == 0)
        return false;
    index = verdict_ring_index(ring, (wall_t){w->slot_ms}, ring->length_ms / 2);
    for (size_t i = 0; i < VERDICT_SLOTS; i++)
        if (ring->slot[i].is_used && ring->slot[i].index == index)
            return (ring->slot[i].scheduled & UINT32_C(1) << w->region) != 0;
    return false;
}

static int64_t
longest_ms(const struct verdict_rule *rule)
{
    return rule->timeout_ms + VERDICT_LOCK_MS;
}

/* ms 0: there is no room now. */
static wall_t
begin_by(const struct verdict_state *state, const struct verdict_rule *rule,
         wall_t now)
{
    const struct window w = window_at(rule, now);
    int64_t last_ms = w.end_ms - longest_ms(rule);

    assert(rule->is_locked);
    if (state->turn.ms > now.ms || now.ms > last_ms)
        return (wall_t){0};
    if (now.ms < w.begin_ms + longest_ms(rule) && !has_ended(state, &w))
        return (wall_t){0};
    return (wall_t){last_ms};
}

wall_t
verdict_lock_take(struct verdict_state *state, const struct verdict_rule *rule,
                  uint32_t region, wall_t now)
{
    const wall_t by = begin_by(state, rule, now);

    if (by.ms == 0)
        return by;
    state->region[region].asked = now;
    state->turn_region = region;
    state->turn = (wall_t){by.ms + longest_ms(rule)};
    return by;
}

/* When it is worth another look, though nothing is heard meanwhile. */
static wall_t
next_look(const struct verdict_state *state, const struct verdict_rule *rule,
          wall_t now)
{
    const struct window w = window_at(rule, now);
    int64_t free_ms = w.begin_ms + longest_ms(rule);

    if (state->turn.ms > now.ms)
        return state->turn;
    if (now.ms < free_ms && free_ms + longest_ms(rule) <= w.end_ms)
        return (wall_t){free_ms};
    return (wall_t){w.end_ms + longest_ms(rule)};
}

/* ---- who is to be asked ---- */

void
verdict_lock_want(struct verdict_state *state, const struct verdict_rule *rule,
                  uint32_t region, bool is_new)
{
    if (is_new && state->wanted == 0 && state->turn.ms == 0) {
        state->wanted = rule->regions == VERDICT_REGIONS_MAX
                            ? UINT32_MAX
                            : (UINT32_C(1) << rule->regions) - 1;
        state->turn_region = region; /* the one that failed, first */
    }
    state->wanted |= UINT32_C(1) << region;
}

bool
verdict_lock_result(struct verdict_state *state, uint32_t region,
                    bool is_settled, bool is_asked)
{
    if (is_settled)
        state->wanted &= ~(UINT32_C(1) << region);
    if (!is_asked || state->turn.ms == 0 || state->turn_region != region)
        return false;
    state->turn = (wall_t){0};
    state->turn_region++; /* the others before it again */
    return true;
}

/* The first wanted one from turn_region on, round about; or `regions`. */
static uint32_t
pick(struct verdict_state *state, const struct verdict_rule *rule)
{
    for (uint32_t i = 0; i < rule->regions; i++) {
        uint32_t region = (state->turn_region + i) % rule->regions;
        uint32_t bit = UINT32_C(1) << region;

        if ((state->wanted & bit) == 0)
            continue;
        if (!state->region[region].is_lost && !state->region[region].is_ill)
            return region;
        state->wanted &= ~bit;
    }
    return rule->regions;
}

wall_t
verdict_lock_turn(struct verdict_state *state, const struct verdict_rule *rule,
                  wall_t now, struct verdict_actions *actions)
{
    uint32_t region;

    if (state->turn.ms != 0 && state->turn.ms <= now.ms) {
        state->turn = (wall_t){0}; /* no answer came: its vote stays */
        state->turn_region++;
    }
    region = pick(state, rule);
    if (region == rule->regions)
        return state->turn;
    actions->begin_by = verdict_lock_take(state, rule, region, now);
    if (actions->begin_by.ms == 0)
        return next_look(state, rule, now);
    actions->confirm = UINT32_C(1) << region;
    state->wanted &= ~actions->confirm;
    return state->turn;
}
