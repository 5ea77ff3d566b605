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
    struct world *w = *state;

    add(w, 1, 100);
    add(w, 11, 100);
    add(w, 1, 100); /* the same transaction or a later one */
    wait_all(w);
    add(w, 11, 100);
    wait_all(w);
    assert_int_equal(w->done, 2);
    assert_int_equal(w->duplicate, 2);
    assert_int_equal(store_stats(w->store).batches, 2);
    assert_int_equal(store_stats(w->store).duplicates, 2);
    reopen(w);
    assert_int_equal(load(w).batches, 2);
    add(w, 1, 100); /* and after a restart */
    wait_all(w);
    assert_int_equal(w->duplicate, 3);
}

static void
test_days_replace(void **state)
{
    struct world *w = *state;
    struct store_day day = {.check = "home", .day = 20000, .up = 5};
    struct found f;

    store_put_days(w->store, &day, 1);
    day.up = 7;
    day.down = 1;
    store_put_days(w->store, &day, 1);
    reopen(w);
    f = load(w);
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

static struct world *scan_world; /* the done's; `each` has its own cookie */
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
    note(scan_world, outcome);
}

static void
test_a_scan_goes_from_the_newest(void **state)
{
    struct world *w = *state;

    scan_world = w;
    for (int64_t i = 1; i <= 5; i++)
        add(w, i, 10);
    wait_all(w);
    scanned = (struct scanned){.stop_at = 3};
    w->open++;
    store_scan(w->store, each, on_scanned, NULL);
    wait_all(w);
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
    struct world *w = *state;
    struct store_batch old = {.probe = "fra-1",
                              .region = "fra",
                              .spool = {{9}},
                              .received = {1000},
                              .data = "x",
                              .len = 1};

    for (int64_t i = 0; i < 450; i++) {
        old.first = i;
        w->open++;
        store_add_batch(w->store, &old, on_batch_done, w);
    }
    for (int64_t i = 1; i <= 3; i++)
        add(w, i, 10);
    wait_all(w);
    for (int i = 0; i < 4; i++) {
        store_sqlite_sweep_results(w->store, loop_wall(w->loop), no_more);
        add(w, 1, 10); /* its answer comes after the sweep's */
        wait_all(w);
    }
    assert_true(w->store->stats.results_bytes > 0);
    reopen(w);
    assert_int_equal(load(w).batches, 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_a_batch_is_stored_once),
        WITH_STORE(test_days_replace),
        WITH_STORE(test_a_scan_goes_from_the_newest),
        WITH_STORE(test_old_batches_go_in_small_steps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
