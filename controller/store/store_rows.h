/*
 * store_rows.h - what the store remembers, a struct a row.
 *
 * Not how it is kept: that is store.h, which is what to include.
 *
 * Ownership   texts and bytes are borrowed from whoever made the row.
 * Units       wall_t; *_ms milliseconds.
 * Errors      none: plain values.
 * Threads     of whoever made the row.
 */
#ifndef CONTROLLER_STORE_STORE_ROWS_H
#define CONTROLLER_STORE_STORE_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/id.h"

struct store_batch {
    const char *probe;
    const char *region;
    struct id spool;
    int64_t first; /* UNIQUE(probe, spool, first) */
    uint32_t count;
    wall_t received;
    int64_t offset_ms; /* controller minus probe */
    const void *data;
    size_t len;
    int64_t id; /* given by the store, in order of commit; 0 when adding */
};

/* Absolute counts of a check's closed slots on a UTC day: said again, they
 * replace, so that a restart cannot count twice. */
struct store_day {
    const char *check;
    int64_t day; /* days since 1970 */
    uint32_t up, degraded, partial, down, unknown;
};

struct store_incident {
    struct id id;
    const char *check;
    const char *rule;
    int state; /* enum incident_state */
    wall_t opened;
    wall_t acknowledged; /* ms 0: not yet */
    wall_t resolved;
    const char *json; /* verdict, reason, message, votes, timeline, evidence */
};

enum store_message_state { STORE_PENDING, STORE_SENT, STORE_REFUSED };

struct store_message { /* a row of the outbox */
    struct id id;      /* made of what the page is about: page.h */
    struct id incident;
    int64_t order; /* within (incident, destination); lower goes first */
    const char *destination; /* "channel:ops", "person:ana" */
    const char *json;        /* struct page, encoded: page.h */
    wall_t created;
    wall_t next; /* not before */
    int attempts;
    enum store_message_state state;
    const char *error; /* last, or NULL */
};

struct store_probe {
    const char *name; /* primary key */
    const char *region;
    const char *cert_sha256;     /* of its newest certificate */
    const char *previous_sha256; /* still good until the new one is used */
    wall_t enrolled;
    wall_t cert_ends;
    bool revoked;
};

struct store_seen {    /* what was last known of a probe */
    const char *probe; /* primary key */
    wall_t kept;       /* when this was */
    wall_t last_sync;  /* ms 0: never */
    const char *software;
    const char *egress;
    bool is_lost;
};

struct store_token {  /* an invitation or an enrolment key, hashed */
    const char *hash; /* SHA-256, hex */
    const char *region;
    const char *name; /* NULL: the probe says, or it is made up */
    wall_t ends;
    int uses_left;
};

struct store_push {    /* a heartbeat: decide/heartbeat.h */
    const char *check; /* primary key */
    wall_t base, last, begun;
    int64_t generation; /* of its token */
};

#endif
