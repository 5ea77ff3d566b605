/*
 * The SQLite back end: two databases, a writer for each, a reader for scans,
 * and once a minute a sweep of what is over its time.
 *
 * The reserve is a file of real blocks beside state.db.  A disk that is full
 * of results must not keep a page from being recorded, so it is given up for
 * state.db alone: results.db fails instead, nothing is acknowledged, and the
 * probes keep what they have.
 */
#include "controller/store/store_sqlite_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/db.h"
#include "base/file.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/str.h"
#include "base/worker.h"

#define RESERVE_BYTES  (8 << 20)
#define RESERVE_ROOM   4 /* times its size must be free to take it again */
#define KEEP_MS        (35 * INT64_C(86400000))
#define SWEEP_NS       (60 * NS_PER_S)
#define SWEEP_AGAIN_NS NS_PER_S
#define SCANS_MAX      16
#define DIR_MODE       0700
#define FILE_MODE      0600

void
store_sqlite_reserve(const char *path, int64_t bytes)
{
    struct stat st;
    struct statvfs fs;
    char *dir = str_xdup(path);
    char *slash = strrchr(dir, '/');
    int fd;

    if (slash != NULL)
        *slash = '\0';
    if (stat(path, &st) == 0 || statvfs(slash != NULL ? dir : ".", &fs) != 0 ||
        (uint64_t)fs.f_bavail * fs.f_frsize < (uint64_t)bytes * RESERVE_ROOM)
        goto out;
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    if (fd < 0)
        goto out;
    if (posix_fallocate(fd, 0, bytes) != 0)
        (void)unlink(path);
    (void)close(fd);
out:
    free(dir);
}

/* ---- sweep ---- */

static void sweep(void *cookie);

static void
sweep_in(struct store *store, int64_t ns)
{
    loop_timer_cancel(store->sweep);
    store->sweep = loop_timer_start(store->loop, ns, sweep, store);
}

static void
on_more(struct store *store)
{
    if (store->sweep != NULL)
        sweep_in(store, SWEEP_AGAIN_NS);
}

static void
sweep(void *cookie)
{
    struct store *store = cookie;
    wall_t now = loop_wall(store->loop);

    store->sweep = NULL;
    sweep_in(store, SWEEP_NS);
    store_sqlite_sweep_results(store, now, on_more);
    store_sqlite_sweep_state(store, now);
}

/* ---- open, load, close ---- */

static struct db *
open_db(const char *dir, const char *file, const char *const *schema, char *why,
        size_t cap)
{
    char *path = file_join(dir, file);
    struct db *db = db_open(&(struct db_opts){.path = path,
                                              .flags = DB_CREATE,
                                              .migrations = schema},
                            why, cap);

    free(path);
    return db;
}

static void
start_writers(struct store *store)
{
    struct store_writer_opts opts = {
        .store = store, .loop = store->loop, .log = store->log};

    opts.db = store->results_db;
    opts.name = "results";
    store->results = store_writer_create(&opts);
    opts.db = store->state_db;
    opts.name = "state";
    opts.reserve = store->reserve_path;
    store->state = store_writer_create(&opts);
    store->reader = worker_create(store->loop, "scan", SCANS_MAX);
    sweep_in(store, SWEEP_AGAIN_NS);
}

struct store *
store_open(const struct store_opts *opts, char *why, size_t cap)
{
    struct store *store = str_xcalloc(1, sizeof *store);

    store->loop = opts->loop;
    store->log = opts->log;
    store->keep_ms =
        opts->keep_results_ns > 0 ? opts->keep_results_ns / NS_PER_MS : KEEP_MS;
    store->reserve_bytes =
        opts->reserve_bytes > 0 ? opts->reserve_bytes : RESERVE_BYTES;
    store->results_path = file_join(opts->dir, "results.db");
    store->reserve_path = file_join(opts->dir, "reserve");
    if (file_make_dirs(opts->dir, DIR_MODE) != 0) {
        snprintf(why, cap, "%s: %s", opts->dir, strerror(errno));
        goto fail;
    }
    store->results_db =
        open_db(opts->dir, "results.db", store_sqlite_results_schema, why, cap);
    if (store->results_db == NULL)
        goto fail;
    store->state_db =
        open_db(opts->dir, "state.db", store_sqlite_state_schema, why, cap);
    if (store->state_db == NULL)
        goto fail;
    store_sqlite_reserve(store->reserve_path, store->reserve_bytes);
    start_writers(store);
    return store;
fail:
    if (store->results_db != NULL)
        db_close(store->results_db);
    free(store->results_path);
    free(store->reserve_path);
    free(store);
    return NULL;
}

void
store_close(struct store *store)
{
    if (store == NULL)
        return;
    loop_timer_cancel(store->sweep);
    store->sweep = NULL;
    worker_free(store->reader);
    store_writer_free(store->results);
    store_writer_free(store->state);
    free(store->results_path);
    free(store->reserve_path);
    free(store);
}

int
store_load(struct store *store, const struct store_loader *loader)
{
    int64_t cursor;

    if (store_sqlite_load_state(store->state_db, loader, &cursor) != 0) {
        log_event(store->log, EV_STORE_FAILED, LOG_STR("database", "state"),
                  LOG_STR("error", db_error(store->state_db)));
        return -1;
    }
    if (store_sqlite_load_results(store->results_db, cursor, loader) != 0) {
        log_event(store->log, EV_STORE_FAILED, LOG_STR("database", "results"),
                  LOG_STR("error", db_error(store->results_db)));
        return -1;
    }
    return 0;
}

struct store_stats
store_stats(const struct store *store)
{
    struct store_stats stats = store->stats;

    stats.failures = store_writer_failures(store->results) +
                     store_writer_failures(store->state);
    stats.results_error = store_writer_error(store->results);
    stats.state_error = store_writer_error(store->state);
    return stats;
}
