/*
 * scan.h - find stored results: decoded off the loop, given back on it.
 *
 * Not the store (store.h gives batches) and not a format.
 *
 * Lifecycle   scan_start() --+--> done() once, never from inside, or
 *                            +--> scan_cancel()
 * Ownership   filter and texts are copied; runs are the scan's, valid during
 *             done().
 * Units       times are corrected to the controller's clock.
 * Errors      done() with `failed`: the store could not be read.  A batch that
 *             does not decode is passed over.
 * Threads     loop thread only.
 *
 * At most SCAN_BATCHES_MAX batches are looked at, newest first.
 */
#ifndef CONTROLLER_WEB_SCAN_H
#define CONTROLLER_WEB_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "wire/result.h"

#define SCAN_BATCHES_MAX 50000
#define SCAN_RUNS_MAX    10000

struct scan;
struct store;

struct scan_filter {
    const char *check; /* NULL: all */
    wall_t since;      /* started at or after; ms 0: all */
    size_t limit;      /* 1..SCAN_RUNS_MAX */
};

struct scan_run {
    struct result *result;
    char probe[RESULT_NAME_MAX];
    char region[RESULT_NAME_MAX];
    int64_t sequence;
    wall_t received;
};

typedef void scan_done_fn(void *cookie, const struct scan_run *runs,
                          size_t count, bool failed);
struct scan *scan_start(struct store *store, const struct scan_filter *filter,
                        scan_done_fn *done, void *cookie);
void scan_cancel(struct scan *scan);

/* Received after its slot had closed: `every` and `timeout` of its check. */
bool scan_is_late(const struct scan_run *run, int64_t every_ns,
                  int64_t timeout_ns);

#endif
