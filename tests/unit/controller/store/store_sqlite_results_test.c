/* Batches: once, in order, in small steps out again; days replace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/store/store_sqlite_results.c"
#include "store_bed.h"

static void
test_a_batch_is_stored_once(void **state)
{
    struct store_bed *w = *state;

    store_bed_add(w, 1, 100);
    store_bed_add(w, 11, 100);
    store_bed_add(w, 1, 100); /* the same transaction or a later one */
    store_bed_wait(w);
    store_bed_add(w, 11, 100);
    store_bed_wait(w);
    assert_int_equal(w->done, 2);
    assert_int_equal(w->duplicate, 2);
    assert_int_equal(store_stats(w->store).batches, 2);
    assert_int_equal(store_stats(w->store).duplicates, 2);
    store_bed_reopen(w);
    assert_int_equal(store_bed_load(w).batches, 2);
    store_bed_add(w, 1, 100); /* and after a restart */
    store_bed_wait(w);
    assert_int_equal(w->duplicate, 3);
}

static void
test_days_replace(void **state)
{
    struct store_bed *w = *state;
    struct store_day day = {.check = "home", .day = 20000, .up = 5};
    struct store_found f;

    store_put_days(w->store, &day, 1);
    day.up = 7;
    day.down = 1;
    store_put_days(w->store, &day, 1);
    store_bed_reopen(w);
    f = store_bed_load(w);
    assert_int_equal(f.days, 1);
    assert_int_equal(f.day.up, 7);
    assert_int_equal(f.day.down, 1);
    assert_int_equal(f.day.day, 20000);
}

struct scanned {
    int64_t first[8];
    int count;
    int stop_at;
};

static struct store_bed *scan_world; /* the done's; `each` has its own cookie */
static struct scanned scanned;

static bool
each(void *cookie, const struct store_batch *b)
{
    (void)cookie;
    scanned.first[scanned.count++] = b->first;
    return scanned.count < scanned.stop_at;
}

static void
on_scanned(void *cookie, enum store_outcome outcome)
{
    (void)cookie;
    store_bed_note(scan_world, outcome);
}

static void
test_a_scan_goes_from_the_newest(void **state)
{
    struct store_bed *w = *state;

    scan_world = w;
    for (int64_t i = 1; i <= 5; i++)
        store_bed_add(w, i, 10);
    store_bed_wait(w);
    scanned = (struct scanned){.stop_at = 3};
    w->open++;
    store_scan(w->store, each, on_scanned, NULL);
    store_bed_wait(w);
    assert_int_equal(scanned.count, 3);
    assert_int_equal(scanned.first[0], 5);
    assert_int_equal(scanned.first[2], 3);
}

static void
no_more(struct store *store)
{
    (void)store;
}

static void
test_old_batches_go_in_small_steps(void **state)
{
    struct store_bed *w = *state;
    struct store_batch old = {.probe = "fra-1",
                              .region = "fra",
                              .spool = {{9}},
                              .received = {1000},
                              .data = "x",
                              .len = 1};

    for (int64_t i = 0; i < 450; i++) {
        old.first = i;
        w->open++;
        store_add_batch(w->store, &old, store_bed_on_batch, w);
    }
    for (int64_t i = 1; i <= 3; i++)
        store_bed_add(w, i, 10);
    store_bed_wait(w);
    for (int i = 0; i < 4; i++) {
        store_sqlite_sweep_results(w->store, loop_wall(w->loop), no_more);
        store_bed_add(w, 1, 10); /* its answer comes after the sweep's */
        store_bed_wait(w);
    }
    assert_true(w->store->stats.results_bytes > 0);
    store_bed_reopen(w);
    assert_int_equal(store_bed_load(w).batches, 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_BED(test_a_batch_is_stored_once),
        STORE_BED(test_days_replace),
        STORE_BED(test_a_scan_goes_from_the_newest),
        STORE_BED(test_old_batches_go_in_small_steps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
