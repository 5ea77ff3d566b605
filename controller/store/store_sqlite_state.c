/*
 * state.db: what the controller has decided, promised and enrolled.
 *
 * A message is inserted once and never again: its id is made of what it says,
 * so a decision made again after a crash finds it there already, sent or not.
 * The cursor is the last batch whose results are in the states; both are
 * written by the same transaction.
 */
#include "controller/store/store_sqlite_priv.h"

#include <string.h>

#include "base/db.h"
#include "base/loop.h"

#define SWEEP_ROWS        200
#define MESSAGES_KEPT_MS  (90 * INT64_C(86400000))
#define INCIDENTS_KEPT_MS (800 * INT64_C(86400000))

const char *const store_sqlite_state_schema[] = {
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE TABLE state(name TEXT PRIMARY KEY, data BLOB NOT NULL);"
    "CREATE TABLE incident("
    " id BLOB PRIMARY KEY, name TEXT NOT NULL, rule TEXT NOT NULL,"
    " state INTEGER NOT NULL, opened INTEGER NOT NULL,"
    " acknowledged INTEGER NOT NULL, resolved INTEGER NOT NULL,"
    " json TEXT NOT NULL);"
    "CREATE INDEX incident_opened ON incident(opened);"
    "CREATE TABLE message("
    " id BLOB PRIMARY KEY, incident BLOB NOT NULL, place INTEGER NOT NULL,"
    " destination TEXT NOT NULL, json TEXT NOT NULL,"
    " created INTEGER NOT NULL, next INTEGER NOT NULL,"
    " attempts INTEGER NOT NULL, state INTEGER NOT NULL, error TEXT);"
    "CREATE INDEX message_incident ON message(incident, place);"
    "CREATE INDEX message_created ON message(created);"
    "CREATE TABLE probe("
    " name TEXT PRIMARY KEY, region TEXT NOT NULL, cert TEXT, previous TEXT,"
    " enrolled INTEGER NOT NULL, cert_ends INTEGER NOT NULL,"
    " revoked INTEGER NOT NULL);"
    "CREATE TABLE token("
    " hash TEXT PRIMARY KEY, region TEXT NOT NULL, name TEXT,"
    " ends INTEGER NOT NULL, uses_left INTEGER NOT NULL);"
    "CREATE TABLE audit("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL,"
    " who TEXT NOT NULL, what TEXT NOT NULL);",
    "CREATE TABLE push("
    " name TEXT PRIMARY KEY, base INTEGER NOT NULL, last INTEGER NOT NULL,"
    " begun INTEGER NOT NULL, generation INTEGER NOT NULL);",
    "CREATE TABLE seen("
    " name TEXT PRIMARY KEY, kept INTEGER NOT NULL,"
    " last_sync INTEGER NOT NULL, software TEXT, egress TEXT,"
    " lost INTEGER NOT NULL);",
    NULL,
};

/* ---- one row each ---- */

static int
put_cursor(struct db *db, int64_t cursor)
{
    struct db_stmt *st = db_prepare(
        db, "INSERT OR REPLACE INTO meta(key, value) VALUES('cursor', ?)");

    db_bind_int(st, 1, cursor);
    return db_run(st);
}

static int
put_state(struct db *db, const struct store_state *s)
{
    struct db_stmt *st;

    if (s->data == NULL) {
        st = db_prepare(db, "DELETE FROM state WHERE name=?");
        db_bind_text(st, 1, s->check);
        return db_run(st);
    }
    st = db_prepare(db, "INSERT OR REPLACE INTO state(name, data) VALUES(?,?)");
    db_bind_text(st, 1, s->check);
    db_bind_blob(st, 2, s->data, s->len);
    return db_run(st);
}

static int
put_incident(struct db *db, const struct store_incident *i)
{
    struct db_stmt *st = db_prepare(
        db, "INSERT OR REPLACE INTO incident(id, name, rule, state, opened,"
            " acknowledged, resolved, json) VALUES(?,?,?,?,?,?,?,?)");

    db_bind_blob(st, 1, i->id.byte, sizeof i->id.byte);
    db_bind_text(st, 2, i->check);
    db_bind_text(st, 3, i->rule);
    db_bind_int(st, 4, i->state);
    db_bind_int(st, 5, i->opened.ms);
    db_bind_int(st, 6, i->acknowledged.ms);
    db_bind_int(st, 7, i->resolved.ms);
    db_bind_text(st, 8, i->json);
    return db_run(st);
}

static int
add_message(struct db *db, const struct store_message *m)
{
    struct db_stmt *st = db_prepare(
        db, "INSERT OR IGNORE INTO message(id, incident, place, destination,"
            " json, created, next, attempts, state, error)"
            " VALUES(?,?,?,?,?,?,?,?,?,?)");

    db_bind_blob(st, 1, m->id.byte, sizeof m->id.byte);
    db_bind_blob(st, 2, m->incident.byte, sizeof m->incident.byte);
    db_bind_int(st, 3, m->order);
    db_bind_text(st, 4, m->destination);
    db_bind_text(st, 5, m->json);
    db_bind_int(st, 6, m->created.ms);
    db_bind_int(st, 7, m->next.ms);
    db_bind_int(st, 8, m->attempts);
    db_bind_int(st, 9, (int64_t)m->state);
    db_bind_text(st, 10, m->error);
    return db_run(st);
}

/* ---- a decision ---- */

struct commit_op {
    struct store_op op;
    int64_t cursor;
    struct store_state *states;
    size_t state_count;
    struct store_incident *incidents;
    size_t incident_count;
    struct store_message *messages;
    size_t message_count;
    store_done_fn *done;
    void *cookie;
};

static int
run_commit(struct db *db, struct store_op *op)
{
    const struct commit_op *c = (const struct commit_op *)op;
    size_t i;

    for (i = 0; i < c->state_count; i++)
        if (put_state(db, &c->states[i]) != 0)
            return -1;
    for (i = 0; i < c->incident_count; i++)
        if (put_incident(db, &c->incidents[i]) != 0)
            return -1;
    for (i = 0; i < c->message_count; i++)
        if (add_message(db, &c->messages[i]) != 0)
            return -1;
    return c->cursor == 0 ? 0 : put_cursor(db, c->cursor);
}

static void
finish_commit(struct store *store, struct store_op *op)
{
    struct commit_op *c = (struct commit_op *)op;

    if (op->outcome == STORE_FAILED)
        store->stats.unrecorded += c->message_count;
    if (c->done != NULL)
        c->done(c->cookie, op->outcome);
}

/* An array of the op's own, to be written to. */
static void *
copy_array(struct store_op *op, const void *array, size_t bytes)
{
    if (bytes == 0)
        return NULL;
    return (void *)(uintptr_t)store_op_bytes(op, array, bytes);
}

static void
copy_commit(struct commit_op *to, const struct store_commit *from)
{
    struct store_op *op = &to->op;
    size_t i;

    to->states =
        copy_array(op, from->states, from->state_count * sizeof *from->states);
    to->incidents = copy_array(op, from->incidents,
                               from->incident_count * sizeof *from->incidents);
    to->messages = copy_array(op, from->messages,
                              from->message_count * sizeof *from->messages);
    if (op->is_refused)
        return;
    to->state_count = from->state_count;
    to->incident_count = from->incident_count;
    to->message_count = from->message_count;
    for (i = 0; i < to->state_count; i++) {
        to->states[i].check = store_op_text(op, from->states[i].check);
        to->states[i].data =
            store_op_bytes(op, from->states[i].data, from->states[i].len);
    }
    for (i = 0; i < to->incident_count; i++) {
        to->incidents[i].check = store_op_text(op, from->incidents[i].check);
        to->incidents[i].rule = store_op_text(op, from->incidents[i].rule);
        to->incidents[i].json = store_op_text(op, from->incidents[i].json);
    }
    for (i = 0; i < to->message_count; i++) {
        const struct store_message *m = &from->messages[i];

        to->messages[i].destination = store_op_text(op, m->destination);
        to->messages[i].json = store_op_text(op, m->json);
        to->messages[i].error = store_op_text(op, m->error);
    }
}

void
store_commit(struct store *store, const struct store_commit *commit,
             store_done_fn *done, void *cookie)
{
    struct commit_op *op = (struct commit_op *)store_op_create(sizeof *op);

    op->op.run = run_commit;
    op->op.finish = finish_commit;
    op->cursor = commit->cursor;
    op->done = done;
    op->cookie = cookie;
    copy_commit(op, commit);
    store_writer_push(store->state, &op->op);
}

/* ---- messages, probes, tokens, audit: one row an op ---- */

struct row_op {
    struct store_op op;

    union {
        struct store_message message;
        struct store_probe probe;
        struct store_seen seen;
        struct store_token token;
        struct store_push push;
        wall_t alive;

        struct {
            const char *who, *what;
            wall_t at;
        } audit;
    } row;

    store_done_fn *done;
    void *cookie;
};

static void
finish_row(struct store *store, struct store_op *op)
{
    struct row_op *row = (struct row_op *)op;

    (void)store;
    if (row->done != NULL)
        row->done(row->cookie, op->outcome);
}

static struct row_op *
row_op_create(int (*run)(struct db *, struct store_op *), store_done_fn *done,
              void *cookie)
{
    struct row_op *op = (struct row_op *)store_op_create(sizeof *op);

    op->op.run = run;
    op->op.finish = finish_row;
    op->done = done;
    op->cookie = cookie;
    return op;
}

static int
run_message(struct db *db, struct store_op *op)
{
    const struct store_message *m = &((struct row_op *)op)->row.message;
    struct db_stmt *st =
        db_prepare(db, "UPDATE message SET next=?, attempts=?, state=?, error=?"
                       " WHERE id=?");

    db_bind_int(st, 1, m->next.ms);
    db_bind_int(st, 2, m->attempts);
    db_bind_int(st, 3, (int64_t)m->state);
    db_bind_text(st, 4, m->error);
    db_bind_blob(st, 5, m->id.byte, sizeof m->id.byte);
    if (db_run(st) != 0)
        return -1;
    /* It went out although its commit had failed: recorded now, as it is. */
    return db_changes(db) == 1 ? 0 : add_message(db, m);
}

void
store_put_message(struct store *store, const struct store_message *m,
                  store_done_fn *done, void *cookie)
{
    struct row_op *op = row_op_create(run_message, done, cookie);

    op->row.message = *m;
    op->row.message.destination = store_op_text(&op->op, m->destination);
    op->row.message.json = store_op_text(&op->op, m->json);
    op->row.message.error = store_op_text(&op->op, m->error);
    store_writer_push(store->state, &op->op);
}

static int
run_probe(struct db *db, struct store_op *op)
{
    const struct store_probe *p = &((struct row_op *)op)->row.probe;
    struct db_stmt *st = db_prepare(
        db, "INSERT OR REPLACE INTO probe(name, region, cert, previous,"
            " enrolled, cert_ends, revoked) VALUES(?,?,?,?,?,?,?)");

    db_bind_text(st, 1, p->name);
    db_bind_text(st, 2, p->region);
    db_bind_text(st, 3, p->cert_sha256);
    db_bind_text(st, 4, p->previous_sha256);
    db_bind_int(st, 5, p->enrolled.ms);
    db_bind_int(st, 6, p->cert_ends.ms);
    db_bind_int(st, 7, p->revoked);
    return db_run(st);
}

void
store_put_probe(struct store *store, const struct store_probe *probe,
                store_done_fn *done, void *cookie)
{
    struct row_op *op = row_op_create(run_probe, done, cookie);
    struct store_probe *p = &op->row.probe;

    *p = *probe;
    p->name = store_op_text(&op->op, probe->name);
    p->region = store_op_text(&op->op, probe->region);
    p->cert_sha256 = store_op_text(&op->op, probe->cert_sha256);
    p->previous_sha256 = store_op_text(&op->op, probe->previous_sha256);
    store_writer_push(store->state, &op->op);
}

static int
run_seen(struct db *db, struct store_op *op)
{
    const struct store_seen *s = &((struct row_op *)op)->row.seen;
    struct db_stmt *st =
        db_prepare(db, "INSERT OR REPLACE INTO seen(name, kept, last_sync,"
                       " software, egress, lost) VALUES(?,?,?,?,?,?)");

    db_bind_text(st, 1, s->probe);
    db_bind_int(st, 2, s->kept.ms);
    db_bind_int(st, 3, s->last_sync.ms);
    db_bind_text(st, 4, s->software);
    db_bind_text(st, 5, s->egress);
    db_bind_int(st, 6, s->is_lost);
    return db_run(st);
}

void
store_put_seen(struct store *store, const struct store_seen *seen,
               store_done_fn *done, void *cookie)
{
    struct row_op *op = row_op_create(run_seen, done, cookie);
    struct store_seen *s = &op->row.seen;

    *s = *seen;
    s->probe = store_op_text(&op->op, seen->probe);
    s->software = store_op_text(&op->op, seen->software);
    s->egress = store_op_text(&op->op, seen->egress);
    store_writer_push(store->state, &op->op);
}

static int
run_token(struct db *db, struct store_op *op)
{
    const struct store_token *t = &((struct row_op *)op)->row.token;
    struct db_stmt *st =
        db_prepare(db, "INSERT OR REPLACE INTO token(hash, region, name, ends,"
                       " uses_left) VALUES(?,?,?,?,?)");

    db_bind_text(st, 1, t->hash);
    db_bind_text(st, 2, t->region);
    db_bind_text(st, 3, t->name);
    db_bind_int(st, 4, t->ends.ms);
    db_bind_int(st, 5, t->uses_left);
    return db_run(st);
}

void
store_put_token(struct store *store, const struct store_token *token,
                store_done_fn *done, void *cookie)
{
    struct row_op *op = row_op_create(run_token, done, cookie);
    struct store_token *t = &op->row.token;

    *t = *token;
    t->hash = store_op_text(&op->op, token->hash);
    t->region = store_op_text(&op->op, token->region);
    t->name = store_op_text(&op->op, token->name);
    store_writer_push(store->state, &op->op);
}

static int
run_push(struct db *db, struct store_op *op)
{
    const struct store_push *p = &((struct row_op *)op)->row.push;
    struct db_stmt *st =
        db_prepare(db, "INSERT OR REPLACE INTO push(name, base, last, begun,"
                       " generation) VALUES(?,?,?,?,?)");

    db_bind_text(st, 1, p->check);
    db_bind_int(st, 2, p->base.ms);
    db_bind_int(st, 3, p->last.ms);
    db_bind_int(st, 4, p->begun.ms);
    db_bind_int(st, 5, p->generation);
    return db_run(st);
}

void
store_put_push(struct store *store, const struct store_push *push,
               store_done_fn *done, void *cookie)
{
    struct row_op *op = row_op_create(run_push, done, cookie);

    op->row.push = *push;
    op->row.push.check = store_op_text(&op->op, push->check);
    store_writer_push(store->state, &op->op);
}

static int
run_remove_push(struct db *db, struct store_op *op)
{
    struct db_stmt *st = db_prepare(db, "DELETE FROM push WHERE name = ?");

    db_bind_text(st, 1, ((struct row_op *)op)->row.push.check);
    return db_run(st);
}

void
store_remove_push(struct store *store, const char *check, store_done_fn *done,
                  void *cookie)
{
    struct row_op *op = row_op_create(run_remove_push, done, cookie);

    op->row.push.check = store_op_text(&op->op, check);
    store_writer_push(store->state, &op->op);
}

static int
run_alive(struct db *db, struct store_op *op)
{
    struct db_stmt *st = db_prepare(
        db, "INSERT OR REPLACE INTO meta(key, value) VALUES('alive', ?)");

    db_bind_int(st, 1, ((struct row_op *)op)->row.alive.ms);
    return db_run(st);
}

void
store_put_alive(struct store *store, wall_t at)
{
    struct row_op *op = row_op_create(run_alive, NULL, NULL);

    op->row.alive = at;
    store_writer_push(store->state, &op->op);
}

static int
run_audit(struct db *db, struct store_op *op)
{
    const struct row_op *row = (const struct row_op *)op;
    struct db_stmt *st =
        db_prepare(db, "INSERT INTO audit(at, who, what) VALUES(?,?,?)");

    db_bind_int(st, 1, row->row.audit.at.ms);
    db_bind_text(st, 2, row->row.audit.who);
    db_bind_text(st, 3, row->row.audit.what);
    return db_run(st);
}

void
store_add_audit(struct store *store, const char *who, const char *what)
{
    struct row_op *op = row_op_create(run_audit, NULL, NULL);

    op->row.audit.at = loop_wall(store->loop);
    op->row.audit.who = store_op_text(&op->op, who);
    op->row.audit.what = store_op_text(&op->op, what);
    store_writer_push(store->state, &op->op);
}

/* ---- sweep ---- */

struct sweep_op {
    struct store_op op;
    wall_t now;
    int64_t bytes;
    char *reserve;
    int64_t reserve_bytes;
};

static int
delete_before(struct db *db, const char *sql, int64_t before_ms)
{
    struct db_stmt *st = db_prepare(db, sql);

    db_bind_int(st, 1, before_ms);
    db_bind_int(st, 2, SWEEP_ROWS);
    return db_run(st);
}

static int
run_sweep(struct db *db, struct store_op *op)
{
    struct sweep_op *sweep = (struct sweep_op *)op;
    struct db_stmt *st;

    if (delete_before(db,
                      "DELETE FROM message WHERE state <> 0 AND id IN (SELECT"
                      " id FROM message WHERE created < ? ORDER BY created"
                      " LIMIT ?)",
                      sweep->now.ms - MESSAGES_KEPT_MS) != 0)
        return -1;
    if (delete_before(db,
                      "DELETE FROM incident WHERE resolved > 0 AND id IN"
                      " (SELECT id FROM incident WHERE opened < ? ORDER BY"
                      " opened LIMIT ?)",
                      sweep->now.ms - INCIDENTS_KEPT_MS) != 0)
        return -1;
    st = db_prepare(db, "SELECT page_count * page_size FROM"
                        " pragma_page_count, pragma_page_size");
    if (db_step(st) == 1)
        sweep->bytes = db_int(st, 0);
    db_reset(st);
    store_sqlite_reserve(sweep->reserve, sweep->reserve_bytes);
    return 0;
}

static void
finish_sweep(struct store *store, struct store_op *op)
{
    if (op->outcome == STORE_DONE)
        store->stats.state_bytes = ((struct sweep_op *)op)->bytes;
}

void
store_sqlite_sweep_state(struct store *store, wall_t now)
{
    struct sweep_op *op = (struct sweep_op *)store_op_create(sizeof *op);

    op->op.run = run_sweep;
    op->op.finish = finish_sweep;
    op->now = now;
    op->reserve = store->reserve_path; /* lives longer than the writer */
    op->reserve_bytes = store->reserve_bytes;
    store_writer_push(store->state, &op->op);
}
