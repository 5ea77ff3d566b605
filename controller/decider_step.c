/*
 * The controller's clock was set: what is watched is as old as it was before.
 * Incidents keep the moments that were told; nobody's page changes.
 */
#include "base/clock_step.h"
#include "controller/decide/verdict_step.h"
#include "controller/decider_priv.h"

static void
move_result(const struct result *result, int64_t by_ms)
{
    struct result *r = (struct result *)(uintptr_t)result;

    if (r == NULL)
        return;
    r->slot.ms += by_ms;
    r->started.ms += by_ms;
}

static void
move_watch(struct decider_watch *watch, int64_t by_ms)
{
    verdict_on_step(&watch->state, by_ms);
    for (uint32_t i = 0; i < watch->rule.regions; i++) {
        move_result(watch->newest[i], by_ms);
        clock_step_move(&watch->received[i], by_ms);
        clock_step_move(&watch->failing[i], by_ms);
    }
    move_result(watch->suspect, by_ms);
    for (size_t i = 0; i < watch->rule_count; i++)
        incident_on_step(&watch->rules[i].machine, by_ms);
    watch->is_dirty = true;
    decider_wake(watch);
}

void
decider_on_step(struct decider *decider, int64_t by_ms)
{
    for (size_t i = 0; i < decider->watch_count; i++)
        move_watch(decider->watches[i], by_ms);
    decider_flush_soon(decider);
}
