/*
 * With three steps and one repeat, tellings 0..5 stand in time like this:
 *
 *   opened --0--w0--1--w1--2--w2--3--w0--4--w1--5--w2-- exhausted
 *
 *   1. an acknowledged incident tells nobody any more;
 *   2. count the tellings whose time has come;
 *   3. those beyond `told` are due, all at once when several were missed.
 */
#include "controller/decide/escalate.h"

#include <assert.h>

static int64_t
wait_of(const struct escalate_road *road, size_t step)
{
    int64_t wait = road->wait_ms[step];

    if (wait < 0)
        wait = 0;
    if (wait > ESCALATE_WAIT_MAX_MS)
        wait = ESCALATE_WAIT_MAX_MS;
    if (wait == 0 && step + 1 == road->count && road->repeat > 0)
        wait = ESCALATE_ROUND_MS;
    return wait;
}

static int64_t
total_of(const struct escalate_road *road)
{
    int64_t repeat = road->repeat;

    if (repeat < 0)
        repeat = 0;
    if (repeat > ESCALATE_REPEAT_MAX)
        repeat = ESCALATE_REPEAT_MAX;
    return (int64_t)road->count * (repeat + 1);
}

size_t
escalate_step(const struct escalate_road *road, int64_t telling)
{
    assert(road->count > 0 && telling >= 0);
    return (size_t)(telling % (int64_t)road->count);
}

struct escalate_due
escalate_due(const struct escalate_road *road, wall_t opened, int64_t told,
             wall_t acked, wall_t now)
{
    struct escalate_due due = {.from = told, .to = told};
    int64_t total = total_of(road);
    int64_t at = opened.ms;
    int64_t i;

    assert(road->count <= ESCALATE_STEPS_MAX && told >= 0);
    if (acked.ms != 0)
        return due;
    for (i = 0; i < total && at <= now.ms; i++)
        at += wait_of(road, escalate_step(road, i));
    if (i > told)
        due.to = i;
    due.is_exhausted = i == total && at <= now.ms;
    if (!due.is_exhausted)
        due.next.ms = at;
    return due;
}
