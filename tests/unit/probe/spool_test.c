/*
 * spool_test.c - what was reported sealed is there once, in order, whatever
 * happens; bounds are kept and what they cost is counted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/spool.c"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "fake_loop.h"
#include "fake_worker.h"
#include "results.h"

#define MS(n) ((n)*NS_PER_MS)

struct bed {
    struct loop *loop;
    struct spool *spool;
    char dir[64];
    int64_t max_bytes;
    int64_t max_ns;
    uint64_t sealed; /* results */
    unsigned seals;
    /* of the newest read */
    unsigned reads;
    unsigned read_batches;
    uint64_t read_results;
    int64_t lag_next; /* expected of the next result read; -1: any */
};

static void
on_sealed(void *cookie, int64_t first, uint32_t count)
{
    struct bed *bed = cookie;

    assert_true(first > 0);
    bed->sealed += count;
    bed->seals++;
}

static void
open_bed(struct bed *bed)
{
    struct spool_opts opts = {.loop = bed->loop,
                              .dir = bed->dir,
                              .max_bytes = bed->max_bytes,
                              .max_ns = bed->max_ns,
                              .on_sealed = on_sealed,
                              .cookie = bed};
    char why[256] = "";

    bed->spool = spool_open(&opts, why, sizeof(why));
    assert_string_equal(why, "");
}

static void
reopen(struct bed *bed)
{
    spool_close(bed->spool);
    open_bed(bed);
}

static int
setup(void **state)
{
    struct bed *bed = calloc(1, sizeof(*bed));

    assert_non_null(bed);
    (void)snprintf(bed->dir, sizeof(bed->dir), "/tmp/spool_XXXXXX");
    assert_non_null(mkdtemp(bed->dir));
    bed->loop = loop_create();
    bed->max_bytes = 64 << 20;
    bed->max_ns = 72 * 3600 * NS_PER_S;
    open_bed(bed);
    *state = bed;
    return 0;
}

static int
teardown(void **state)
{
    struct bed *bed = *state;

    spool_close(bed->spool);
    loop_free(bed->loop);
    (void)file_remove_tree(bed->dir);
    free(bed);
    return 0;
}

static void
push(struct bed *bed, unsigned n, enum spool_haste haste)
{
    struct result r = results_make(n);

    spool_push(bed->spool, result_copy(&r), haste);
}

/* Reads one batch and checks that its results are those pushed, in order. */
static void
on_read(void *cookie, const struct spool_bytes *batches, size_t count)
{
    struct bed *bed = cookie;
    char why[128];

    bed->reads++;
    for (size_t i = 0; i < count; i++) {
        struct batch *batch;

        assert_non_null(batches[i].data);
        batch = batch_decode(batches[i].data, batches[i].batch.place.len, why,
                             sizeof(why));
        assert_non_null(batch);
        assert_int_equal(batch_count(batch), batches[i].batch.count);
        for (size_t k = 0; k < batch_count(batch); k++) {
            struct result r;

            batch_get(batch, k, &r);
            if (bed->lag_next < 0)
                bed->lag_next = r.lag_us;
            assert_int_equal(r.lag_us, bed->lag_next++);
        }
        bed->read_results += batch_count(batch);
        bed->read_batches++;
        batch_free(batch);
    }
}

/* All that is open, in order of sequence; the first result has lag `from`. */
static uint64_t
read_all(struct bed *bed, int64_t from)
{
    struct spool_batch batch;
    int64_t next = 0;

    bed->read_results = bed->read_batches = 0;
    bed->lag_next = from;
    while (spool_find_next(bed->spool, next, &batch)) {
        assert_non_null(spool_read_start(bed->spool, &batch, 1, on_read, bed));
        next = batch.first + batch.count;
        fake_loop_advance(bed->loop, 0);
    }
    return bed->read_results;
}

static void
usual_results_wait_for_company(void **state)
{
    struct bed *bed = *state;

    for (unsigned i = 0; i < 10; i++) {
        push(bed, i, SPOOL_USUAL);
        fake_loop_advance(bed->loop, MS(10));
    }
    assert_int_equal(bed->seals, 0);
    assert_int_equal(spool_stats(bed->spool).results, 10);
    fake_loop_advance(bed->loop, MS(SPOOL_SEAL_MS));
    assert_int_equal(bed->seals, 1);
    assert_int_equal(bed->sealed, 10);
    assert_int_equal(read_all(bed, 0), 10);
    assert_int_equal(bed->read_batches, 1);
}

/* Four times what the wait alone would let through, and nothing is dropped. */
static void
whole_batches_wait_for_nobody(void **state)
{
    struct bed *bed = *state;

    for (unsigned n = 0; n < 4 * SEAL_RESULTS_MAX + 1; n++) {
        push(bed, n, SPOOL_USUAL);
        if (n % 100 == 0)
            fake_loop_advance(bed->loop, 0);
    }
    fake_loop_advance(bed->loop, 0);
    assert_int_equal(bed->sealed, 4 * SEAL_RESULTS_MAX);
    fake_loop_advance(bed->loop, MS(SPOOL_SEAL_MS));
    assert_int_equal(bed->sealed, 4 * SEAL_RESULTS_MAX + 1);
    assert_int_equal(bed->seals, 5);
    assert_int_equal(spool_stats(bed->spool).dropped, 0);
}

static void
urgent_ones_take_the_others_along(void **state)
{
    struct bed *bed = *state;

    push(bed, 0, SPOOL_USUAL);
    push(bed, 1, SPOOL_URGENT);
    fake_loop_advance(bed->loop, 0);
    assert_int_equal(bed->sealed, 2);
    assert_int_equal(bed->seals, 1);
    fake_loop_advance(bed->loop, MS(1000));
    assert_int_equal(bed->seals, 1);
}

static void
numbers_and_acks_survive(void **state)
{
    struct bed *bed = *state;
    struct id id = spool_id(bed->spool), again;
    struct spool_batch batch;

    for (unsigned i = 0; i < 30; i++) {
        push(bed, i, SPOOL_URGENT);
        fake_loop_advance(bed->loop, 0);
    }
    assert_int_equal(bed->seals, 30);
    spool_ack(bed->spool, 1, 10);
    spool_ack(bed->spool, 1, 10);
    push(bed, 30, SPOOL_USUAL); /* sealed by the close */
    reopen(bed);
    again = spool_id(bed->spool);
    assert_true(id_eq(&id, &again));
    assert_int_equal(spool_next(bed->spool), 32);
    assert_true(spool_find_next(bed->spool, 0, &batch));
    assert_int_equal(batch.first, 11);
    assert_true(spool_find_newest(bed->spool, 0, INT64_MAX, &batch));
    assert_int_equal(batch.first, 31);
    assert_int_equal(read_all(bed, 10), 21);
    assert_int_equal(spool_stats(bed->spool).results, 21);
    spool_ack(bed->spool, 1, 100);
    reopen(bed);
    assert_int_equal(spool_stats(bed->spool).results, 0);
    assert_int_equal(spool_stats(bed->spool).oldest_ms, 0);
}

static void
bytes_are_bounded_oldest_first(void **state)
{
    struct bed *bed = *state;
    struct spool_stats stats;
    uint64_t pushed = 20000;

    bed->max_bytes = 512 << 10;
    reopen(bed);
    for (unsigned i = 0; i < pushed; i++) {
        push(bed, i, SPOOL_URGENT);
        if (i % 4 == 0)
            fake_loop_advance(bed->loop, 0);
    }
    fake_loop_advance(bed->loop, MS(1000));
    stats = spool_stats(bed->spool);
    assert_true(stats.dropped > 0);
    assert_int_equal(stats.dropped + stats.results, pushed);
    assert_true(stats.bytes < 512 << 10);
    assert_true(stats.bytes > 256 << 10);
    assert_int_equal(read_all(bed, (int64_t)stats.dropped), stats.results);
    reopen(bed);
    assert_int_equal(spool_stats(bed->spool).dropped, stats.dropped);
    assert_int_equal(read_all(bed, (int64_t)stats.dropped), stats.results);
}

static void
age_is_bounded(void **state)
{
    struct bed *bed = *state;

    bed->max_ns = 3600 * NS_PER_S;
    reopen(bed);
    push(bed, 0, SPOOL_URGENT);
    fake_loop_advance(bed->loop, 3500 * NS_PER_S);
    push(bed, 1, SPOOL_URGENT);
    fake_loop_advance(bed->loop, 60 * NS_PER_S);
    assert_int_equal(spool_stats(bed->spool).results, 2);
    fake_loop_advance(bed->loop, 120 * NS_PER_S);
    assert_int_equal(spool_stats(bed->spool).results, 1);
    assert_int_equal(spool_stats(bed->spool).dropped, 1);
    assert_int_equal(read_all(bed, 1), 1);
}

/* A full disk, by a limit on file sizes: results wait, the oldest go when the
 * memory's bound is reached, and all that is left is sealed afterwards. */
static void
a_full_disk_is_waited_for(void **state)
{
    struct bed *bed = *state;
    struct rlimit old, small;
    struct spool_stats stats;

    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = (struct rlimit){100, old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    for (unsigned i = 0; i < SPOOL_QUEUE_MAX + 100; i++)
        push(bed, i, SPOOL_URGENT);
    fake_loop_advance(bed->loop, 10 * NS_PER_S);
    assert_int_equal(bed->sealed, 0);
    stats = spool_stats(bed->spool);
    assert_in_range(stats.write_failures, 8, 12); /* once a second */
    assert_int_equal(stats.results, SPOOL_QUEUE_MAX);
    assert_int_equal(stats.dropped, 100);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    fake_loop_advance(bed->loop, 10 * NS_PER_S);
    assert_int_equal(bed->sealed, SPOOL_QUEUE_MAX);
    assert_int_equal(read_all(bed, 100), SPOOL_QUEUE_MAX);
    reopen(bed);
    assert_int_equal(spool_stats(bed->spool).dropped, 100);
    assert_int_equal(read_all(bed, 100), SPOOL_QUEUE_MAX);
}

static void
a_hanging_disk_blocks_nobody(void **state)
{
    struct bed *bed = *state;

    fake_worker_pause(bed->spool->worker);
    for (unsigned i = 0; i < 10; i++) {
        push(bed, i, SPOOL_URGENT);
        fake_loop_advance(bed->loop, MS(100));
    }
    assert_int_equal(bed->seals, 0);
    fake_worker_resume(bed->spool->worker);
    fake_loop_advance(bed->loop, MS(1000));
    assert_int_equal(bed->sealed, 10);
    assert_int_equal(read_all(bed, 0), 10);
}

static void
a_cancelled_read_is_silent(void **state)
{
    struct bed *bed = *state;
    struct spool_batch batch;
    struct spool_read *read;

    push(bed, 0, SPOOL_URGENT);
    fake_loop_advance(bed->loop, 0);
    assert_true(spool_find_next(bed->spool, 0, &batch));
    read = spool_read_start(bed->spool, &batch, 1, on_read, bed);
    assert_int_equal(bed->reads, 0);
    spool_read_cancel(read);
    spool_read_cancel(NULL);
    fake_loop_advance(bed->loop, MS(10));
    assert_int_equal(bed->reads, 0);
}

/* ---- killed at any moment ---------------------------------------------- */

static int report_fd;

static void
report_sealed(void *cookie, int64_t first, uint32_t count)
{
    int64_t line[2] = {first, count};

    (void)cookie;
    if (write(report_fd, line, sizeof(line)) != sizeof(line))
        _exit(9);
}

/* The child: pushes for ever, tells each seal, acknowledges some. */
static void
push_until_killed(const struct bed *bed, unsigned from)
{
    struct loop *loop = loop_create();
    struct spool_opts opts = {.loop = loop,
                              .dir = bed->dir,
                              .max_bytes = bed->max_bytes,
                              .max_ns = bed->max_ns,
                              .on_sealed = report_sealed};
    char why[256];
    struct spool *spool = spool_open(&opts, why, sizeof(why));

    if (spool == NULL)
        _exit(8);
    for (unsigned i = from;; i++) {
        struct result r = results_make(i);

        spool_push(spool, result_copy(&r),
                   i % 3 == 0 ? SPOOL_URGENT : SPOOL_USUAL);
        fake_loop_advance(loop, 0);
    }
}

struct report {
    int64_t first;
    uint32_t count;
};

static size_t
run_and_kill(const struct bed *bed, size_t after, struct report *to, size_t max)
{
    int64_t line[2];
    size_t count = 0;
    int fds[2];
    pid_t pid;

    assert_int_equal(pipe(fds), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)close(fds[0]);
        report_fd = fds[1];
        push_until_killed(bed, 0);
    }
    (void)close(fds[1]);
    /* Wherever it is after so many reports, and what it reports until then. */
    while (count < max) {
        if (count == after)
            assert_int_equal(kill(pid, SIGKILL), 0);
        if (read(fds[0], line, sizeof(line)) != sizeof(line))
            break;
        to[count++] = (struct report){line[0], (uint32_t)line[1]};
    }
    (void)close(fds[0]);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    return count;
}

static void
killed_at_any_moment(void **state)
{
    static struct report reports[100000];
    struct bed *bed = *state;
    size_t count = 0;
    uint32_t seed = 20260102;

    spool_close(bed->spool);
    for (int round = 0; round < 40; round++) {
        seed = seed * 1664525 + 1013904223;
        count += run_and_kill(bed, (seed >> 8) % 40, reports + count,
                              100000 - count);
    }
    assert_true(count > 300);
    open_bed(bed);
    for (size_t i = 0; i < count; i++) {
        struct spool_batch batch;

        if (i > 0)
            assert_true(reports[i].first >=
                        reports[i - 1].first + reports[i - 1].count);
        assert_true(spool_find_next(bed->spool, reports[i].first, &batch));
        assert_int_equal(batch.first, reports[i].first);
        assert_int_equal(batch.count, reports[i].count);
        bed->lag_next = -1;
        assert_non_null(spool_read_start(bed->spool, &batch, 1, on_read, bed));
        fake_loop_advance(bed->loop, 0);
        assert_int_equal(bed->reads, i + 1);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(usual_results_wait_for_company),
        TEST(whole_batches_wait_for_nobody),
        TEST(urgent_ones_take_the_others_along),
        TEST(numbers_and_acks_survive),
        TEST(bytes_are_bounded_oldest_first),
        TEST(age_is_bounded),
        TEST(a_full_disk_is_waited_for),
        TEST(a_hanging_disk_blocks_nobody),
        TEST(a_cancelled_read_is_silent),
        TEST(killed_at_any_moment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
