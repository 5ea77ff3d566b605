/*
 * One road for every event: the pure core says what it means, and what follows
 * is done in this order:
 *
 *   1. runs it asks for       fleet, at once: they answer a question
 *   2. slots it closed        into the day's counts
 *   3. a verdict that changed to the log and to whoever looks on
 *   4. every rule             may open or resolve an incident
 *   5. the timer              for what time alone will change
 *   6. the store              decider_commit.c; pages follow their commit
 *
 * Results come a batch at a time and are committed a batch at a time: between
 * two of the same batch there is no commit, so the state on disk is always the
 * one after a whole batch, the one that the cursor names.
 */
#include "controller/decider_priv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/str.h"
#include "checks/spec.h"
#include "controller/clock_watch.h"
#include "controller/decide/verdict_lock.h"
#include "controller/fleet.h"
#include "wire/message.h"

#define AGAIN_MS     1000 /* the second run of a confirmation */
#define TIMER_MIN_MS 1
#define MS_PER_DAY   INT64_C(86400000)

struct decider *
decider_create(const struct decider_ports *ports)
{
    struct decider *decider = str_xcalloc(1, sizeof *decider);

    decider->ports = *ports;
    return decider;
}

void
decider_free(struct decider *decider)
{
    struct decider_case *c, *next;
    size_t i;

    if (decider == NULL)
        return;
    decider_commit_free(decider);
    for (i = 0; i < decider->watch_count; i++)
        decider_watch_free(decider->watches[i]);
    for (c = decider->cases; c != NULL; c = next) {
        next = c->next;
        decider_case_free(c);
    }
    for (i = 0; i < decider->standing_count; i++)
        free(decider->standings[i].region);
    free(decider->standings);
    free(decider->watches);
    free(decider);
}

wall_t
decider_now(const struct decider *decider)
{
    return loop_wall(decider->ports.loop);
}

struct decider_watch *
decider_watch_find(const struct decider *decider, const char *check)
{
    int at = decider_check_find(decider, check);

    return at < 0 ? NULL : decider->watches[at];
}

/* ---- 1. runs ---- */

static void
ask_runs(struct decider_watch *watch, const struct verdict_actions *actions)
{
    uint32_t wanted = actions->confirm | actions->rerun;
    wall_t now = decider_now(watch->decider);
    wall_t by = {now.ms + watch->rule.timeout_ms + VERDICT_ANSWER_MS};
    uint32_t i;

    if (actions->begin_by.ms != 0)
        by = actions->begin_by;
    for (i = 0; i < watch->rule.regions; i++) {
        uint32_t bit = UINT32_C(1) << i;
        struct message_run_now run = {
            .check = watch->spec->name,
            .expires_ms = by.ms,
            .again_ms = actions->again & bit ? AGAIN_MS : 0,
        };

        if ((wanted & bit) == 0)
            continue;
        run.id = id_random();
        /* Over its cap the fleet declines, and scheduled runs decide. */
        (void)fleet_run_now(watch->decider->ports.fleet, watch->spec->name,
                            watch->regions[i], &run);
    }
}

bool
decider_take_turn(struct decider *decider, const char *check,
                  const char *region, wall_t *by)
{
    struct decider_watch *watch = decider_watch_find(decider, check);
    uint32_t i = 0;

    *by = (wall_t){0};
    if (watch == NULL || !watch->rule.is_locked)
        return true; /* whom it is assigned to is the fleet's business */
    while (i < watch->rule.regions && !str_eq(watch->regions[i], region))
        i++;
    if (i == watch->rule.regions)
        return false;
    *by =
        verdict_lock_take(&watch->state, &watch->rule, i, decider_now(decider));
    return by->ms != 0;
}

/* ---- 2. slots ---- */

static void
count_slot(struct decider_watch *watch, wall_t begin, enum verdict verdict)
{
    struct store_day *day = decider_day_get(watch, begin.ms / MS_PER_DAY);

    if (day == NULL)
        return;
    watch->has_new_days = true;
    switch (verdict) {
    case VERDICT_UP:
        day->up++;
        break;
    case VERDICT_DEGRADED:
        day->degraded++;
        break;
    case VERDICT_PARTIAL:
        day->partial++;
        break;
    case VERDICT_DOWN:
        day->down++;
        break;
    case VERDICT_UNKNOWN:
        day->unknown++;
        break;
    case VERDICT_PAUSED:
        break;
    }
}

/* ---- 3. verdict ---- */

static void
tell_verdict(struct decider_watch *watch, enum verdict from)
{
    struct decider *decider = watch->decider;
    enum verdict to = watch->state.verdict;

    if (from == to)
        return;
    log_event(
        decider->ports.log, EV_VERDICT, LOG_STR("check", watch->spec->name),
        LOG_STR("from", verdict_name(from)), LOG_STR("to", verdict_name(to)));
    if (decider->ports.on_verdict != NULL)
        decider->ports.on_verdict(decider->ports.cookie, watch->spec, from, to);
}

/* ---- suspicion: what the timeline of an incident begins with ---- */

static bool
any_fails(const struct decider_watch *watch)
{
    uint32_t i;

    for (i = 0; i < watch->rule.regions; i++)
        if (watch->state.region[i].failures > 0)
            return true;
    return false;
}

static void
note_confirmed(struct decider_watch *watch, uint32_t region)
{
    const char *why = watch->newest[region] != NULL
                          ? reason_name(watch->newest[region]->reason)
                          : NULL;
    size_t i;

    watch->failing[region] = decider_now(watch->decider);
    for (i = 0; i < watch->rule_count; i++)
        if (watch->rules[i].open != NULL)
            decider_case_note(watch->rules[i].open, watch->failing[region],
                              "confirmed by %s: %s", watch->regions[region],
                              why != NULL ? why : "down");
}

static void
suspect(struct decider_watch *watch, uint32_t region,
        const struct result *result)
{
    struct verdict_vote vote = verdict_vote(&watch->state, &watch->rule, region,
                                            decider_now(watch->decider));

    if (result->status == STATUS_DOWN && watch->suspect == NULL &&
        !watch->state.region[region].is_ill) {
        watch->suspect = result_copy(result);
        watch->suspect_region = region;
    }
    if (vote.why == VOTE_COUNTED && vote.stands == STATUS_DOWN) {
        if (watch->failing[region].ms == 0)
            note_confirmed(watch, region);
    } else {
        watch->failing[region] = (wall_t){0};
    }
    if (watch->suspect != NULL && !any_fails(watch)) {
        result_free((struct result *)(uintptr_t)watch->suspect);
        watch->suspect = NULL;
    }
}

/* ---- 4. rules ---- */

/* A rule on degraded that waits is opened by a run alone.  Nothing confirms a
 * slow run but the next one: where runs are rarer than the rule's time, time
 * alone would make an incident of something long over. */
static bool
opens_by_run(const struct decider_rule *rule)
{
    return rule->on == INCIDENT_ON_DEGRADED && rule->for_ms > 0;
}

static int64_t
wait_of(const struct decider_rule *rule, const struct result *result)
{
    bool is_bad = result != NULL && (result->status == STATUS_DEGRADED ||
                                     result->status == STATUS_DOWN);

    return opens_by_run(rule) && !is_bad ? INT64_MAX : rule->for_ms;
}

static void
apply_rules(struct decider_watch *watch, const struct result *result,
            wall_t slot)
{
    wall_t now = decider_now(watch->decider);
    size_t i;

    for (i = 0; i < watch->rule_count; i++) {
        struct decider_rule *rule = &watch->rules[i];

        switch (incident_on_verdict(&rule->machine, rule->on,
                                    wait_of(rule, result), watch->state.verdict,
                                    now)) {
        case INCIDENT_DO_OPEN:
            decider_case_open(watch, rule, slot);
            break;
        case INCIDENT_DO_RESOLVE:
            decider_case_resolve(rule, NULL);
            break;
        case INCIDENT_DO_WAIT:
            watch->decider->is_urgent = true;
            break;
        case INCIDENT_DO_NOTHING:
        case INCIDENT_DO_ACKNOWLEDGE:
        case INCIDENT_IMPOSSIBLE:
            break;
        }
    }
}

/* ---- 5. timer ---- */

static void
on_timer(void *cookie)
{
    struct decider_watch *watch = cookie;

    watch->timer = NULL;
    clock_watch_look(watch->decider->ports.clock);
    decider_tick(watch);
    decider_flush_soon(watch->decider);
}

void
decider_wake(struct decider_watch *watch)
{
    loop_timer_cancel(watch->timer);
    watch->timer =
        loop_timer_start(watch->decider->ports.loop, 0, on_timer, watch);
}

static void
set_timer(struct decider_watch *watch, wall_t next)
{
    wall_t now = decider_now(watch->decider);
    int64_t in_ms;
    size_t i;

    for (i = 0; i < watch->rule_count; i++) {
        wall_t opens =
            incident_next(&watch->rules[i].machine, watch->rules[i].for_ms);

        if (opens.ms != 0 && !opens_by_run(&watch->rules[i]) &&
            (next.ms == 0 || opens.ms < next.ms))
            next = opens;
    }
    loop_timer_cancel(watch->timer);
    watch->timer = NULL;
    if (next.ms == 0)
        return;
    in_ms = next.ms - now.ms;
    if (in_ms < TIMER_MIN_MS)
        in_ms = TIMER_MIN_MS;
    watch->timer = loop_timer_start(watch->decider->ports.loop,
                                    in_ms * NS_PER_MS, on_timer, watch);
}

/* ---- the road ---- */

/* The slot an incident opened in: the result's, so that deciding it again
 * after a crash gives the same incident and the same pages. */
static wall_t
slot_of(const struct decider_watch *watch, const struct result *result)
{
    wall_t at = result != NULL ? result->slot : decider_now(watch->decider);
    int64_t every = watch->rule.every_ms;

    return (wall_t){at.ms - at.ms % every};
}

void
decider_feed(struct decider_watch *watch, const struct verdict_event *event,
             const struct result *result)
{
    struct verdict_actions actions;
    enum verdict from = watch->state.verdict;
    size_t i;

    verdict_on_event(&watch->state, &watch->rule, event,
                     decider_now(watch->decider), &actions);
    watch->is_dirty = true;
    ask_runs(watch, &actions);
    for (i = 0; i < actions.closed_count; i++)
        count_slot(watch, actions.closed[i].begin, actions.closed[i].verdict);
    if (result != NULL)
        suspect(watch, event->region, result);
    tell_verdict(watch, from);
    apply_rules(watch, result, slot_of(watch, result));
    set_timer(watch, actions.next);
}

void
decider_tick(struct decider_watch *watch)
{
    struct verdict_event event = {.kind = VERDICT_TIME};

    decider_feed(watch, &event, NULL);
}

static int
region_of(const struct decider_watch *watch, const char *region)
{
    uint32_t i;

    for (i = 0; i < watch->rule.regions; i++)
        if (str_eq(watch->regions[i], region))
            return (int)i;
    return -1;
}

static wall_t
end_of(const struct result *result)
{
    int64_t us = result->us[PHASE_TOTAL];

    return (wall_t){result->started.ms + (us > 0 ? us / 1000 : 0)};
}

static void
keep_newest(struct decider_watch *watch, uint32_t region,
            const struct result *result)
{
    const struct result *copy;

    if (watch->newest[region] != NULL &&
        end_of(watch->newest[region]).ms > end_of(result).ms)
        return;
    copy = result_copy(result);
    if (copy == NULL)
        return;
    result_free((struct result *)(uintptr_t)watch->newest[region]);
    watch->newest[region] = copy;
    watch->received[region] = decider_now(watch->decider);
}

void
decider_on_result(struct decider *decider, const char *probe,
                  const char *region, const struct result *result, bool late)
{
    struct decider_watch *watch = decider_watch_find(decider, result->check);
    int at = watch != NULL ? region_of(watch, region) : -1;
    struct verdict_event event = {.kind = VERDICT_RESULT};

    clock_watch_look(decider->ports.clock);
    if (decider->ports.on_result != NULL)
        decider->ports.on_result(decider->ports.cookie, probe, region, result);
    if (!id_is_zero(&result->asked))
        fleet_answered(decider->ports.fleet, &result->asked);
    if (late || at < 0)
        return;
    event.region = (uint32_t)at;
    event.status = result->status;
    event.slot = result->slot;
    event.started = result->started;
    event.end = end_of(result);
    event.is_asked = !id_is_zero(&result->asked);
    keep_newest(watch, event.region, result);
    decider_feed(watch, &event, result);
}

void
decider_on_batch(struct decider *decider, int64_t id)
{
    assert(id >= 0);
    if (id > decider->cursor)
        decider->cursor = id;
    decider_flush_soon(decider);
}

static void
put_standing(struct decider *decider, const char *region, bool lost, bool ill)
{
    size_t i = 0;

    while (i < decider->standing_count &&
           !str_eq(decider->standings[i].region, region))
        i++;
    if (i == decider->standing_count) {
        decider->standings = str_xrealloc(decider->standings,
                                          (i + 1) * sizeof *decider->standings);
        decider->standings[i].region = str_xdup(region);
        decider->standing_count++;
    }
    decider->standings[i].is_lost = lost;
    decider->standings[i].is_ill = ill;
}

void
decider_on_region(struct decider *decider, const char *region, bool lost,
                  bool ill)
{
    struct verdict_event event = {
        .kind = VERDICT_REGION, .is_lost = lost, .is_ill = ill};
    size_t i;

    clock_watch_look(decider->ports.clock);
    put_standing(decider, region, lost, ill);
    for (i = 0; i < decider->watch_count; i++) {
        int at = region_of(decider->watches[i], region);

        if (at < 0)
            continue;
        event.region = (uint32_t)at;
        decider_feed(decider->watches[i], &event, NULL);
    }
    decider_flush_soon(decider);
}

int
decider_acknowledge(struct decider *decider, const struct id *incident,
                    const char *who)
{
    struct decider_case *c = decider->cases;
    wall_t now = decider_now(decider);
    size_t i;

    while (c != NULL && (c->watch == NULL || !id_eq(&c->row.id, incident)))
        c = c->next;
    if (c == NULL)
        return -1;
    for (i = 0; i < c->watch->rule_count; i++) {
        struct decider_rule *rule = &c->watch->rules[i];

        if (rule->open != c ||
            incident_on_event(&rule->machine, INCIDENT_ACK, now) !=
                INCIDENT_DO_ACKNOWLEDGE)
            continue;
        c->row.state = INCIDENT_ACKNOWLEDGED;
        c->row.acknowledged = now;
        loop_timer_cancel(c->timer);
        c->timer = NULL;
        c->watch->is_dirty = true;
        decider_case_note(c, now, "acknowledged by %s", who);
    }
    store_add_audit(decider->ports.store, who, "acknowledged an incident");
    decider_flush_soon(decider);
    return 0;
}
