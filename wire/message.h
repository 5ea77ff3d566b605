/*
 * message.h - what probe and controller say to each other, as plain structs.
 *
 * Sync and its answer are message_sync.h.
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
#include "wire/message_sync.h"

#define MESSAGE_WIRE_VERSION 1 /* oldest accepted: the one before */
#define MESSAGE_RESULTS_MAX  (16u << 20)
#define MESSAGE_BATCHES_MAX  64u   /* of one upload */
#define MESSAGE_RANGES_MAX   4096u /* of one answer */

/* What the controller's certificate for probes is made out to: trust hangs on
 * its authority, not on a name in somebody's DNS. */
#define MESSAGE_SERVER_NAME "controller.picket.internal"

struct buf;

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

int message_encode_results(struct buf *out, const struct message_results *m);
int message_encode_results_reply(struct buf *out,
                                 const struct message_results_reply *m);
int message_encode_enroll(struct buf *out, const struct message_enroll *m);
int message_encode_enroll_reply(struct buf *out,
                                const struct message_enroll_reply *m);

struct message_results *message_decode_results(const void *data, size_t len);
struct message_results_reply *message_decode_results_reply(const void *data,
                                                           size_t len);
struct message_enroll *message_decode_enroll(const void *data, size_t len);
struct message_enroll_reply *message_decode_enroll_reply(const void *data,
                                                         size_t len);
/* Any of the above; NULL is harmless. */
void message_free(void *message);

#endif
