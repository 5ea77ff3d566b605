/*
 * db.c - see db.h.
 *
 * A statement is compiled once and kept; the look-up compares pointers first,
 * for nearly every SQL text is a constant of its caller.  Statements are few
 * (STATEMENTS_MAX), so a list does.
 *
 * The newest error is copied when it happens: the reset after it, and every
 * later call, would change what SQLite says.
 */
#include "base/db.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"

#define STATEMENTS_MAX 256  /* more means SQL is made at run time: a mistake */
#define BUSY_MS        5000 /* a reader's checkpoint may hold the lock */
#define ERROR_MAX      256
#define FILE_MODE      0600 /* WAL and shm follow the file's */

/* Pages of 8 KiB: blobs of batches overflow less.  The WAL file shrinks to
 * 64 MiB after a checkpoint, however far a burst took it. */
#define SETTINGS                                                               \
    "PRAGMA synchronous=FULL;"                                                 \
    "PRAGMA foreign_keys=ON;"                                                  \
    "PRAGMA trusted_schema=OFF;"                                               \
    "PRAGMA journal_size_limit=67108864;"

struct db_stmt {
    struct db *db;
    sqlite3_stmt *st;
    const char *sql;    /* the caller's pointer: a hint, never read */
    bool is_unbindable; /* a value was too big: the step must fail */
};

struct db {
    sqlite3 *handle;
    char *path;
    struct db_stmt *stmts[STATEMENTS_MAX];
    size_t stmt_count;
    bool is_full;
    char error[ERROR_MAX];
};

static int
note_error(struct db *db, int rc)
{
    bool has_no_space = (rc & 0xFF) == SQLITE_IOERR &&
                        sqlite3_system_errno(db->handle) == ENOSPC;

    (void)str_copy(db->error, sizeof db->error, sqlite3_errmsg(db->handle));
    db->is_full = (rc & 0xFF) == SQLITE_FULL || has_no_space;
    return -1;
}

int
db_exec(struct db *db, const char *sql)
{
    int rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);

    return rc == SQLITE_OK ? 0 : note_error(db, rc);
}

/* The first column of the first row of `sql`; -1 when there is none. */
static int64_t
get_int(struct db *db, const char *sql)
{
    struct db_stmt *st = db_prepare(db, sql);
    int64_t value = db_step(st) == 1 ? db_int(st, 0) : -1;

    db_reset(st);
    return value;
}

static int
set_wal(struct db *db)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(db->handle, "PRAGMA journal_mode=WAL", -1, &st,
                                NULL);
    const char *mode = NULL;

    if (rc == SQLITE_OK)
        rc = sqlite3_step(st);
    if (rc == SQLITE_ROW)
        mode = (const char *)sqlite3_column_text(st, 0);
    if (mode == NULL)
        (void)note_error(db, rc);
    else if (str_eq(mode, "wal") || str_eq(mode, "memory"))
        rc = SQLITE_OK;
    else
        (void)str_copy(db->error, sizeof db->error,
                       "this file system cannot hold a write-ahead log; use a "
                       "local disk");
    sqlite3_finalize(st);
    return rc == SQLITE_OK ? 0 : -1;
}

/* One step of the schema's history: 1 done, 0 none left, -1 error.  The
 * version is read inside the transaction, so that two processes which open a
 * new file together do each step once. */
static int
migrate_one(struct db *db, const char *const *migrations, int64_t known)
{
    char sql[64];
    int64_t version;

    if (db_begin(db) != 0)
        return -1;
    version = get_int(db, "PRAGMA user_version");
    assert(version >= 0); /* check_version() has seen it */
    if (version >= known) {
        db_rollback(db);
        return 0;
    }
    (void)snprintf(sql, sizeof sql, "PRAGMA user_version=%d", (int)version + 1);
    if (db_exec(db, migrations[version]) == 0 && db_exec(db, sql) == 0 &&
        db_commit(db) == 0)
        return 1;
    db_rollback(db);
    return -1;
}

static int
check_version(struct db *db, int64_t known)
{
    int64_t version = get_int(db, "PRAGMA user_version");

    if (version >= 0 && version <= known)
        return 0;
    (void)snprintf(db->error, sizeof db->error,
                   "written by a newer Picket (schema %lld, this one knows up "
                   "to %lld); upgrade, or restore the copy made before",
                   (long long)version, (long long)known);
    return -1;
}

static int
migrate(struct db *db, const struct db_opts *opts)
{
    int64_t known = 0;
    int rc = 1;

    while (opts->migrations != NULL && opts->migrations[known] != NULL)
        known++;
    if (check_version(db, known) != 0)
        return -1;
    if ((opts->flags & DB_READ_ONLY) == 0) {
        while (rc == 1)
            rc = migrate_one(db, opts->migrations, known);
        return rc;
    }
    if (get_int(db, "PRAGMA user_version") == known)
        return 0;
    (void)str_copy(db->error, sizeof db->error,
                   "written by an older Picket; start the controller once, "
                   "which brings it up to date");
    return -1;
}

/* SQLite would make the file readable for everybody. */
static void
create_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);

    if (fd >= 0)
        close(fd);
}

static int
open_handle(struct db *db, const struct db_opts *opts)
{
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    int rc;

    if ((opts->flags & DB_READ_ONLY) != 0)
        flags |= SQLITE_OPEN_READONLY;
    else
        flags |= SQLITE_OPEN_READWRITE;
    if ((opts->flags & DB_CREATE) != 0) {
        flags |= SQLITE_OPEN_CREATE;
        if (!str_eq(opts->path, ":memory:"))
            create_file(opts->path);
    }
    rc = sqlite3_open_v2(opts->path, &db->handle, flags, NULL);
    if (rc != SQLITE_OK) {
        const char *cause = strerrordesc_np(sqlite3_system_errno(db->handle));

        (void)snprintf(db->error, sizeof db->error, "%s (%s)",
                       sqlite3_errmsg(db->handle),
                       cause != NULL ? cause : "no cause given");
        return -1;
    }
    (void)sqlite3_busy_timeout(db->handle, BUSY_MS);
    (void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return 0;
}

static int
configure(struct db *db, const struct db_opts *opts)
{
    if (db_exec(db, SETTINGS) != 0)
        return -1;
    if ((opts->flags & DB_READ_ONLY) == 0 &&
        (db_exec(db, "PRAGMA page_size=8192") != 0 || set_wal(db) != 0))
        return -1;
    /* Reads the header and the schema: a damaged file is found here, and not
     * by a statement that does not compile. */
    return db_exec(db, "SELECT count(*) FROM sqlite_schema");
}

struct db *
db_open(const struct db_opts *opts, char *why, size_t cap)
{
    struct db *db = str_xcalloc(1, sizeof *db);

    db->path = str_xdup(opts->path);
    if (open_handle(db, opts) == 0 && configure(db, opts) == 0 &&
        migrate(db, opts) == 0)
        return db;
    (void)snprintf(why, cap, "%s: %s", opts->path, db->error);
    db_close(db);
    return NULL;
}

void
db_close(struct db *db)
{
    int rc;

    if (db == NULL)
        return;
    for (size_t i = 0; i < db->stmt_count; i++) {
        sqlite3_finalize(db->stmts[i]->st);
        free(db->stmts[i]);
    }
    rc = sqlite3_close(db->handle);
    assert(rc == SQLITE_OK);
    free(db->path);
    free(db);
}

int
db_begin(struct db *db)
{
    return db_run(db_prepare(db, "BEGIN IMMEDIATE"));
}

int
db_commit(struct db *db)
{
    return db_run(db_prepare(db, "COMMIT"));
}

/* A full disk may have rolled back already.  The error that led here is kept
 * for db_error(). */
void
db_rollback(struct db *db)
{
    if (sqlite3_get_autocommit(db->handle) == 0)
        (void)sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

static struct db_stmt *
find_stmt(struct db *db, const char *sql)
{
    for (size_t i = 0; i < db->stmt_count; i++) {
        struct db_stmt *st = db->stmts[i];

        if (st->sql == sql && strcmp(sqlite3_sql(st->st), sql) == 0)
            return st;
    }
    for (size_t i = 0; i < db->stmt_count; i++) {
        if (strcmp(sqlite3_sql(db->stmts[i]->st), sql) == 0)
            return db->stmts[i];
    }
    return NULL;
}

struct db_stmt *
db_prepare(struct db *db, const char *sql)
{
    struct db_stmt *st = find_stmt(db, sql);
    int rc;

    if (st != NULL) {
        /* Two uses of one statement would read each other's rows. */
        assert(sqlite3_stmt_busy(st->st) == 0);
        return st;
    }
    assert(db->stmt_count < STATEMENTS_MAX);
    st = str_xcalloc(1, sizeof *st);
    st->db = db;
    st->sql = sql;
    rc = sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
                            &st->st, NULL);
    if (rc != SQLITE_OK)
        (void)fprintf(stderr, "picket: %s: %s: %s\n", db->path,
                      sqlite3_errmsg(db->handle), sql);
    assert(rc == SQLITE_OK && st->st != NULL);
    db->stmts[db->stmt_count++] = st;
    return st;
}

/* A wrong index is ours; a value over SQLite's limit came from outside. */
static void
note_bind(struct db_stmt *st, int rc)
{
    assert(rc != SQLITE_RANGE && rc != SQLITE_MISUSE);
    if (rc != SQLITE_OK)
        st->is_unbindable = true;
}

void
db_bind_int(struct db_stmt *st, int index, int64_t value)
{
    note_bind(st, sqlite3_bind_int64(st->st, index, value));
}

void
db_bind_text(struct db_stmt *st, int index, const char *text)
{
    size_t len = text == NULL ? 0 : strlen(text);

    note_bind(st, sqlite3_bind_text64(st->st, index, text, len, SQLITE_STATIC,
                                      SQLITE_UTF8));
}

void
db_bind_blob(struct db_stmt *st, int index, const void *data, size_t len)
{
    /* SQLite takes no pointer for NULL; no bytes are a blob all the same. */
    note_bind(st, sqlite3_bind_blob64(st->st, index, len > 0 ? data : "", len,
                                      SQLITE_STATIC));
}

int
db_step(struct db_stmt *st)
{
    int rc = st->is_unbindable ? SQLITE_TOOBIG : sqlite3_step(st->st);

    if (rc == SQLITE_ROW)
        return 1;
    if (rc == SQLITE_DONE)
        return 0;
    return note_error(st->db, rc);
}

int
db_run(struct db_stmt *st)
{
    int rc;

    do
        rc = db_step(st);
    while (rc == 1);
    db_reset(st);
    return rc;
}

void
db_reset(struct db_stmt *st)
{
    (void)sqlite3_reset(st->st);
    (void)sqlite3_clear_bindings(st->st);
    st->is_unbindable = false;
}

int64_t
db_int(struct db_stmt *st, int column)
{
    return sqlite3_column_int64(st->st, column);
}

const char *
db_text(struct db_stmt *st, int column)
{
    return (const char *)sqlite3_column_text(st->st, column);
}

const void *
db_blob(struct db_stmt *st, int column, size_t *len)
{
    const void *data = sqlite3_column_blob(st->st, column);

    *len = (size_t)sqlite3_column_bytes(st->st, column);
    return data;
}

int64_t
db_last_id(struct db *db)
{
    return sqlite3_last_insert_rowid(db->handle);
}

int64_t
db_changes(struct db *db)
{
    return sqlite3_changes64(db->handle);
}

const char *
db_error(struct db *db)
{
    return db->error;
}

bool
db_is_full(struct db *db)
{
    return db->is_full;
}
