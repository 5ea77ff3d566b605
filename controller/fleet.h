/*
 * fleet.h - the probes: who they are, who is here, what each has to run.
 *
 * Holds each probe's sync until there is something to say (a new assignment, a
 * run-now) or 25 s have passed; spreads checks over the probes of a region by
 * rendezvous hash; notices who is lost (no sync for 60 s) or ill.
 *
 * Not enrolment (enrol.h) and not results (ingest.h).
 *
 * Ownership   replies are handed to the reply function and borrowed by it.
 * Units       see message.h.
 * Errors      none to the caller.
 * Threads     loop thread only.
 */
#ifndef CONTROLLER_FLEET_H
#define CONTROLLER_FLEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/clock.h"
#include "base/id.h"

struct config;
struct fleet;
struct fleet_hold;
struct log;
struct loop;
struct message_run_now;
struct message_sync;
struct message_sync_reply;
struct spec;
struct store_seen;

struct fleet *fleet_create(struct loop *loop, struct log *log);
void fleet_free(struct fleet *fleet);

/* New assignments are worked out; held syncs whose probe is concerned answer. */
void fleet_set_config(struct fleet *fleet, const struct config *config);

/* Secrets of the configuration have other values: probes whose checks use them
 * get them with a new generation. */
void fleet_on_secrets(struct fleet *fleet);

/* Enrolled or loaded; a probe nobody enrolled is not in the fleet. */
void fleet_add(struct fleet *fleet, const char *probe, const char *region);
void fleet_remove(struct fleet *fleet, const char *probe); /* revoked */

typedef void fleet_reply_fn(void *cookie, const struct message_sync_reply *r);
/* Hold one sync of an enrolled probe.  The reply comes once, never from
 * inside; a probe's newer sync answers the older at once.  NULL: no such. */
struct fleet_hold *fleet_sync(struct fleet *fleet, const char *probe,
                              const struct message_sync *sync,
                              const struct addr *from, fleet_reply_fn *reply,
                              void *cookie);
void fleet_cancel(struct fleet_hold *hold); /* the client left */

/* Ask the probe that has `check` in `region` to run it now; said again at
 * every sync until fleet_answered() or it expires.  False:
 * the probe has not answered as many (FLEET_RUNS_MAX), or there is none. */
bool fleet_run_now(struct fleet *fleet, const char *check, const char *region,
                   const struct message_run_now *run_now);
void fleet_answered(struct fleet *fleet, const struct id *run_now);

/* The machine's clock was set by so much. */
void fleet_on_step(struct fleet *fleet, int64_t by_ms);

/* May `probe` report for `check`?  Yes when it is assigned it now, or was
 * within the last 10 minutes. */
bool fleet_may_report(const struct fleet *fleet, const char *probe,
                      const char *check);

enum fleet_state {
    FLEET_NEVER,
    FLEET_EXPECTED, /* it was here before a restart and has not synced since */
    FLEET_HERE,
    FLEET_LOST,
};

struct fleet_probe {
    const char *name;
    const char *region;
    enum fleet_state state;
    bool ill;
    const char *ill_why;
    const char *software;
    wall_t last_sync; /* ms 0: never */
    char egress[ADDR_TEXT_MAX];
    bool is_measured; /* it has synced since the start: what follows is known */
    int64_t offset_ms, rtt_ms, lag_us;
    uint64_t spool_bytes, spool_results, dropped, overruns;
    size_t assigned;
};

size_t fleet_count(const struct fleet *fleet);
struct fleet_probe fleet_get(const struct fleet *fleet, size_t index);
bool fleet_find(const struct fleet *fleet, const char *probe,
                struct fleet_probe *out);
/* Of one that was removed: what was last known.  False: nothing. */
bool fleet_find_former(const struct fleet *fleet, const char *probe,
                       struct fleet_probe *out);

/* Told what to keep of a probe for after a restart; never from inside. */
typedef void fleet_seen_fn(void *cookie, const struct store_seen *seen);
void fleet_on_seen(struct fleet *fleet, fleet_seen_fn *fn, void *cookie);
/* What was kept; at the start, after the probes were added. */
void fleet_take_seen(struct fleet *fleet, const struct store_seen *seen);

/* Told when a region's standing changes: whether any probe of it is here and
 * whether the one that votes is ill. */
typedef void fleet_region_fn(void *cookie, const char *region, bool lost,
                             bool ill);
void fleet_on_region(struct fleet *fleet, fleet_region_fn *fn, void *cookie);

#endif
