/*
 * The machine is a table, [state][event] -> (state, action), made of
 * incident_edges.def.  A verdict becomes an event by one more table: for each
 * kind of rule, does this verdict match it, clear it, or say nothing about it.
 */
#include "controller/decide/incident.h"

#include <assert.h>

#include "base/clock_step.h"

struct edge {
    enum incident_state to;
    enum incident_action action;
};

#define EDGE(from, event, to, action)                                          \
    [INCIDENT_##from][INCIDENT_##event] = {INCIDENT_##to, INCIDENT_##action},
static const struct edge edges[INCIDENT_STATES][INCIDENT_EVENTS] = {
#include "controller/decide/incident_edges.def"
};
#undef EDGE

/* A pair said twice is an enumerator said twice; as many rows as pairs then
 * means that none is missing. */
#define EDGE(from, event, to, action) EDGE_##from##_##event,

enum edge_row {

#include "controller/decide/incident_edges.def"
    EDGE_COUNT
};
#undef EDGE
_Static_assert(EDGE_COUNT == INCIDENT_STATES * INCIDENT_EVENTS,
               "incident_edges.def lacks a pair");

#define MATCH INCIDENT_MATCH
#define HOLD  INCIDENT_HOLD
#define CLEAR INCIDENT_CLEAR

/* up, degraded, partial, down, unknown, paused */
static const enum incident_event meanings[][VERDICT_PAUSED + 1] = {
    [INCIDENT_ON_DOWN] = {CLEAR, CLEAR, CLEAR, MATCH, HOLD, HOLD},
    [INCIDENT_ON_PARTIAL] = {CLEAR, CLEAR, MATCH, HOLD, HOLD, HOLD},
    [INCIDENT_ON_DEGRADED] = {CLEAR, MATCH, HOLD, HOLD, HOLD, HOLD},
    [INCIDENT_ON_UNKNOWN] = {CLEAR, CLEAR, CLEAR, CLEAR, MATCH, HOLD},
};

enum incident_action
incident_on_event(struct incident *incident, enum incident_event event,
                  wall_t now)
{
    const struct edge *edge = &edges[incident->state][event];

    assert(edge->action != INCIDENT_IMPOSSIBLE);
    if (edge->to != incident->state)
        incident->since = now;
    if (edge->action == INCIDENT_DO_WAIT)
        incident->began = now;
    incident->state = edge->to;
    return edge->action;
}

enum incident_action
incident_on_verdict(struct incident *incident, enum incident_on on,
                    int64_t for_ms, enum verdict verdict, wall_t now)
{
    enum incident_event event = meanings[on][verdict];
    enum incident_action action = incident_on_event(incident, event, now);

    if (event == INCIDENT_MATCH && incident->state == INCIDENT_WAITING &&
        now.ms - incident->since.ms >= for_ms)
        return incident_on_event(incident, INCIDENT_ELAPSED, now);
    return action;
}

wall_t
incident_next(const struct incident *incident, int64_t for_ms)
{
    if (incident->state != INCIDENT_WAITING)
        return (wall_t){0};
    return (wall_t){incident->since.ms + for_ms};
}

void
incident_on_step(struct incident *incident, int64_t by_ms)
{
    clock_step_move(&incident->since, by_ms);
    clock_step_move(&incident->began, by_ms);
}
