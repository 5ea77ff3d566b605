/*
 * message.h - what probe and controller say to each other, as plain structs.
 *
 * protobuf-c is behind this door; byte layout and delivery rules are WIRE.md.
 *
 * Ownership   encode borrows.  A decoded message is one allocation tree owned
 *             by the caller: message_free() frees it and every text in it.
 * Errors      decode NULL: not a message, over a limit, text that is not UTF-8.
 * Units       *_ms wall clock milliseconds unless the comment says otherwise.
 * Threads     none of its own.
 */
#ifndef WIRE_MESSAGE_H
#define WIRE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/id.h"

#define MESSAGE_WIRE_VERSION 1 /* oldest accepted: the one before */
#define MESSAGE_SYNC_MAX     (64u << 20)
#define MESSAGE_RESULTS_MAX  (16u << 20)
#define MESSAGE_ASSIGNED_MAX 100000u    /* checks of one assignment */
#define MESSAGE_TEXT_MAX     (4u << 20) /* bytes of one check's text */
#define MESSAGE_RUN_NOW_MAX  10000u
#define MESSAGE_AGAIN_MAX_MS 60000
#define MESSAGE_BATCHES_MAX  64u   /* of one upload */
#define MESSAGE_RANGES_MAX   4096u /* of one answer */

/* What the controller's certificate for probes is made out to: trust hangs on
 * its authority, not on a name in somebody's DNS. */
#define MESSAGE_SERVER_NAME "controller.picket.internal"

struct buf;

/* POST /probe/v1/sync: held <= 25 s. */
struct message_sync {
    uint32_t wire_version;
    const char *software; /* "picket 0.1.0" */
    struct id boot;       /* new at each start of the probe */
    uint64_t generation;  /* of the assignment it holds; 0: none */
    int64_t sent_ms;      /* t0: probe's clock */
    int64_t offset_ms;    /* probe's estimate: controller minus probe */
    int64_t rtt_ms;       /* of the exchange the offset comes from; -1 none */
    uint64_t spool_bytes;
    uint64_t spool_results;  /* not yet acknowledged */
    int64_t spool_oldest_ms; /* 0: empty */
    uint64_t dropped;        /* results dropped at the spool's bound */
    uint64_t overruns;
    int64_t lag_us; /* worst loop lag since the last sync */
    bool ill;       /* its own health says: do not count me */
    const char *ill_why;
    bool no_hold; /* answer at once: nothing says yet that it is connected */
};

struct message_assigned {
    const char *check;
    const char *text;      /* merged libconfig text of this one check */
    uint64_t version;      /* the first 64 bits of its hash */
    uint32_t region_index; /* i of n: the phase of its schedule */
    uint32_t region_count;
};

struct message_run_now {
    struct id id;
    const char *check;
    int64_t expires_ms; /* controller's clock */
    int64_t again_ms;   /* duration: if it fails, run once more this long
                              after it began; 0: do not */
};

struct message_sync_reply {
    int64_t received_ms; /* t1, t2: controller's clock; holding cancels out */
    int64_t sent_ms;
    uint64_t generation;
    bool has_assignment; /* `assigned` is whole and replaces everything */
    const struct message_assigned *assigned;
    size_t assigned_count;
    const struct message_run_now *run_now;
    size_t run_now_count;
};

/* POST /probe/v1/results */
struct message_batch {
    int64_t first; /* sequence number of its first result */
    uint32_t count;
    const void *data; /* as batch_encode() made it */
    size_t len;
};

struct message_results {
    uint32_t wire_version;
    struct id spool;
    int64_t offset_ms; /* controller minus probe, when sent */
    const struct message_batch *batches;
    size_t batch_count;
};

struct message_range {
    int64_t first;
    uint32_t count;
};

struct message_results_reply {
    const struct message_range *acked;
    size_t acked_count;
    const struct message_range *refused; /* will never be accepted */
    size_t refused_count;
    const char *refused_why;
};

/* POST /probe/v1/enroll and /probe/v1/renew */
struct message_enroll {
    const char *token; /* empty when renewing: the certificate speaks */
    const char *name;  /* wished; the controller may give another */
    const char *csr;   /* PEM */
};

struct message_enroll_reply {
    const char *name;
    const char *region;
    const char *cert; /* PEM, leaf first */
    const char *ca;   /* PEM */
};

int message_encode_sync(struct buf *out, const struct message_sync *m);
int message_encode_sync_reply(struct buf *out,
                              const struct message_sync_reply *m);
int message_encode_results(struct buf *out, const struct message_results *m);
int message_encode_results_reply(struct buf *out,
                                 const struct message_results_reply *m);
int message_encode_enroll(struct buf *out, const struct message_enroll *m);
int message_encode_enroll_reply(struct buf *out,
                                const struct message_enroll_reply *m);

struct message_sync *message_decode_sync(const void *data, size_t len);
struct message_sync_reply *message_decode_sync_reply(const void *data,
                                                     size_t len);
struct message_results *message_decode_results(const void *data, size_t len);
struct message_results_reply *message_decode_results_reply(const void *data,
                                                           size_t len);
struct message_enroll *message_decode_enroll(const void *data, size_t len);
struct message_enroll_reply *message_decode_enroll_reply(const void *data,
                                                         size_t len);
/* Any of the above; NULL is harmless. */
void message_free(void *message);

#endif
