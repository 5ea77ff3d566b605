/*
 * How a verdict is found.  Each event walks the same road:
 *
 *   1. fold     a result becomes its region's newest; a first failure alone
 *               changes no vote, the second in a row does (the third where
 *               there is one region only); an error is no run of the target
 *   2. enter    the result is written into the slot it was scheduled in
 *   3. confirm  a first failure asks the same region again and every other
 *               region too, but those that are being asked already; with a
 *               lock one after another (verdict_lock.c)
 *   4. close    slots whose time is over get their verdict
 *   5. judge    every region is marked with one vote_reason, the counted ones
 *               are tallied: unknown, down, degraded, partial or up
 *   6. hold     down is left only after `recover` good slots in a row that
 *               began after it was found
 *   7. rerun    a slow check that is down runs every 30 s besides (not with a
 *               lock), and these rounds are the slots that count for 6
 *   8. next     when time alone will change something
 *
 * V1  the order in which votes came in does not change the verdict.
 * V2  a region falling silent (stale, lost, ill, error) never turns up into
 *     down: it can only take votes away, and up means that none fails.
 */
#include "controller/decide/verdict_priv.h"

#include <assert.h>

#define QUORUM_DEFAULT       2
#define MIN_ELIGIBLE_DEFAULT 2
#define RECOVER_DEFAULT      2
#define FAILURES_TO_VOTE     2
#define FAILURES_ALONE       3    /* with nobody to ask, one more run */
#define ROUND_SLACK_MS       1000 /* clocks of probe and controller differ */

static const char *const verdict_names[] = {"up",   "degraded", "partial",
                                            "down", "unknown",  "paused"};
static const char *const vote_names[] = {"counted", "pending", "stale", "ill",
                                         "lost",    "paused",  "error", "none"};

const char *
verdict_name(enum verdict verdict)
{
    assert(verdict <= VERDICT_PAUSED);
    return verdict_names[verdict];
}

const char *
verdict_vote_name(enum vote_reason why)
{
    assert(why <= VOTE_NONE);
    return vote_names[why];
}

void
verdict_init(struct verdict_state *state)
{
    *state = (struct verdict_state){.verdict = VERDICT_UNKNOWN};
}

/* ---- the rule ---- */

static uint32_t
at_most(int value, int fallback, uint32_t most)
{
    uint32_t v = (uint32_t)(value > 0 ? value : fallback);

    return v < most ? v : most;
}

void
verdict_tally_add(struct verdict_tally *tally, enum status status)
{
    switch (status) {
    case STATUS_UP:
        tally->eligible++;
        break;
    case STATUS_DEGRADED:
        tally->eligible++;
        tally->degraded++;
        break;
    case STATUS_DOWN:
        tally->eligible++;
        tally->failing++;
        break;
    case STATUS_ERROR:
        break;
    }
}

enum verdict
verdict_conclude(const struct verdict_rule *rule, struct verdict_tally tally)
{
    uint32_t quorum = at_most(rule->quorum, QUORUM_DEFAULT, rule->regions);
    uint32_t enough =
        at_most(rule->min_eligible, MIN_ELIGIBLE_DEFAULT, rule->regions);
    uint32_t need = tally.eligible / 2 + 1;

    if (need < quorum)
        need = quorum;
    if (rule->is_paused)
        return VERDICT_PAUSED;
    if (tally.eligible < enough)
        return VERDICT_UNKNOWN;
    if (tally.eligible < quorum && tally.failing > 0)
        return VERDICT_UNKNOWN;
    if (tally.failing >= need)
        return VERDICT_DOWN;
    if (tally.failing + tally.degraded >= need)
        return VERDICT_DEGRADED;
    return tally.failing > 0 ? VERDICT_PARTIAL : VERDICT_UP;
}

/* A vote older than this is stale. */
static int64_t
young_ms(const struct verdict_rule *rule)
{
    return rule->every_ms * 5 / 2 + rule->timeout_ms;
}

static int
failures_needed(const struct verdict_rule *rule)
{
    if (rule->is_beat)
        return 1;
    return rule->regions == 1 ? FAILURES_ALONE : FAILURES_TO_VOTE;
}

struct verdict_vote
verdict_vote(const struct verdict_state *state, const struct verdict_rule *rule,
             uint32_t region, wall_t now)
{
    const struct verdict_region *r = &state->region[region];
    struct verdict_vote vote = {VOTE_COUNTED, (enum status)r->vote};

    assert(region < rule->regions);
    if (rule->is_paused)
        vote.why = VOTE_PAUSED;
    else if (r->is_lost)
        vote.why = VOTE_LOST;
    else if (r->is_ill)
        vote.why = VOTE_ILL;
    else if (r->end.ms == 0)
        vote.why = VOTE_NONE;
    else if (now.ms - r->end.ms > young_ms(rule))
        vote.why = VOTE_STALE;
    else if (r->newest == STATUS_ERROR)
        vote.why = VOTE_ERROR;
    else if (!r->has_vote)
        vote.why = VOTE_PENDING;
    return vote;
}

/* The counted votes; their regions as bits in *eligible. */
static struct verdict_tally
tally_votes(const struct verdict_state *state, const struct verdict_rule *rule,
            wall_t now, uint32_t *eligible)
{
    struct verdict_tally tally = {0};
    struct verdict_vote vote;
    uint32_t i;

    *eligible = 0;
    for (i = 0; i < rule->regions; i++) {
        vote = verdict_vote(state, rule, i, now);
        if (vote.why != VOTE_COUNTED)
            continue;
        *eligible |= UINT32_C(1) << i;
        verdict_tally_add(&tally, vote.stands);
    }
    return tally;
}

/* ---- 1. fold ---- */

/* True when the result is a first failure. */
static bool
fold(struct verdict_region *r, const struct verdict_rule *rule,
     const struct verdict_event *event, wall_t now)
{
    wall_t end = event->end.ms < now.ms ? event->end : now;

    if (end.ms < r->end.ms)
        return false;
    /* What was seen before a silence is as old as a stale vote: it neither
     * stands until a second failure nor makes this one the second. */
    if (r->end.ms != 0 && end.ms - r->end.ms > young_ms(rule)) {
        r->has_vote = false;
        r->failures = 0;
    }
    r->end = end;
    r->newest = (uint8_t)event->status;
    if (event->status == STATUS_ERROR)
        return false;
    if (event->status != STATUS_DOWN) {
        r->failures = 0;
    } else {
        r->failures = r->failures < UINT8_MAX ? (uint8_t)(r->failures + 1)
                                              : (uint8_t)UINT8_MAX;
        if (r->failures < failures_needed(rule))
            return r->failures == 1;
    }
    r->vote = (uint8_t)event->status;
    r->has_vote = true;
    return false;
}

/* ---- 3. confirm ---- */

/* One region at a time: verdict_lock.c asks the next when this one is in. */
static void
confirm_locked(struct verdict_state *state, const struct verdict_rule *rule,
               const struct verdict_event *event)
{
    const struct verdict_region *r = &state->region[event->region];
    bool is_settled =
        event->status != STATUS_DOWN || r->failures >= failures_needed(rule);
    bool is_answer =
        verdict_lock_result(state, event->region, is_settled, event->is_asked);

    if (!is_settled && !rule->is_paused)
        verdict_lock_want(state, rule, event->region, !is_answer);
}

static bool
is_asked(const struct verdict_region *r, const struct verdict_rule *rule,
         wall_t now)
{
    return r->asked.ms != 0 &&
           now.ms - r->asked.ms < rule->timeout_ms + VERDICT_ANSWER_MS;
}

static void
ask(struct verdict_region *r, uint32_t bit, bool again, wall_t now,
    struct verdict_actions *actions)
{
    r->asked = now;
    actions->confirm |= bit;
    if (again)
        actions->again |= bit;
}

static void
confirm(struct verdict_state *state, const struct verdict_rule *rule,
        const struct verdict_event *event, wall_t now,
        struct verdict_actions *actions)
{
    uint32_t i;

    for (i = 0; i < rule->regions; i++) {
        struct verdict_region *r = &state->region[i];

        if (r->is_lost || r->is_ill || is_asked(r, rule, now))
            continue;
        /* The region that failed has its first failure already; where it is
         * alone, three are needed. */
        ask(r, UINT32_C(1) << i, i != event->region || rule->regions == 1, now,
            actions);
    }
}

/* ---- 2. and 6. slots, and the way out of down ---- */

static bool
uses_rounds(const struct verdict_rule *rule)
{
    return rule->every_ms > VERDICT_RERUN_MS && !rule->is_locked &&
           !rule->is_beat;
}

/* A slot's verdict bears on recovery: good ones are counted once, as soon as
 * every eligible region is in (or when the slot closes); a bad one starts the
 * count again.  Runs that were asked for make no slot good without all. */
static void
weigh(struct verdict_state *state, const struct verdict_rule *rule,
      struct verdict_slot *slot, wall_t now, bool is_closing)
{
    const struct verdict_ring *ring =
        uses_rounds(rule) ? &state->rounds : &state->slots;
    enum verdict verdict = verdict_slot_verdict(slot, rule);
    uint32_t eligible;

    if (rule->is_beat || state->down.ms == 0 ||
        verdict_ring_begin(ring, slot->index).ms <= state->down.ms)
        return;
    tally_votes(state, rule, now, &eligible);
    if (verdict == VERDICT_DOWN) {
        /* A bad slot had its say with its last result.  It closes seconds
         * later, when good ones after it may have been counted already. */
        if (!is_closing) {
            state->good = 0;
            slot->is_good = false;
        }
        return;
    }
    if (verdict == VERDICT_UNKNOWN || verdict == VERDICT_PAUSED ||
        slot->is_good)
        return;
    if ((eligible & ~slot->reported) != 0 &&
        !(is_closing && slot->scheduled != 0))
        return;
    slot->is_good = true;
    state->good++;
}

/* A result that came after a newer one of its region may still be the only
 * one of its slot. */
static void
put(struct verdict_slot *slot, const struct verdict_event *event,
    bool is_newest)
{
    if (is_newest || !(slot->reported & (UINT32_C(1) << event->region)))
        verdict_slot_put(slot, event->region, event->status, event->is_asked);
}

static void
enter(struct verdict_state *state, const struct verdict_rule *rule,
      const struct verdict_event *event, wall_t now, bool is_newest)
{
    struct verdict_ring *ring = &state->slots;
    struct verdict_slot *slot;

    /* No probe's clock that is believed is so far off. */
    if (event->slot.ms < 0 || event->slot.ms > now.ms + rule->every_ms ||
        event->started.ms < 0 || event->started.ms > now.ms + rule->every_ms)
        return;
    if (ring->length_ms != rule->every_ms)
        verdict_ring_reset(ring, rule->every_ms, event->slot);
    slot = verdict_ring_enter(
        ring, verdict_ring_index(ring, event->slot, ring->length_ms / 2), now);
    if (slot != NULL) {
        put(slot, event, is_newest);
        if (!uses_rounds(rule))
            weigh(state, rule, slot, now, false);
    }
    ring = &state->rounds;
    if (!uses_rounds(rule) || ring->length_ms == 0)
        return;
    slot = verdict_ring_enter(
        ring, verdict_ring_index(ring, event->started, ROUND_SLACK_MS), now);
    if (slot != NULL) {
        put(slot, event, is_newest);
        weigh(state, rule, slot, now, false);
    }
}

/* ---- 4. close ---- */

static void
close_slots(struct verdict_state *state, const struct verdict_rule *rule,
            wall_t now, struct verdict_actions *actions)
{
    struct verdict_ring *ring = &state->slots;
    struct verdict_slot slot;

    while (ring->length_ms != 0 && actions->closed_count < VERDICT_SLOTS) {
        verdict_ring_skip(ring, rule, now);
        if (verdict_ring_due(ring, rule).ms > now.ms)
            break;
        slot = verdict_ring_close(ring);
        if (!uses_rounds(rule))
            weigh(state, rule, &slot, now, true);
        actions->closed[actions->closed_count++] = (struct verdict_closed){
            verdict_ring_begin(ring, slot.index),
            verdict_slot_verdict(&slot, rule),
        };
    }
    ring = &state->rounds;
    while (ring->length_ms != 0) {
        verdict_ring_skip(ring, rule, now);
        if (verdict_ring_due(ring, rule).ms > now.ms)
            break;
        slot = verdict_ring_close(ring);
        weigh(state, rule, &slot, now, true);
    }
}

/* ---- 5. judge, 6. hold ---- */

static void
turn_down(struct verdict_state *state, wall_t now)
{
    if (state->down.ms == 0)
        state->down = now;
    state->good = 0;
}

static void
end_down(struct verdict_state *state)
{
    state->down = (wall_t){0};
    state->rerun = (wall_t){0};
    state->rounds = (struct verdict_ring){0};
    state->good = 0;
}

static enum verdict
hold(struct verdict_state *state, const struct verdict_rule *rule,
     enum verdict votes, wall_t now)
{
    int needed = rule->recover > 0 ? rule->recover : RECOVER_DEFAULT;

    switch (votes) {
    case VERDICT_DOWN:
        turn_down(state, now);
        return VERDICT_DOWN;
    case VERDICT_UNKNOWN:
    case VERDICT_PAUSED:
        return votes;
    case VERDICT_UP:
    case VERDICT_DEGRADED:
    case VERDICT_PARTIAL:
        break;
    }
    if (state->down.ms != 0 && state->good < needed)
        return VERDICT_DOWN;
    end_down(state);
    return votes;
}

static void
judge(struct verdict_state *state, const struct verdict_rule *rule, wall_t now)
{
    uint32_t eligible;
    struct verdict_tally tally = tally_votes(state, rule, now, &eligible);
    enum verdict verdict =
        hold(state, rule, verdict_conclude(rule, tally), now);

    if (verdict != state->verdict || state->since.ms == 0)
        state->since = now;
    state->verdict = verdict;
}

/* ---- 7. rerun ---- */

static void
rerun(struct verdict_state *state, const struct verdict_rule *rule, wall_t now,
      struct verdict_actions *actions)
{
    uint32_t i;

    if (state->down.ms == 0 || !uses_rounds(rule) || rule->is_paused)
        return;
    if (state->rerun.ms == 0) {
        /* The confirmations were the first round. */
        state->rerun = now;
        verdict_ring_reset(&state->rounds, VERDICT_RERUN_MS, now);
    }
    if (now.ms - state->rerun.ms < VERDICT_RERUN_MS)
        return;
    /* Stays on its grid, however late the timer was. */
    state->rerun.ms = now.ms - (now.ms - state->rerun.ms) % VERDICT_RERUN_MS;
    for (i = 0; i < rule->regions; i++)
        if (!state->region[i].is_lost && !state->region[i].is_ill)
            actions->rerun |= UINT32_C(1) << i;
}

/* ---- 8. next ---- */

static void
earliest(wall_t *next, int64_t ms)
{
    if (next->ms == 0 || ms < next->ms)
        next->ms = ms;
}

static wall_t
next_time(const struct verdict_state *state, const struct verdict_rule *rule,
          wall_t now)
{
    wall_t next = {0};
    int64_t stale_ms;
    uint32_t i;

    for (i = 0; i < rule->regions; i++) {
        stale_ms = state->region[i].end.ms + young_ms(rule) + 1;
        if (state->region[i].end.ms != 0 && stale_ms > now.ms)
            earliest(&next, stale_ms);
    }
    if (state->slots.length_ms != 0)
        earliest(&next, verdict_ring_due(&state->slots, rule).ms);
    if (state->rounds.length_ms != 0)
        earliest(&next, verdict_ring_due(&state->rounds, rule).ms);
    if (state->rerun.ms != 0)
        earliest(&next, state->rerun.ms + VERDICT_RERUN_MS);
    return next;
}

/* ---- the road ---- */

static void
on_result(struct verdict_state *state, const struct verdict_rule *rule,
          const struct verdict_event *event, wall_t now,
          struct verdict_actions *actions)
{
    struct verdict_region *r = &state->region[event->region];
    bool was_asked = is_asked(r, rule, now);
    bool is_newest = event->end.ms >= r->end.ms;
    bool is_first;

    if (r->is_ill)
        return; /* kept and marked elsewhere; not a word of it counts here */
    is_first = fold(r, rule, event, now);
    if (event->is_asked &&
        (event->status != STATUS_DOWN || r->failures >= failures_needed(rule)))
        r->asked = (wall_t){0};
    if (rule->is_beat && is_newest && state->down.ms != 0)
        state->good = event->status == STATUS_DOWN ? 0 : state->good + 1;
    enter(state, rule, event, now, is_newest);
    if (rule->is_locked) {
        if (is_newest)
            confirm_locked(state, rule, event);
        return;
    }
    /* A failing answer to a confirmation belongs to it and begins no other. */
    if (is_first && !(event->is_asked && was_asked) && !rule->is_paused &&
        !rule->is_beat)
        confirm(state, rule, event, now, actions);
}

void
verdict_on_event(struct verdict_state *state, const struct verdict_rule *rule,
                 const struct verdict_event *event, wall_t now,
                 struct verdict_actions *actions)
{
    wall_t look = {0};

    assert(rule->regions > 0 && rule->regions <= VERDICT_REGIONS_MAX);
    assert(rule->every_ms > 0 && rule->timeout_ms >= 0);
    assert(event->kind == VERDICT_TIME || event->region < rule->regions);
    *actions = (struct verdict_actions){0};
    if (!uses_rounds(rule) && state->rounds.length_ms != 0) {
        /* The check became a fast one: its own slots count from now on. */
        state->rounds = (struct verdict_ring){0};
        state->rerun = (wall_t){0};
    }
    close_slots(state, rule, now, actions);
    switch (event->kind) {
    case VERDICT_RESULT:
        on_result(state, rule, event, now, actions);
        break;
    case VERDICT_REGION:
        state->region[event->region].is_lost = event->is_lost;
        state->region[event->region].is_ill = event->is_ill;
        break;
    case VERDICT_TIME:
        break;
    }
    judge(state, rule, now);
    rerun(state, rule, now, actions);
    if (rule->is_locked)
        look = verdict_lock_turn(state, rule, now, actions);
    actions->next = next_time(state, rule, now);
    if (look.ms != 0)
        earliest(&actions->next, look.ms);
}
