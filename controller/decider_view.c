/*
 * What web/ may see: filled from what the decider has, at the moment of asking.
 */
#include "controller/decider_priv.h"

#include <assert.h>
#include <string.h>

#include "base/str.h"
#include "checks/spec.h"

size_t
decider_check_count(const struct decider *decider)
{
    return decider->watch_count;
}

int
decider_check_find(const struct decider *decider, const char *name)
{
    size_t low = 0;
    size_t high = decider->watch_count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = strcmp(name, decider->watches[mid]->spec->name);

        if (order == 0)
            return (int)mid;
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return -1;
}

struct decider_check
decider_check(const struct decider *decider, size_t index)
{
    struct decider_watch *w;
    wall_t now = decider_now(decider);
    uint32_t i;

    assert(index < decider->watch_count);
    w = decider->watches[index];
    for (i = 0; i < w->rule.regions; i++)
        w->view[i] = (struct decider_region){
            .region = w->regions[i],
            .why = verdict_vote(&w->state, &w->rule, i, now).why,
            .newest = w->newest[i],
            .received = w->received[i],
        };
    return (struct decider_check){
        .spec = w->spec,
        .verdict = w->state.verdict,
        .since = w->state.since,
        .regions = w->view,
        .region_count = w->rule.regions,
    };
}

size_t
decider_incident_count(const struct decider *decider)
{
    return decider->case_count;
}

struct decider_incident
decider_incident(const struct decider *decider, size_t index)
{
    struct decider_case *c = decider->cases;

    assert(index < decider->case_count);
    while (index-- > 0)
        c = c->next;
    if (c->is_dirty || c->row.json == NULL)
        decider_case_format(c);
    return (struct decider_incident){
        .id = c->row.id,
        .check = c->row.check,
        .rule = c->row.rule,
        .severity = c->severity,
        .state = c->row.state,
        .began = c->began,
        .opened = c->row.opened,
        .acknowledged = c->row.acknowledged,
        .resolved = c->row.resolved,
        .verdict = c->verdict,
        .reason = c->reason,
        .message = c->message,
        .json = c->row.json,
    };
}

struct decider_day
decider_day(const struct decider *decider, size_t check, int64_t day)
{
    const struct decider_watch *w;
    size_t i;

    assert(check < decider->watch_count);
    w = decider->watches[check];
    for (i = 0; i < w->day_count; i++)
        if (w->days[i].day == day)
            return (struct decider_day){
                .up = w->days[i].up,
                .degraded = w->days[i].degraded,
                .partial = w->days[i].partial,
                .down = w->days[i].down,
                .unknown = w->days[i].unknown,
            };
    return (struct decider_day){0};
}
