/*
 * store.h - what the controller remembers: results.db and state.db, one door.
 *
 * Not a cache and not a decision.  results.db has batches, as they came, and
 * the days made of them; state.db has verdict states, incidents, outbox,
 * probes, tokens, audit.  No transaction spans both.  The back
 * end is store_sqlite*.c; a second one goes behind the same calls.
 *
 * Lifecycle   store_open() -> store_load() (blocking, before the loop runs) ->
 *             asynchronous calls, each with a done that comes exactly once on
 *             the loop -> store_close() (finishes what was asked for).
 * Ownership   arguments are copied; what a callback is given is borrowed.
 * Errors      done gets STORE_FAILED: nothing of that call is stored.  A full
 *             disk releases the reserve in state.db's folder once, and is
 *             tried again before it is an error.
 * Threads     called on the loop; the work is on the store's own two threads
 *             (one writer a database).  Reads have a read-only connection.
 */
#ifndef CONTROLLER_STORE_STORE_H
#define CONTROLLER_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/id.h"
#include "controller/store/store_rows.h"

struct log;
struct loop;
struct store;

struct store_opts {
    struct loop *loop;
    struct log *log;
    const char *dir;
    int64_t reserve_bytes; /* 0: 8 MiB */
    int64_t keep_results_ns;
};

enum store_outcome { STORE_DONE, STORE_DUPLICATE, STORE_FAILED };

struct store *store_open(const struct store_opts *opts, char *why, size_t cap);
void store_close(struct store *store);

/* ---- results.db ---- */

typedef void store_batch_fn(void *cookie, enum store_outcome outcome,
                            int64_t id);
/* Many at once become one transaction.  DUPLICATE: it was there already. */
void store_add_batch(struct store *store, const struct store_batch *batch,
                     store_batch_fn *done, void *cookie);

void store_put_days(struct store *store, const struct store_day *days,
                    size_t count);

typedef bool store_batch_each_fn(void *cookie, const struct store_batch *b);
typedef void store_done_fn(void *cookie, enum store_outcome outcome);
/* Newest batches first, on a reader thread: `each` is called THERE and must
 * touch nothing of the loop; false stops.  Then done on the loop. */
void store_scan(struct store *store, store_batch_each_fn *each,
                store_done_fn *done, void *cookie);

/* ---- state.db ---- */

/* One transaction: what a decision changed. */
struct store_commit {
    int64_t cursor; /* last batch decided; 0: unchanged */

    const struct store_state {
        const char *check;
        const void *data; /* verdict state, encoded; NULL: forget */
        size_t len;
    } * states;

    size_t state_count;
    const struct store_incident *incidents;
    size_t incident_count;
    const struct store_message *messages;
    size_t message_count;
};

void store_commit(struct store *store, const struct store_commit *commit,
                  store_done_fn *done, void *cookie);

/* What became of a message after an attempt. */
void store_put_message(struct store *store, const struct store_message *m,
                       store_done_fn *done, void *cookie);

void store_put_probe(struct store *store, const struct store_probe *probe,
                     store_done_fn *done, void *cookie);

void store_put_seen(struct store *store, const struct store_seen *seen,
                    store_done_fn *done, void *cookie);

void store_put_token(struct store *store, const struct store_token *token,
                     store_done_fn *done, void *cookie);

void store_put_push(struct store *store, const struct store_push *push,
                    store_done_fn *done, void *cookie);
/* No such row is as good as one that goes. */
void store_remove_push(struct store *store, const char *check,
                       store_done_fn *done, void *cookie);
/* Heartbeats were heard until then. */
void store_put_alive(struct store *store, wall_t at);

/* Who did what, for ever. */
void store_add_audit(struct store *store, const char *who, const char *what);

/* ---- start: everything that was, in the order that rebuilds it ---- */

struct store_loader {
    void *cookie;
    void (*on_state)(void *cookie, const struct store_state *state);
    void (*on_incident)(void *cookie, const struct store_incident *incident);
    void (*on_message)(void *cookie, const struct store_message *message);
    void (*on_probe)(void *cookie, const struct store_probe *probe);
    /* of a probe that was enrolled by then; after all probes */
    void (*on_seen)(void *cookie, const struct store_seen *seen);
    void (*on_token)(void *cookie, const struct store_token *token);
    void (*on_push)(void *cookie, const struct store_push *push);
    void (*on_alive)(void *cookie, wall_t at);
    void (*on_day)(void *cookie, const struct store_day *day);
    /* batches after the cursor: stored, not yet decided */
    void (*on_batch)(void *cookie, const struct store_batch *batch);
};

/* Messages: all pending ones and those of open incidents.  Incidents: open
 * ones and the newest 200.  -1: the log says what. */
int store_load(struct store *store, const struct store_loader *loader);

/* Counters for /metrics. */
struct store_stats {
    uint64_t batches, duplicates, failures, unrecorded;
    int64_t results_bytes, state_bytes;
    /* Why the last transaction of each failed; NULL: it did not.  Good for one
     * turn. */
    const char *results_error, *state_error;
};
struct store_stats store_stats(const struct store *store);

#endif
