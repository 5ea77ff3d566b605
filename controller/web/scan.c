/*
 * scan.c - see scan.h.
 *
 * on_batch() runs on the store's reader thread and touches nothing but the
 * scan, which the loop leaves alone until the store says that it is done.  A
 * cancelled scan runs on to its end and is freed then; `is_cancelled` is the
 * one thing both threads touch.
 */
#include "controller/web/scan.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/str.h"
#include "controller/store/store.h"
#include "wire/batch.h"

#define RUNS_FIRST 64
#define GRACE_MS   10000 /* a slot closes at its end + timeout + this */

struct scan {
    char *check;
    wall_t since;
    size_t limit;
    size_t batches;
    struct scan_run *runs;
    size_t count, cap;
    atomic_bool is_cancelled;
    scan_done_fn *done;
    void *cookie;
};

static void
scan_free(struct scan *scan)
{
    for (size_t i = 0; i < scan->count; i++)
        result_free(scan->runs[i].result);
    free(scan->runs);
    free(scan->check);
    free(scan);
}

static bool
is_wanted(const struct scan *scan, const struct result *r)
{
    return (scan->check == NULL || str_eq(scan->check, r->check)) &&
           r->started.ms >= scan->since.ms;
}

static bool
keep(struct scan *scan, const struct store_batch *b, size_t index,
     const struct result *r)
{
    struct scan_run *run;

    if (scan->count == scan->cap) {
        scan->cap = scan->cap == 0 ? RUNS_FIRST : 2 * scan->cap;
        scan->runs = str_xrealloc(scan->runs, scan->cap * sizeof(*scan->runs));
    }
    run = &scan->runs[scan->count];
    run->result = result_copy(r);
    if (run->result == NULL)
        return false;
    (void)str_copy(run->probe, sizeof(run->probe), b->probe);
    (void)str_copy(run->region, sizeof(run->region), b->region);
    run->sequence = b->first + (int64_t)index;
    run->received = b->received;
    scan->count++;
    return true;
}

/* Newest last in a batch, so from its end. */
static void
search(struct scan *scan, const struct store_batch *b,
       const struct batch *batch)
{
    struct result r;

    for (size_t i = batch_count(batch); i > 0 && scan->count < scan->limit;
         i--) {
        batch_get(batch, i - 1, &r);
        r.started.ms += b->offset_ms;
        r.slot.ms += b->offset_ms;
        if (is_wanted(scan, &r) && !keep(scan, b, i - 1, &r))
            return;
    }
}

static bool
on_batch(void *cookie, const struct store_batch *b)
{
    struct scan *scan = cookie;
    char why[128];
    struct batch *batch;

    if (atomic_load(&scan->is_cancelled))
        return false;
    batch = batch_decode(b->data, b->len, why, sizeof(why));
    if (batch != NULL)
        search(scan, b, batch);
    batch_free(batch);
    /* A run began before its batch came, so older batches have older runs. */
    return scan->count < scan->limit && ++scan->batches < SCAN_BATCHES_MAX &&
           b->received.ms >= scan->since.ms;
}

static int
newest_first(const void *a, const void *b)
{
    const struct scan_run *x = a;
    const struct scan_run *y = b;
    int64_t l = x->result->started.ms;
    int64_t r = y->result->started.ms;

    return (r > l) - (r < l);
}

static void
on_done(void *cookie, enum store_outcome outcome)
{
    struct scan *scan = cookie;

    if (scan->count > 1)
        qsort(scan->runs, scan->count, sizeof(*scan->runs), newest_first);
    if (!atomic_load(&scan->is_cancelled))
        scan->done(scan->cookie, scan->runs, scan->count,
                   outcome == STORE_FAILED);
    scan_free(scan);
}

struct scan *
scan_start(struct store *store, const struct scan_filter *filter,
           scan_done_fn *done, void *cookie)
{
    struct scan *scan = str_xcalloc(1, sizeof(*scan));

    scan->check = str_xdup(filter->check);
    scan->since = filter->since;
    scan->limit = filter->limit < 1               ? 1
                  : filter->limit > SCAN_RUNS_MAX ? SCAN_RUNS_MAX
                                                  : filter->limit;
    scan->done = done;
    scan->cookie = cookie;
    atomic_init(&scan->is_cancelled, false);
    store_scan(store, on_batch, on_done, scan);
    return scan;
}

void
scan_cancel(struct scan *scan)
{
    if (scan != NULL)
        atomic_store(&scan->is_cancelled, true);
}

bool
scan_is_late(const struct scan_run *run, int64_t every_ns, int64_t timeout_ns)
{
    return run->received.ms > run->result->slot.ms +
                                  (every_ns + timeout_ns) / NS_PER_MS +
                                  GRACE_MS;
}
