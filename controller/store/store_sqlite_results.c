/*
 * results.db: batches byte for byte as they came, and the days made of them.
 *
 * UNIQUE(probe, spool, first) is what makes a batch count once, however often
 * it is sent; ids rise in the order of commit, and state.db's cursor is one
 * of them.  Old batches go from the front, some hundred at a time, so that no
 * commit of a new one waits long.
 */
#include "controller/store/store_sqlite_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "base/loop.h"
#include "base/str.h"
#include "base/worker.h"

#define SWEEP_BATCHES 200 /* a transaction; more would hold the writer up */
#define DAYS_KEPT     400
#define MS_PER_DAY    INT64_C(86400000)
#define WHY_MAX       256

const char *const store_sqlite_results_schema[] = {
    "CREATE TABLE batch("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " probe TEXT NOT NULL,"
    " region TEXT NOT NULL,"
    " spool BLOB NOT NULL,"
    " first INTEGER NOT NULL,"
    " count INTEGER NOT NULL,"
    " received INTEGER NOT NULL," /* ms of the controller's clock */
    " offset INTEGER NOT NULL,"   /* ms, controller minus probe */
    " data BLOB NOT NULL,"
    " UNIQUE(probe, spool, first));"
    "CREATE TABLE day("
    " name TEXT NOT NULL,"
    " day INTEGER NOT NULL," /* since 1970, UTC */
    " up INTEGER NOT NULL, degraded INTEGER NOT NULL,"
    " partial INTEGER NOT NULL, down INTEGER NOT NULL,"
    " unknown INTEGER NOT NULL,"
    " PRIMARY KEY(name, day)) WITHOUT ROWID;",
    NULL,
};

#define BATCH_COLUMNS                                                          \
    "SELECT id, probe, region, spool, first, count, received, offset, data"    \
    " FROM batch"

static void
read_batch(struct db_stmt *st, struct store_batch *out)
{
    size_t spool_len;
    const void *spool = db_blob(st, 3, &spool_len);

    *out = (struct store_batch){
        .id = db_int(st, 0),
        .probe = db_text(st, 1),
        .region = db_text(st, 2),
        .first = db_int(st, 4),
        .count = (uint32_t)db_int(st, 5),
        .received = {db_int(st, 6)},
        .offset_ms = db_int(st, 7),
    };
    if (spool != NULL && spool_len == sizeof out->spool.byte)
        memcpy(out->spool.byte, spool, spool_len);
    out->data = db_blob(st, 8, &out->len);
}

/* ---- a batch ---- */

struct add_op {
    struct store_op op;
    struct store_batch batch;
    store_batch_fn *done;
    void *cookie;
};

static int64_t
find_batch(struct db *db, const struct store_batch *b)
{
    struct db_stmt *st = db_prepare(
        db, "SELECT id FROM batch WHERE probe=? AND spool=? AND first=?");
    int64_t id = 0;

    db_bind_text(st, 1, b->probe);
    db_bind_blob(st, 2, b->spool.byte, sizeof b->spool.byte);
    db_bind_int(st, 3, b->first);
    if (db_step(st) == 1)
        id = db_int(st, 0);
    db_reset(st);
    return id;
}

static int
run_add(struct db *db, struct store_op *op)
{
    struct store_batch *b = &((struct add_op *)op)->batch;
    struct db_stmt *st = db_prepare(
        db, "INSERT OR IGNORE INTO batch(probe, region, spool, first, count,"
            " received, offset, data) VALUES(?,?,?,?,?,?,?,?)");

    db_bind_text(st, 1, b->probe);
    db_bind_text(st, 2, b->region);
    db_bind_blob(st, 3, b->spool.byte, sizeof b->spool.byte);
    db_bind_int(st, 4, b->first);
    db_bind_int(st, 5, b->count);
    db_bind_int(st, 6, b->received.ms);
    db_bind_int(st, 7, b->offset_ms);
    db_bind_blob(st, 8, b->data, b->len);
    if (db_run(st) != 0)
        return -1;
    if (db_changes(db) == 1) {
        b->id = db_last_id(db);
        return 0;
    }
    op->outcome = STORE_DUPLICATE;
    b->id = find_batch(db, b);
    return 0;
}

static void
finish_add(struct store *store, struct store_op *op)
{
    struct add_op *add = (struct add_op *)op;

    store->stats.batches += op->outcome == STORE_DONE;
    store->stats.duplicates += op->outcome == STORE_DUPLICATE;
    if (add->done != NULL)
        add->done(add->cookie, op->outcome,
                  op->outcome == STORE_FAILED ? 0 : add->batch.id);
}

void
store_add_batch(struct store *store, const struct store_batch *batch,
                store_batch_fn *done, void *cookie)
{
    struct add_op *add = (struct add_op *)store_op_create(sizeof *add);

    add->op.run = run_add;
    add->op.finish = finish_add;
    add->batch = *batch;
    add->batch.probe = store_op_text(&add->op, batch->probe);
    add->batch.region = store_op_text(&add->op, batch->region);
    add->batch.data = store_op_bytes(&add->op, batch->data, batch->len);
    add->done = done;
    add->cookie = cookie;
    store_writer_push(store->results, &add->op);
}

/* ---- days ---- */

struct days_op {
    struct store_op op;
    struct store_day *days;
    size_t count;
};

static int
run_days(struct db *db, struct store_op *op)
{
    const struct days_op *days = (const struct days_op *)op;
    struct db_stmt *st = db_prepare(
        db, "INSERT OR REPLACE INTO day(name, day, up, degraded, partial,"
            " down, unknown) VALUES(?,?,?,?,?,?,?)");
    size_t i;

    for (i = 0; i < days->count; i++) {
        const struct store_day *d = &days->days[i];

        db_bind_text(st, 1, d->check);
        db_bind_int(st, 2, d->day);
        db_bind_int(st, 3, d->up);
        db_bind_int(st, 4, d->degraded);
        db_bind_int(st, 5, d->partial);
        db_bind_int(st, 6, d->down);
        db_bind_int(st, 7, d->unknown);
        if (db_run(st) != 0)
            return -1;
    }
    return 0;
}

static void
finish_days(struct store *store, struct store_op *op)
{
    (void)store;
    (void)op;
}

void
store_put_days(struct store *store, const struct store_day *days, size_t count)
{
    struct days_op *op = (struct days_op *)store_op_create(sizeof *op);
    size_t i;

    op->op.run = run_days;
    op->op.finish = finish_days;
    /* The copy is the op's own, so that it may be written to. */
    op->days = (struct store_day *)(uintptr_t)store_op_bytes(
        &op->op, days, count * sizeof *days);
    op->count = op->days == NULL ? 0 : count;
    for (i = 0; i < op->count; i++)
        op->days[i].check = store_op_text(&op->op, days[i].check);
    store_writer_push(store->results, &op->op);
}

/* ---- sweep ---- */

struct sweep_op {
    struct store_op op;
    int64_t before_ms;
    int64_t before_day;
    int64_t deleted;
    int64_t bytes;
    void (*more)(struct store *store);
};

static int
run_sweep(struct db *db, struct store_op *op)
{
    struct sweep_op *sweep = (struct sweep_op *)op;
    struct db_stmt *st;

    st = db_prepare(db, "DELETE FROM batch WHERE received < ?1 AND id IN"
                        " (SELECT id FROM batch ORDER BY id LIMIT ?2)");
    db_bind_int(st, 1, sweep->before_ms);
    db_bind_int(st, 2, SWEEP_BATCHES);
    if (db_run(st) != 0)
        return -1;
    sweep->deleted = db_changes(db);
    st = db_prepare(db, "DELETE FROM day WHERE day < ?");
    db_bind_int(st, 1, sweep->before_day);
    if (db_run(st) != 0)
        return -1;
    st = db_prepare(db, "SELECT page_count * page_size FROM"
                        " pragma_page_count, pragma_page_size");
    if (db_step(st) == 1)
        sweep->bytes = db_int(st, 0);
    db_reset(st);
    return 0;
}

static void
finish_sweep(struct store *store, struct store_op *op)
{
    struct sweep_op *sweep = (struct sweep_op *)op;

    if (op->outcome != STORE_DONE)
        return;
    store->stats.results_bytes = sweep->bytes;
    if (sweep->deleted == SWEEP_BATCHES)
        sweep->more(store);
}

void
store_sqlite_sweep_results(struct store *store, wall_t now,
                           void (*more)(struct store *store))
{
    struct sweep_op *op = (struct sweep_op *)store_op_create(sizeof *op);

    op->op.run = run_sweep;
    op->op.finish = finish_sweep;
    op->before_ms = now.ms - store->keep_ms;
    op->before_day = now.ms / MS_PER_DAY - DAYS_KEPT;
    op->more = more;
    store_writer_push(store->results, &op->op);
}

/* ---- reading ---- */

struct scan {
    struct store *store;
    store_batch_each_fn *each;
    store_done_fn *done;
    void *cookie;
    enum store_outcome outcome;
};

static void
run_scan(void *cookie)
{
    struct scan *scan = cookie;
    char why[WHY_MAX];
    struct db *db =
        db_open(&(struct db_opts){.path = scan->store->results_path,
                                  .flags = DB_READ_ONLY,
                                  .migrations = store_sqlite_results_schema},
                why, sizeof why);
    struct db_stmt *st;
    struct store_batch batch;
    int rc = 0;

    scan->outcome = STORE_FAILED;
    if (db == NULL)
        return;
    st = db_prepare(db, BATCH_COLUMNS " ORDER BY id DESC");
    while ((rc = db_step(st)) == 1) {
        read_batch(st, &batch);
        if (!scan->each(scan->cookie, &batch)) {
            rc = 0;
            break;
        }
    }
    db_reset(st);
    db_close(db);
    if (rc == 0)
        scan->outcome = STORE_DONE;
}

static void
finish_scan(void *cookie)
{
    struct scan *scan = cookie;

    scan->done(scan->cookie, scan->outcome);
    free(scan);
}

void
store_scan(struct store *store, store_batch_each_fn *each, store_done_fn *done,
           void *cookie)
{
    struct scan *scan = str_xcalloc(1, sizeof *scan);

    *scan = (struct scan){store, each, done, cookie, STORE_FAILED};
    /* Over its bound the reader refuses: told from the loop, like an answer. */
    if (worker_push(store->reader, run_scan, finish_scan, scan) != 0)
        loop_post(store->loop, finish_scan, scan);
}

static int
load_days(struct db *db, const struct store_loader *loader)
{
    struct db_stmt *st = db_prepare(
        db, "SELECT name, day, up, degraded, partial, down, unknown FROM day");
    int rc;

    while ((rc = db_step(st)) == 1) {
        struct store_day day = {
            .check = db_text(st, 0),
            .day = db_int(st, 1),
            .up = (uint32_t)db_int(st, 2),
            .degraded = (uint32_t)db_int(st, 3),
            .partial = (uint32_t)db_int(st, 4),
            .down = (uint32_t)db_int(st, 5),
            .unknown = (uint32_t)db_int(st, 6),
        };

        if (loader->on_day != NULL)
            loader->on_day(loader->cookie, &day);
    }
    db_reset(st);
    return rc;
}

int
store_sqlite_load_results(struct db *db, int64_t cursor,
                          const struct store_loader *loader)
{
    struct db_stmt *st;
    struct store_batch batch;
    int rc;

    if (load_days(db, loader) != 0)
        return -1;
    if (loader->on_batch == NULL)
        return 0;
    st = db_prepare(db, BATCH_COLUMNS " WHERE id > ? ORDER BY id");
    db_bind_int(st, 1, cursor);
    while ((rc = db_step(st)) == 1) {
        read_batch(st, &batch);
        loader->on_batch(loader->cookie, &batch);
    }
    db_reset(st);
    return rc;
}
