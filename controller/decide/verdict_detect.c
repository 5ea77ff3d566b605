/*
 * How long a fault may go unseen: the core itself is asked.  A fault that every
 * region sees begins when a run has just begun that is still good; from then on
 * each run takes its whole time and fails, scheduled ones and those that the
 * core asks for, until it says DOWN.  Of all the regions that the fault may
 * begin behind, the longest counts.
 */
#include "controller/decide/verdict_lock.h"

#include <assert.h>

#include "controller/decide/verdict_priv.h"

#define AGAIN_MS   1000 /* the second run of a confirmation, after the first */
#define ROUNDS_MAX 100  /* intervals; any rule is down long before */
#define START_MS   INT64_C(1000000000000)
#define NEVER      INT64_MAX

struct probe {                /* one region's */
    int64_t scheduled_ms;     /* its next turn */
    int64_t scheduled_end_ms; /* NEVER: it does not run */
    int64_t asked_end_ms;
    int64_t slot_ms; /* of what runs by schedule */
    bool again;      /* of what was asked */
};

struct sim {
    struct verdict_rule rule;
    struct verdict_state state;
    struct probe probe[VERDICT_REGIONS_MAX];
    int64_t now_ms;
    int64_t time_ms; /* VERDICT_TIME; NEVER: none is due */
};

static void
take_actions(struct sim *s, const struct verdict_actions *actions)
{
    for (uint32_t i = 0; i < s->rule.regions; i++) {
        uint32_t bit = UINT32_C(1) << i;

        if (((actions->confirm | actions->rerun) & bit) == 0)
            continue;
        s->probe[i].asked_end_ms = s->now_ms + s->rule.timeout_ms;
        s->probe[i].again = (actions->again & bit) != 0;
    }
    s->time_ms = actions->next.ms != 0 ? actions->next.ms : NEVER;
}

static void
tell(struct sim *s, struct verdict_event event)
{
    struct verdict_actions actions;

    verdict_on_event(&s->state, &s->rule, &event, (wall_t){s->now_ms},
                     &actions);
    take_actions(s, &actions);
}

static void
end_run(struct sim *s, uint32_t region, bool is_asked, enum status status)
{
    const struct probe *p = &s->probe[region];

    tell(s, (struct verdict_event){
                .kind = VERDICT_RESULT,
                .region = region,
                .status = status,
                .slot = {p->slot_ms},
                .started = {s->now_ms - s->rule.timeout_ms},
                .end = {s->now_ms},
                .is_asked = is_asked,
            });
}

/* What happens at s->now_ms in one region. */
static void
step(struct sim *s, uint32_t region)
{
    struct probe *p = &s->probe[region];

    if (p->scheduled_end_ms == s->now_ms) {
        p->scheduled_end_ms = NEVER;
        end_run(s, region, false, STATUS_DOWN);
    }
    if (p->asked_end_ms == s->now_ms) {
        p->asked_end_ms =
            p->again ? s->now_ms + AGAIN_MS + s->rule.timeout_ms : NEVER;
        p->again = false;
        end_run(s, region, true, STATUS_DOWN);
    }
    if (p->scheduled_ms == s->now_ms) {
        p->slot_ms = s->now_ms - s->rule.every_ms * region / s->rule.regions;
        p->scheduled_ms += s->rule.every_ms;
        p->scheduled_end_ms = s->now_ms + s->rule.timeout_ms;
    }
}

static int64_t
next_moment(const struct sim *s)
{
    int64_t next = s->time_ms;

    for (uint32_t i = 0; i < s->rule.regions; i++) {
        const struct probe *p = &s->probe[i];

        next = p->scheduled_ms < next ? p->scheduled_ms : next;
        next = p->scheduled_end_ms < next ? p->scheduled_end_ms : next;
        next = p->asked_end_ms < next ? p->asked_end_ms : next;
    }
    return next;
}

/* All is well up to the turn of `last`, which begins in time to be good. */
static void
begin(struct sim *s, const struct verdict_rule *rule, uint32_t last)
{
    int64_t first = START_MS - START_MS % rule->every_ms;

    *s = (struct sim){.rule = *rule, .time_ms = NEVER};
    s->rule.is_paused = false;
    s->rule.offset_ms = 0;
    verdict_init(&s->state);
    for (uint32_t k = 0; k < rule->regions; k++) {
        uint32_t i = (last + 1 + k) % rule->regions;
        struct probe *p = &s->probe[i];

        /* Before and after the fault: of those up to `last` this slot's turn
         * is over. */
        p->scheduled_ms = first + rule->every_ms * i / rule->regions;
        p->slot_ms = first - (i > last ? rule->every_ms : 0);
        s->now_ms = p->scheduled_ms - (i > last ? rule->every_ms : 0);
        if (i <= last)
            p->scheduled_ms += rule->every_ms;
        p->scheduled_end_ms = p->asked_end_ms = NEVER;
        end_run(s, i, false, STATUS_UP);
    }
}

static int64_t
detect_ms(const struct verdict_rule *rule, uint32_t last)
{
    struct sim s;
    int64_t fault_ms;

    begin(&s, rule, last);
    fault_ms = s.now_ms;
    while (s.state.verdict != VERDICT_DOWN &&
           s.now_ms - fault_ms < ROUNDS_MAX * rule->every_ms) {
        int64_t next = next_moment(&s);

        s.now_ms = next > s.now_ms ? next : s.now_ms + 1;
        for (uint32_t i = 0; i < rule->regions; i++)
            step(&s, i);
        if (s.time_ms <= s.now_ms)
            tell(&s, (struct verdict_event){.kind = VERDICT_TIME});
    }
    return s.now_ms - fault_ms;
}

int64_t
verdict_lock_detect_ms(const struct verdict_rule *rule)
{
    int64_t longest = 0;

    assert(rule->regions > 0 && rule->regions <= VERDICT_REGIONS_MAX);
    for (uint32_t i = 0; i < rule->regions; i++) {
        int64_t took = detect_ms(rule, i);

        longest = took > longest ? took : longest;
    }
    return longest;
}
