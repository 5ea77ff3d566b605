/*
 * One writer a database: a worker's thread, and a queue that makes one
 * transaction of everything that waits.
 *
 *   push ---> waiting ---(no job running)---> running: BEGIN op op op COMMIT
 *                ^                                          |
 *                +-- what came meanwhile <--- finish, finish, finish
 *
 * A commit costs a sync of the disk however much is in it, so a busy store
 * makes fewer and larger ones by itself, and an idle one waits for nobody.
 *
 * When a transaction fails:
 *   1. on a full disk the reserve is given up, and it is tried again;
 *   2. still failing, every op is tried alone, so that one that cannot be
 *      stored does not take its neighbours with it;
 *   3. what fails even so is told STORE_FAILED.
 */
#include "controller/store/store_sqlite_priv.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/db.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/str.h"
#include "base/worker.h"

#define WAITING_BYTES_MAX (64u << 20) /* more: the disk does not keep up */
#define OP_OVERHEAD       256
#define ERROR_MAX         256

struct store_writer {
    struct store *store;
    struct loop *loop;
    struct log *log;
    struct db *db;
    struct worker *worker;
    const char *name;
    char *reserve;
    struct store_op *waiting;
    struct store_op **waiting_end;
    size_t waiting_bytes;
    struct store_op *running; /* the worker's while it is not NULL */
    bool is_closing;
    bool has_released;       /* set by the worker, reported by the loop */
    bool is_failing;         /* logged once until it works again */
    char error[ERROR_MAX];   /* the worker's */
    char failing[ERROR_MAX]; /* the loop's copy, while is_failing */
    uint64_t failures;
};

/* ---- ops ---- */

struct store_op *
store_op_create(size_t size)
{
    struct store_op *op = str_xcalloc(1, size);

    op->bytes = size + OP_OVERHEAD;
    return op;
}

static void *
own(struct store_op *op, void *p)
{
    if (p == NULL) {
        op->is_refused = true;
        return NULL;
    }
    op->owned =
        str_xrealloc(op->owned, (op->owned_count + 1) * sizeof *op->owned);
    op->owned[op->owned_count++] = p;
    return p;
}

const void *
store_op_bytes(struct store_op *op, const void *data, size_t len)
{
    char *copy;

    if (data == NULL)
        return NULL;
    copy = own(op, malloc(len + 1));
    if (copy == NULL)
        return NULL;
    memcpy(copy, data, len);
    copy[len] = '\0';
    op->bytes += len;
    return copy;
}

const char *
store_op_text(struct store_op *op, const char *text)
{
    return store_op_bytes(op, text, text ? strlen(text) : 0);
}

void
store_op_free(struct store_op *op)
{
    size_t i;

    if (op == NULL)
        return;
    for (i = 0; i < op->owned_count; i++)
        free(op->owned[i]);
    free(op->owned);
    free(op);
}

/* ---- on the worker ---- */

/* Runs `first` and, unless alone, all after it in one transaction. */
static int
transact(struct store_writer *w, struct store_op *first, bool alone)
{
    struct store_op *op;

    if (db_begin(w->db) != 0)
        return -1;
    for (op = first; op != NULL; op = alone ? NULL : op->next) {
        if (op->is_refused)
            continue;
        op->outcome = STORE_DONE;
        if (op->run(w->db, op) != 0)
            goto fail;
    }
    if (db_commit(w->db) == 0)
        return 0;
fail:
    str_copy(w->error, sizeof w->error, db_error(w->db));
    return -1;
}

static int
try_twice(struct store_writer *w, struct store_op *first, bool alone)
{
    bool was_full;

    if (transact(w, first, alone) == 0)
        return 0;
    was_full = db_is_full(w->db);
    db_rollback(w->db);
    if (!was_full || w->reserve == NULL || unlink(w->reserve) != 0)
        return -1;
    w->has_released = true;
    if (transact(w, first, alone) == 0)
        return 0;
    db_rollback(w->db);
    return -1;
}

static void
write_all(void *cookie)
{
    struct store_writer *w = cookie;
    struct store_op *op;

    if (try_twice(w, w->running, false) == 0)
        return;
    for (op = w->running; op != NULL; op = op->next)
        if (op->is_refused || try_twice(w, op, true) != 0)
            op->outcome = STORE_FAILED;
}

/* ---- on the loop ---- */

static void
report(struct store_writer *w, size_t failed)
{
    if (w->has_released)
        log_event(w->log, EV_STORE_RESERVE, LOG_STR("database", w->name));
    w->has_released = false;
    if (failed > 0 && !w->is_failing)
        log_event(w->log, EV_STORE_FAILED, LOG_STR("database", w->name),
                  LOG_STR("error", w->error), LOG_INT("count", failed));
    w->is_failing = failed > 0;
    (void)str_copy(w->failing, sizeof w->failing,
                   w->error[0] != '\0' ? w->error
                                       : "the disk does not keep up");
    w->failures += failed;
}

static void on_written(void *cookie);

static void
start(struct store_writer *w)
{
    if (w->running != NULL || w->waiting == NULL)
        return;
    w->running = w->waiting;
    w->waiting = NULL;
    w->waiting_end = &w->waiting;
    w->waiting_bytes = 0;
    if (w->is_closing) {
        write_all(w);
        on_written(w);
        return;
    }
    /* One job at a time: the worker's queue cannot be full. */
    if (worker_push(w->worker, write_all, on_written, w) != 0)
        assert(!"a worker without jobs refused one");
}

static void
on_written(void *cookie)
{
    struct store_writer *w = cookie;
    struct store_op *op = w->running;
    struct store_op *next;
    size_t failed = 0;

    for (next = op; next != NULL; next = next->next)
        failed += next->is_refused || next->outcome == STORE_FAILED;
    report(w, failed);
    for (; op != NULL; op = next) {
        next = op->next;
        if (op->is_refused)
            op->outcome = STORE_FAILED;
        op->finish(w->store, op);
        store_op_free(op);
    }
    w->running = NULL;
    if (!w->is_closing)
        start(w);
}

struct store_writer *
store_writer_create(const struct store_writer_opts *opts)
{
    struct store_writer *w = str_xcalloc(1, sizeof *w);

    w->store = opts->store;
    w->loop = opts->loop;
    w->log = opts->log;
    w->db = opts->db;
    w->name = opts->name;
    w->reserve = str_xdup(opts->reserve);
    w->waiting_end = &w->waiting;
    w->worker = worker_create(opts->loop, opts->name, 1);
    return w;
}

void
store_writer_push(struct store_writer *writer, struct store_op *op)
{
    if (writer->waiting_bytes + op->bytes > WAITING_BYTES_MAX)
        op->is_refused = true;
    else
        writer->waiting_bytes += op->bytes;
    *writer->waiting_end = op;
    writer->waiting_end = &op->next;
    if (!writer->is_closing)
        start(writer);
}

void
store_writer_free(struct store_writer *writer)
{
    if (writer == NULL)
        return;
    writer->is_closing = true;
    worker_free(writer->worker);
    while (writer->waiting != NULL)
        start(writer);
    db_close(writer->db);
    free(writer->reserve);
    free(writer);
}

const char *
store_writer_error(const struct store_writer *writer)
{
    return writer->is_failing ? writer->failing : NULL;
}

uint64_t
store_writer_failures(const struct store_writer *writer)
{
    return writer->failures;
}
