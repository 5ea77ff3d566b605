/*
 * message_sync.h - a sync and its answer: how a probe is, what it has to do.
 *
 * As message.h, which includes this: Ownership, Errors, Units and Threads are
 * there.
 */
#ifndef WIRE_MESSAGE_SYNC_H
#define WIRE_MESSAGE_SYNC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/id.h"

#define MESSAGE_SYNC_MAX     (64u << 20)
#define MESSAGE_ASSIGNED_MAX 100000u    /* checks of one assignment */
#define MESSAGE_TEXT_MAX     (4u << 20) /* bytes of one check's text */
#define MESSAGE_RUN_NOW_MAX  10000u
#define MESSAGE_AGAIN_MAX_MS 60000
#define MESSAGE_REFUSED_MAX  100u  /* of one sync; more wait for the next */
#define MESSAGE_GIVEN_MAX    1024u /* secrets of one assignment */
#define MESSAGE_VALUE_MAX    4096u /* bytes of a secret */

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
    const char *const *refused; /* given secrets a target answered 401 or 403 */
    size_t refused_count;
};

struct message_assigned {
    const char *check;
    const char *text;      /* merged libconfig text of this one check */
    uint64_t version;      /* the first 64 bits of its hash */
    uint32_t region_index; /* i of n: the phase of its schedule */
    uint32_t region_count;
};

/* A secret that is read at the controller, for the checks assigned. */
struct message_given {
    const char *name;
    const void *value;
    size_t len;      /* 0: the controller has none, and */
    const char *why; /* says why */
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
    const struct message_given *given; /* with `assigned`, and as whole */
    size_t given_count;
};

int message_encode_sync(struct buf *out, const struct message_sync *m);
int message_encode_sync_reply(struct buf *out,
                              const struct message_sync_reply *m);

struct message_sync *message_decode_sync(const void *data, size_t len);
struct message_sync_reply *message_decode_sync_reply(const void *data,
                                                     size_t len);
/* Wipes the values given; names stay. */
void message_forget(struct message_sync_reply *reply);

#endif
