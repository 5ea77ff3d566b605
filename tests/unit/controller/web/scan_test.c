#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/web/scan.c"

#include "base/buf.h"

static store_batch_each_fn *the_each;
static store_done_fn *the_done;
static void *the_cookie;

void
store_scan(struct store *store, store_batch_each_fn *each, store_done_fn *done,
           void *cookie)
{
    (void)store;
    the_each = each;
    the_done = done;
    the_cookie = cookie;
}

#define NOW 1772701445000LL

static size_t got;
static int done_calls;
static int64_t first_sequence;
static int64_t newest_ms;

static void
on_runs(void *cookie, const struct scan_run *runs, size_t count, bool failed)
{
    (void)cookie;
    done_calls++;
    got = failed ? SIZE_MAX : count;
    first_sequence = count > 0 ? runs[0].sequence : -1;
    newest_ms = count > 0 ? runs[0].result->started.ms : -1;
}

/* A batch of 10 results of "a" and "b" in turn, a second apart. */
static bool
feed(int64_t first, int64_t started)
{
    struct result r[10];
    const struct result *list[10];
    struct store_batch b = {.probe = "p",
                            .region = "fra",
                            .first = first,
                            .count = 10,
                            .offset_ms = 500};
    struct buf data;
    bool more;

    for (int i = 0; i < 10; i++) {
        result_init(&r[i]);
        r[i].check = i % 2 == 0 ? "a" : "b";
        r[i].started.ms = started + i * 1000;
        r[i].slot.ms = started + i * 1000;
        list[i] = &r[i];
    }
    buf_init(&data, 1u << 20);
    assert_int_equal(batch_encode(&data, list, 10), 0);
    b.data = data.data;
    b.len = data.len;
    b.received.ms = started + 10000;
    more = the_each(the_cookie, &b);
    buf_free(&data);
    return more;
}

static void
filters_by_check_time_and_limit(void **state)
{
    struct scan_filter filter = {.check = "a", .limit = 7};

    (void)state;
    assert_non_null(scan_start(NULL, &filter, on_runs, NULL));
    assert_true(feed(100, NOW));
    assert_false(feed(90, NOW - 10000)); /* has enough */
    the_done(the_cookie, STORE_DONE);
    assert_int_equal(got, 7);
    assert_int_equal(first_sequence, 108);
    assert_int_equal(newest_ms, NOW + 8500); /* the controller's clock */
    filter = (struct scan_filter){.since = {NOW + 5000}, .limit = 100};
    assert_non_null(scan_start(NULL, &filter, on_runs, NULL));
    assert_true(feed(100, NOW));
    assert_false(feed(80, NOW - 20000)); /* older ones cannot match */
    the_done(the_cookie, STORE_DONE);
    assert_int_equal(got, 5);
}

static void
damaged_batch_is_passed_over_and_failure_is_told(void **state)
{
    struct scan_filter filter = {.limit = 100};
    struct store_batch bad = {
        .probe = "p", .region = "r", .data = "xx", .len = 2, .received = {NOW}};

    (void)state;
    assert_non_null(scan_start(NULL, &filter, on_runs, NULL));
    assert_true(the_each(the_cookie, &bad));
    assert_true(feed(0, NOW));
    the_done(the_cookie, STORE_DONE);
    assert_int_equal(got, 10);
    assert_non_null(scan_start(NULL, &filter, on_runs, NULL));
    the_done(the_cookie, STORE_FAILED);
    assert_true(got == SIZE_MAX);
}

static void
cancelled_scan_stops_and_is_silent(void **state)
{
    struct scan_filter filter = {.limit = 100};
    struct scan *scan = scan_start(NULL, &filter, on_runs, NULL);
    int before = done_calls;

    (void)state;
    assert_true(feed(0, NOW));
    scan_cancel(scan);
    scan_cancel(NULL);
    assert_false(feed(10, NOW));
    the_done(the_cookie, STORE_DONE);
    assert_int_equal(done_calls, before);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_by_check_time_and_limit),
        cmocka_unit_test(damaged_batch_is_passed_over_and_failure_is_told),
        cmocka_unit_test(cancelled_scan_stops_and_is_silent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
