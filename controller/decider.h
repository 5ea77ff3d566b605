/*
 * decider.h - the shell around decide/: feeds it events, commits what it says.
 *
 * Keeps each check's verdict state and each incident in memory; every event
 * (a result, a region lost or ill, time) goes through the pure core; what
 * changed is committed in state.db together with incidents, outbox rows and
 * the cursor; only then is the outbox told and run-nows asked for at once.
 *
 * Ownership   borrows everything it is created with.  Views are valid until
 *             the loop's next turn.
 * Errors      none to the caller: the store's troubles are logged, and a page
 *             that cannot be recorded goes out all the same.
 * Threads     loop thread only.
 */
#ifndef CONTROLLER_DECIDER_H
#define CONTROLLER_DECIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/id.h"
#include "controller/decide/verdict.h"

struct config;
struct decider;
struct clock_watch;
struct fleet;
struct log;
struct loop;
struct outbox;
struct result;
struct spec;
struct store;
struct store_loader;

struct decider_ports {
    struct loop *loop;
    struct store *store;
    struct fleet *fleet;
    struct outbox *outbox;
    struct log *log;
    struct clock_watch *clock; /* looked at before anything is decided */
    /* told of each result and each change, for a terminal; may be NULL */
    void (*on_result)(void *cookie, const char *probe, const char *region,
                      const struct result *result);
    void (*on_verdict)(void *cookie, const struct spec *spec, enum verdict from,
                       enum verdict to);
    void *cookie;
};

struct decider *decider_create(const struct decider_ports *ports);
void decider_free(struct decider *decider);
/* Keeps the state of checks that stay; forgets those that went. */
void decider_set_config(struct decider *decider, const struct config *config);
/* The part of store_load() that is the decider's. */
void decider_fill_loader(struct decider *decider, struct store_loader *loader);

/* A stored result, its times corrected to the controller's clock.  `late`:
 * received after its slot closed; it is history only. */
void decider_on_result(struct decider *decider, const char *probe,
                       const char *region, const struct result *result,
                       bool late);
/* All results of batch `id` were given. */
void decider_on_batch(struct decider *decider, int64_t id);
void decider_on_region(struct decider *decider, const char *region, bool lost,
                       bool ill);
/* The machine's clock was set by so much. */
void decider_on_step(struct decider *decider, int64_t by_ms);
/* An operator's; -1: no such open incident. */
int decider_acknowledge(struct decider *decider, const struct id *incident,
                        const char *who);

/* ---- views for web/ ---- */

struct decider_region {
    const char *region;
    enum vote_reason why;        /* counted, pending, stale ... */
    const struct result *newest; /* NULL: none yet */
    wall_t received;
};

struct decider_check {
    const struct spec *spec;
    enum verdict verdict;
    wall_t since;
    const struct decider_region *regions;
    size_t region_count;
};

struct decider_incident {
    struct id id;
    const char *check;
    const char *rule;
    const char *severity;
    int state;    /* enum incident_state */
    wall_t began; /* the verdict; it opened when its rule's time was over */
    wall_t opened, acknowledged, resolved;
    const char *verdict, *reason, *message;
    /* One object:
     *   votes     [{region, why ("counted"), stands ("down"), reason, message}]
     *   timeline  [{at (RFC 3339), what}], oldest first
     *   evidence  [result objects, wire/result.h], one a failing region; the
     *             first is of the run that raised the suspicion
     * Keys without a value are absent or null. */
    const char *json;
};

struct decider_day {
    uint32_t up, degraded, partial, down, unknown; /* slots; all 0: no data */
};

size_t decider_check_count(const struct decider *decider);
struct decider_check decider_check(const struct decider *decider, size_t index);
/* May the region run the check now?  With a lock it then has the turn, and has
 * to begin by `by` (ms 0: as it likes). */
bool decider_take_turn(struct decider *decider, const char *check,
                       const char *region, wall_t *by);
int decider_check_find(const struct decider *decider, const char *name);
/* Newest first; open ones are all there, and the last 200. */
size_t decider_incident_count(const struct decider *decider);
struct decider_incident decider_incident(const struct decider *decider,
                                         size_t index);
/* `day` in days since 1970 UTC. */
struct decider_day decider_day(const struct decider *decider, size_t check,
                               int64_t day);

#endif
