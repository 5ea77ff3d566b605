/*
 * ingest.h - take a probe's batches in, exactly once, and hand them to the decider.
 *
 * decode and judge -> store under UNIQUE(probe, spool, first) -> acknowledge
 * after the commit -> decide.  A duplicate is acknowledged again and decided
 * never again.  A batch with a check the probe may not report for, or that
 * does not decode, is refused for good and counted.
 *
 * Ownership   the request is copied; the reply is borrowed by its function.
 * Errors      a store that fails: no acknowledgement (the probe sends again).
 * Threads     loop thread only.
 */
#ifndef CONTROLLER_INGEST_H
#define CONTROLLER_INGEST_H

#include <stdint.h>

struct decider;
struct fleet;
struct ingest;
struct ingest_call;
struct log;
struct loop;
struct message_results;
struct message_results_reply;
struct store;
struct store_batch;

struct ingest *ingest_create(struct loop *loop, struct store *store,
                             struct fleet *fleet, struct decider *decider,
                             struct log *log);
void ingest_free(struct ingest *ingest);

typedef void ingest_reply_fn(void *cookie,
                             const struct message_results_reply *reply);
/* `reply` once, never from inside; NULL instead of a reply: try again later. */
struct ingest_call *ingest_start(struct ingest *ingest, const char *probe,
                                 const char *region,
                                 const struct message_results *results,
                                 ingest_reply_fn *reply, void *cookie);
void ingest_cancel(struct ingest_call *call); /* stored all the same */

/* Decide a batch that was stored but not decided before a restart. */
void ingest_replay(struct ingest *ingest, const struct store_batch *batch);

struct ingest_stats {
    uint64_t results, batches, duplicates, refused, late;
};
struct ingest_stats ingest_stats(const struct ingest *ingest);

#endif
