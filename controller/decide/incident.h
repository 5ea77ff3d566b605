/*
 * incident.h - one rule on one check: when it opens an incident, and its end.
 *
 * Pure.  Not who is told (escalate.h) and not what is written about it
 * (decider_incident.c).  All transitions are rows of incident_edges.def.
 *
 * Ownership   a plain value of the caller's.
 * Units       times are wall clock of the controller.
 * Errors      an event that cannot happen in a state is an assertion.
 * Threads     none of its own.
 */
#ifndef CONTROLLER_DECIDE_INCIDENT_H
#define CONTROLLER_DECIDE_INCIDENT_H

#include <stdint.h>

#include "base/clock.h"
#include "controller/decide/verdict.h"

/* What a rule watches for.  A verdict that is worse, or unknown, neither
 * opens nor resolves: an unknown never resolves and never opens a down. */
enum incident_on {
    INCIDENT_ON_DOWN,
    INCIDENT_ON_PARTIAL,
    INCIDENT_ON_DEGRADED,
    INCIDENT_ON_UNKNOWN,
};

enum incident_state {
    INCIDENT_QUIET,
    INCIDENT_WAITING, /* the rule holds, but not yet for its time */
    INCIDENT_OPEN,
    INCIDENT_ACKNOWLEDGED,
    INCIDENT_RESOLVED, /* as quiet: the next one is another incident */
};

#define INCIDENT_STATES 5

enum incident_event {
    INCIDENT_MATCH,
    INCIDENT_ELAPSED, /* it matched for the rule's whole time */
    INCIDENT_HOLD,
    INCIDENT_CLEAR,
    INCIDENT_ACK,
};

#define INCIDENT_EVENTS 5

enum incident_action {
    INCIDENT_DO_NOTHING,
    INCIDENT_DO_WAIT,
    INCIDENT_DO_OPEN,
    INCIDENT_DO_ACKNOWLEDGE,
    INCIDENT_DO_RESOLVE,
    INCIDENT_IMPOSSIBLE,
};

struct incident {
    enum incident_state state;
    wall_t since; /* of this state; ms 0: from the beginning */
    wall_t began; /* when it last began to match: the onset */
};

enum incident_action incident_on_event(struct incident *incident,
                                       enum incident_event event, wall_t now);
/* What the verdict means for the rule, and the edges that follow from it. */
enum incident_action incident_on_verdict(struct incident *incident,
                                         enum incident_on on, int64_t for_ms,
                                         enum verdict verdict, wall_t now);
/* The controller's clock was set by so much. */
void incident_on_step(struct incident *incident, int64_t by_ms);
/* When time alone opens it; ms 0: never. */
wall_t incident_next(const struct incident *incident, int64_t for_ms);

#endif
