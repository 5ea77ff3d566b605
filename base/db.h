/*
 * db.h - SQLite as the stores use it: WAL, synchronous=FULL, short statements.
 *
 * Not the schema: each store file has its own and hands it to db_open().
 *
 * Lifecycle   db_prepare() gives a statement that the database keeps (by its
 *             SQL text) until db_close(); bind, step, read, db_reset().
 * Ownership   text and blobs bound are borrowed until db_reset(); columns are
 *             valid until the next step or reset.
 * Errors      -1, and db_error() says what; db_is_full() when the disk is.
 *             A statement that does not compile is an assertion.
 * Threads     a database belongs to one thread (the store's worker), but for
 *             readers that open it again with DB_READ_ONLY.
 */
#ifndef BASE_DB_H
#define BASE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct db_stmt;

enum db_flags { DB_CREATE = 1, DB_READ_ONLY = 2 };

/* One step of a schema's history: versions 1, 2, 3 ... run in order, each in
 * a transaction, user_version tells which were. */
struct db_opts {
    const char *path;
    unsigned flags;
    const char *const *migrations; /* SQL, NULL-terminated */
};

/* NULL: `why` (cap bytes) says what, with the path. */
struct db *db_open(const struct db_opts *opts, char *why, size_t cap);
void db_close(struct db *db);

int db_exec(struct db *db, const char *sql);
int db_begin(struct db *db); /* IMMEDIATE */
int db_commit(struct db *db);
void db_rollback(struct db *db);

struct db_stmt *db_prepare(struct db *db, const char *sql);
void db_bind_int(struct db_stmt *st, int index, int64_t value); /* from 1 */
void db_bind_text(struct db_stmt *st, int index,
                  const char *text); /* NULL ok */
void db_bind_blob(struct db_stmt *st, int index, const void *data, size_t len);
/* 1 a row, 0 done, -1 error. */
int db_step(struct db_stmt *st);
/* Step to the end and reset: 0 or -1. */
int db_run(struct db_stmt *st);
void db_reset(struct db_stmt *st);

int64_t db_int(struct db_stmt *st, int column);      /* from 0 */
const char *db_text(struct db_stmt *st, int column); /* NULL for null */
const void *db_blob(struct db_stmt *st, int column, size_t *len);

int64_t db_last_id(struct db *db);
int64_t db_changes(struct db *db);
const char *db_error(struct db *db);
bool db_is_full(struct db *db);

#endif
