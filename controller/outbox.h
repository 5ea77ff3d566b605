/*
 * outbox.h - send what was committed, in order, until it is accepted.
 *
 * Nothing gets here before its commit in state.db.  Per (incident,
 * destination) one message at a time, in order: no resolve before its trigger
 * was accepted or given up.  Pages are tried again after 1, 2, 4 ... 60 s
 * (+-20 %), for 24 h; a refused one is marked and counted, never silent.
 * An id stays the same over every attempt and every restart.
 *
 * Ownership   messages are copied.
 * Errors      none to the caller; outbox_stats() and the log.
 * Threads     loop thread only.
 */
#ifndef CONTROLLER_OUTBOX_H
#define CONTROLLER_OUTBOX_H

#include <stdint.h>

#include "base/clock.h"

struct channel_ports;
struct config;
struct log;
struct loop;
struct outbox;
struct store;
struct store_message;

struct outbox *outbox_create(struct loop *loop, struct store *store,
                             const struct channel_ports *ports,
                             struct log *log);
void outbox_free(struct outbox *outbox);
void outbox_set_config(struct outbox *outbox, const struct config *config);

/* A committed (or loaded) message; one whose id is here already is ignored. */
void outbox_push(struct outbox *outbox, const struct store_message *message);

struct outbox_stats {
    uint64_t accepted, retried, refused;
    uint64_t pending;
    wall_t oldest; /* of the pending; ms 0: none */
};
struct outbox_stats outbox_stats(const struct outbox *outbox);

#endif
