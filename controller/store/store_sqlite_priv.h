/*
 * store_sqlite_priv.h - what the files of the SQLite store share.
 *
 * Not for anybody else: store.h is the contract.
 *
 * Ownership   an op owns copies of all it was asked with; finish() ends it.
 * Threads     run() on the writer's worker, everything else on the loop.
 */
#ifndef CONTROLLER_STORE_STORE_SQLITE_PRIV_H
#define CONTROLLER_STORE_STORE_SQLITE_PRIV_H

#include "controller/store/store.h"

struct db;
struct store_writer;
struct worker;

/* One thing to write, with others in one transaction. */
struct store_op {
    struct store_op *next;
    /* 0, or -1 and the transaction is rolled back; may run more than once */
    int (*run)(struct db *db, struct store_op *op);
    /* tells the outcome; then the op is freed */
    void (*finish)(struct store *store, struct store_op *op);
    enum store_outcome outcome;
    size_t bytes;
    bool is_refused; /* no memory or no room: fails without being run */
    void **owned;
    size_t owned_count;
};

struct store_op *store_op_create(size_t size);
const char *store_op_text(struct store_op *op, const char *text);
const void *store_op_bytes(struct store_op *op, const void *data, size_t len);
void store_op_free(struct store_op *op);

/* ---- store_sqlite_writer.c: one database, one thread, group commit ---- */

struct store_writer_opts {
    struct store *store;
    struct loop *loop;
    struct log *log;
    struct db *db;
    const char *name;    /* in the log */
    const char *reserve; /* file to give up on a full disk; NULL: none */
};
struct store_writer *store_writer_create(const struct store_writer_opts *opts);
/* Writes what was asked for, tells every outcome, closes the database. */
void store_writer_free(struct store_writer *writer);
void store_writer_push(struct store_writer *writer, struct store_op *op);
uint64_t store_writer_failures(const struct store_writer *writer);
/* Of the last transaction; NULL: it went well.  Good until the next ends. */
const char *store_writer_error(const struct store_writer *writer);

/* ---- the back end ---- */

struct store {
    struct loop *loop;
    struct log *log;
    char *results_path;
    char *reserve_path;
    int64_t reserve_bytes;
    int64_t keep_ms;
    struct db *results_db; /* the writers' own, but for open and load */
    struct db *state_db;
    struct store_writer *results;
    struct store_writer *state;
    struct worker *reader;
    struct loop_timer *sweep;
    struct store_stats stats;
};

extern const char *const store_sqlite_results_schema[];
extern const char *const store_sqlite_state_schema[];

/* Delete what is over its time, a little at a time: rows deleted in *more. */
void store_sqlite_sweep_results(struct store *store, wall_t now,
                                void (*more)(struct store *store));
void store_sqlite_sweep_state(struct store *store, wall_t now);
int store_sqlite_load_results(struct db *db, int64_t cursor,
                              const struct store_loader *loader);
int store_sqlite_load_state(struct db *db, const struct store_loader *loader,
                            int64_t *cursor);
/* Takes `bytes` of disk, if there is four times as much left. */
void store_sqlite_reserve(const char *path, int64_t bytes);

#endif
