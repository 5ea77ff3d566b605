/*
 * uplink.h - talks to the controller: sync, results, and what comes back.
 *
 * Not the transport (link.h) and not the spool.  One sync is always held
 * there; results go up in at most UPLINK_LIVE requests of live ones (sealed
 * since this probe was last connected, newest first) and one of backlog (in
 * order).  A lost connection backs off (backoff.h).
 *
 * Lifecycle   uplink_create() begins at once; uplink_free() cancels.
 * Ownership   borrows what the options name; on_assignment() gets the decoded
 *             reply as its own.
 * Units       *_ns monotonic, *_ms wall clock.
 * Errors      the controller's refusals are logged, once a change.
 * Threads     the loop's.
 */
#ifndef PROBE_UPLINK_H
#define PROBE_UPLINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/id.h"

#define UPLINK_LIVE         2
#define UPLINK_BACKLOG      1
#define UPLINK_SYNC_NS      (35 * NS_PER_S) /* held <= 25 s */
#define UPLINK_RESULTS_NS   (20 * NS_PER_S)
#define UPLINK_UPLOAD_BYTES (2u << 20) /* of one request, about */

struct link;
struct log;
struct loop;
struct message_run_now;
struct message_sync;
struct message_sync_reply;
struct spool;
struct uplink;

struct uplink_opts {
    struct loop *loop;
    struct log *log;
    struct link *link;
    struct spool *spool;
    uint64_t generation; /* of the cached assignment; 0: none */
    uint64_t seed;       /* of the back-off's jitter */
    /* Adds the probe's own state: overruns, lag_us, ill, ill_why. */
    void (*on_sync)(void *cookie, struct message_sync *sync);
    void (*on_assignment)(void *cookie, struct message_sync_reply *reply);
    void (*on_run_now)(void *cookie, const struct message_run_now *run_now,
                       mono_t expires);
    void *cookie;
};

struct uplink *uplink_create(const struct uplink_opts *opts);
void uplink_free(struct uplink *uplink);

/* The spool has something new. */
void uplink_on_sealed(struct uplink *uplink);
/* Something the controller should know now (health): the held sync is given
 * up for a new one, at most once a second. */
void uplink_kick(struct uplink *uplink);

bool uplink_is_connected(const struct uplink *uplink);
int64_t uplink_offset_ms(const struct uplink *uplink);

#endif
