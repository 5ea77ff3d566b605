/*
 * spool.h - results made durable before they are sent, kept until acknowledged.
 *
 * Not the sender: uplink.h asks what is open and reads it.
 *
 * A push queues; a sealer on the spool's own thread takes what is queued, at
 * most every SPOOL_SEAL_MS (at once for SPOOL_URGENT and for a whole batch),
 * gives it sequence numbers, makes it one batch, appends it and syncs.  Then
 * on_sealed() is called.  So a batch is fixed before its first send, and
 * whatever was told as sealed is there after a crash, once.
 *
 * Lifecycle   spool_open() reads what is there (blocks; start-up only).
 *             spool_close() seals what is queued and ends the thread.
 * Ownership   spool_push() takes the result.
 * Units       bytes; *_ms wall clock; sequence numbers from 1.
 * Errors      NULL and `why` from spool_open().  A disk that cannot be written
 *             is retried each second; meanwhile SPOOL_QUEUE_MAX results wait
 *             in memory, the oldest are dropped and counted.
 * Threads     the loop's.
 */
#ifndef PROBE_SPOOL_H
#define PROBE_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/id.h"
#include "probe/spool_file.h"

#define SPOOL_SEAL_MS         200
#define SPOOL_QUEUE_MAX       4096 /* results waiting for a disk */
#define SPOOL_QUEUE_MAX_BYTES (16u << 20)
#define SPOOL_READ_MAX        64 /* batches of one read */

struct log;
struct loop;
struct result;
struct spool;
struct spool_read;

enum spool_haste { SPOOL_USUAL, SPOOL_URGENT };

struct spool_opts {
    struct loop *loop;
    struct log *log;
    const char *dir;
    int64_t max_bytes; /* of all segments; the oldest go first */
    int64_t max_ns;    /* age of a batch */
    void (*on_sealed)(void *cookie, int64_t first, uint32_t count);
    void *cookie;
};

struct spool_stats {
    uint64_t bytes;    /* of batches not acknowledged */
    uint64_t results;  /* not acknowledged, queued ones included */
    int64_t oldest_ms; /* 0: empty */
    uint64_t dropped;  /* ever; survives a restart once a batch is sealed */
    uint64_t write_failures;
};

struct spool *spool_open(const struct spool_opts *opts, char *why, size_t cap);
void spool_close(struct spool *spool);

struct id spool_id(const struct spool *spool);
/* The sequence number that the next result will get. */
int64_t spool_next(const struct spool *spool);
struct spool_stats spool_stats(const struct spool *spool);

void spool_push(struct spool *spool, struct result *result,
                enum spool_haste haste);

/* As spool_index.h says. */
bool spool_find_next(const struct spool *spool, int64_t from,
                     struct spool_batch *batch);
bool spool_find_newest(const struct spool *spool, int64_t from, int64_t below,
                       struct spool_batch *batch);

/* A batch that was read: `data` is NULL when it is gone or damaged. */
struct spool_bytes {
    struct spool_batch batch;
    const void *data;
};

typedef void spool_read_fn(void *cookie, const struct spool_bytes *batches,
                           size_t count);

/* At most SPOOL_READ_MAX; done once, from the loop; valid during the call.
 * NULL: the spool's thread is far behind; try later. */
struct spool_read *spool_read_start(struct spool *spool,
                                    const struct spool_batch *batches,
                                    size_t count, spool_read_fn *done,
                                    void *cookie);
void spool_read_cancel(struct spool_read *read);

/* Stored at the other end, or never to be accepted there: forget them. */
void spool_ack(struct spool *spool, int64_t first, uint32_t count);

#endif
