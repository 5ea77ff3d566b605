/*
 * H1  a beat that arrives before its grace is over is never called missing.
 * H2  one interval without a beat is called missing once.
 * H3  what nobody could hear is not missing (our silence is not the job's): a
 *     beat expected within a gap is passed over, with a grace before it as
 *     well as after, since a job may be as early as it may be late.
 */
#include "controller/decide/heartbeat.h"

#include <assert.h>

#include "base/clock_step.h"

void
heartbeat_init(struct heartbeat *beat, wall_t now)
{
    *beat = (struct heartbeat){.base = now};
}

static void
check_rule(const struct heartbeat_rule *rule)
{
    assert(rule->every_ms > 0 && rule->grace_ms >= 0);
}

wall_t
heartbeat_due(const struct heartbeat *beat, const struct heartbeat_rule *rule)
{
    check_rule(rule);
    return (wall_t){beat->base.ms + rule->every_ms + rule->grace_ms};
}

void
heartbeat_on_begin(struct heartbeat *beat, wall_t now)
{
    beat->begun = now;
}

int64_t
heartbeat_on_beat(struct heartbeat *beat, wall_t now)
{
    int64_t took_ms = beat->begun.ms != 0 && now.ms >= beat->begun.ms
                          ? now.ms - beat->begun.ms
                          : -1;

    beat->base = now;
    beat->last = now;
    beat->begun = (wall_t){0};
    return took_ms;
}

bool
heartbeat_on_time(struct heartbeat *beat, const struct heartbeat_rule *rule,
                  wall_t now, wall_t *expected)
{
    if (now.ms < heartbeat_due(beat, rule).ms)
        return false;
    beat->base.ms += rule->every_ms;
    *expected = beat->base;
    return true;
}

void
heartbeat_on_gap(struct heartbeat *beat, const struct heartbeat_rule *rule,
                 wall_t from, wall_t to)
{
    int64_t early_ms =
        rule->grace_ms < rule->every_ms ? rule->grace_ms : rule->every_ms;
    int64_t late;

    check_rule(rule);
    /* The first that may still arrive after `to` is the one to wait for. */
    late = to.ms - (beat->base.ms + rule->every_ms - early_ms);
    if (to.ms <= from.ms || late < 0 || heartbeat_due(beat, rule).ms < from.ms)
        return;
    beat->base.ms += (late / rule->every_ms + 1) * rule->every_ms;
}

void
heartbeat_on_step(struct heartbeat *beat, int64_t by_ms)
{
    beat->base.ms += by_ms;
    clock_step_move(&beat->last, by_ms);
    clock_step_move(&beat->begun, by_ms);
}
