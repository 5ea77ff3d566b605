/*
 * Reading state.db at the start, in the order that rebuilds: states before the
 * incidents that point at their checks, incidents before their messages.
 */
#include "controller/store/store_sqlite_priv.h"

#include <string.h>

#include "base/db.h"

#define INCIDENTS_LOADED 200
#define INCIDENT_IS_OVER 4 /* enum incident_state: resolved */

static void
take_id(struct db_stmt *st, int column, struct id *id)
{
    size_t len;
    const void *blob = db_blob(st, column, &len);

    if (blob != NULL && len == sizeof id->byte)
        memcpy(id->byte, blob, len);
}

static int
load_states(struct db *db, const struct store_loader *loader)
{
    struct db_stmt *st = db_prepare(db, "SELECT name, data FROM state");
    int rc;

    while ((rc = db_step(st)) == 1) {
        struct store_state s = {.check = db_text(st, 0)};

        s.data = db_blob(st, 1, &s.len);
        if (loader->on_state != NULL)
            loader->on_state(loader->cookie, &s);
    }
    db_reset(st);
    return rc;
}

/* Oldest first, so that whoever keeps a list keeps it in order. */
static int
load_incidents(struct db *db, const struct store_loader *loader)
{
    struct db_stmt *st = db_prepare(
        db, "SELECT id, name, rule, state, opened, acknowledged, resolved,"
            " json FROM incident WHERE state <> ?1 OR id IN (SELECT id FROM"
            " incident ORDER BY opened DESC LIMIT ?2) ORDER BY opened");
    int rc;

    db_bind_int(st, 1, INCIDENT_IS_OVER);
    db_bind_int(st, 2, INCIDENTS_LOADED);
    while ((rc = db_step(st)) == 1) {
        struct store_incident i = {
            .check = db_text(st, 1),
            .rule = db_text(st, 2),
            .state = (int)db_int(st, 3),
            .opened = {db_int(st, 4)},
            .acknowledged = {db_int(st, 5)},
            .resolved = {db_int(st, 6)},
            .json = db_text(st, 7),
        };

        take_id(st, 0, &i.id);
        if (loader->on_incident != NULL)
            loader->on_incident(loader->cookie, &i);
    }
    db_reset(st);
    return rc;
}

static int
load_messages(struct db *db, const struct store_loader *loader)
{
    struct db_stmt *st = db_prepare(
        db, "SELECT id, incident, place, destination, json, created, next,"
            " attempts, state, error FROM message WHERE state=0 OR incident"
            " IN (SELECT id FROM incident WHERE state <> ?)"
            " ORDER BY created, place");
    int rc;

    db_bind_int(st, 1, INCIDENT_IS_OVER);
    while ((rc = db_step(st)) == 1) {
        struct store_message m = {
            .order = db_int(st, 2),
            .destination = db_text(st, 3),
            .json = db_text(st, 4),
            .created = {db_int(st, 5)},
            .next = {db_int(st, 6)},
            .attempts = (int)db_int(st, 7),
            .state = (enum store_message_state)db_int(st, 8),
            .error = db_text(st, 9),
        };

        take_id(st, 0, &m.id);
        take_id(st, 1, &m.incident);
        if (loader->on_message != NULL)
            loader->on_message(loader->cookie, &m);
    }
    db_reset(st);
    return rc;
}

static int
load_probes(struct db *db, const struct store_loader *loader)
{
    struct db_stmt *st = db_prepare(db, "SELECT name, region, cert, previous,"
                                        " enrolled, cert_ends, revoked"
                                        " FROM probe");
    int rc;

    while ((rc = db_step(st)) == 1) {
        struct store_probe p = {
            .name = db_text(st, 0),
            .region = db_text(st, 1),
            .cert_sha256 = db_text(st, 2),
            .previous_sha256 = db_text(st, 3),
            .enrolled = {db_int(st, 4)},
            .cert_ends = {db_int(st, 5)},
            .revoked = db_int(st, 6) != 0,
        };

        if (loader->on_probe != NULL)
            loader->on_probe(loader->cookie, &p);
    }
    db_reset(st);
    return rc;
}

/* Of a probe enrolled anew under an old name, nothing is known yet. */
static int
load_seen(struct db *db, const struct store_loader *loader)
{
    struct db_stmt *st =
        db_prepare(db, "SELECT seen.name, kept, last_sync, software, egress,"
                       " lost FROM seen JOIN probe USING(name)"
                       " WHERE kept >= enrolled");
    int rc;

    while ((rc = db_step(st)) == 1) {
        struct store_seen s = {
            .probe = db_text(st, 0),
            .kept = {db_int(st, 1)},
            .last_sync = {db_int(st, 2)},
            .software = db_text(st, 3),
            .egress = db_text(st, 4),
            .is_lost = db_int(st, 5) != 0,
        };

        if (loader->on_seen != NULL)
            loader->on_seen(loader->cookie, &s);
    }
    db_reset(st);
    return rc;
}

static int
load_tokens(struct db *db, const struct store_loader *loader)
{
    struct db_stmt *st =
        db_prepare(db, "SELECT hash, region, name, ends, uses_left FROM token");
    int rc;

    while ((rc = db_step(st)) == 1) {
        struct store_token t = {
            .hash = db_text(st, 0),
            .region = db_text(st, 1),
            .name = db_text(st, 2),
            .ends = {db_int(st, 3)},
            .uses_left = (int)db_int(st, 4),
        };

        if (loader->on_token != NULL)
            loader->on_token(loader->cookie, &t);
    }
    db_reset(st);
    return rc;
}

static int
load_pushes(struct db *db, const struct store_loader *loader)
{
    struct db_stmt *st =
        db_prepare(db, "SELECT name, base, last, begun, generation FROM push");
    int rc;

    while ((rc = db_step(st)) == 1) {
        struct store_push p = {
            .check = db_text(st, 0),
            .base = {db_int(st, 1)},
            .last = {db_int(st, 2)},
            .begun = {db_int(st, 3)},
            .generation = db_int(st, 4),
        };

        if (loader->on_push != NULL)
            loader->on_push(loader->cookie, &p);
    }
    db_reset(st);
    return rc;
}

static int
load_alive(struct db *db, const struct store_loader *loader)
{
    struct db_stmt *st =
        db_prepare(db, "SELECT value FROM meta WHERE key='alive'");
    int rc = db_step(st);

    if (rc == 1 && loader->on_alive != NULL)
        loader->on_alive(loader->cookie, (wall_t){db_int(st, 0)});
    db_reset(st);
    return rc < 0 ? -1 : 0;
}

int
store_sqlite_load_state(struct db *db, const struct store_loader *loader,
                        int64_t *cursor)
{
    struct db_stmt *st =
        db_prepare(db, "SELECT value FROM meta WHERE key='cursor'");
    int rc = db_step(st);

    *cursor = rc == 1 ? db_int(st, 0) : 0;
    db_reset(st);
    if (rc < 0 || load_states(db, loader) != 0 ||
        load_incidents(db, loader) != 0 || load_messages(db, loader) != 0 ||
        load_probes(db, loader) != 0 || load_seen(db, loader) != 0 ||
        load_tokens(db, loader) != 0 || load_pushes(db, loader) != 0 ||
        load_alive(db, loader) != 0)
        return -1;
    return 0;
}
