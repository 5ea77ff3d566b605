/* worker_test.c - order, the bound, and that free owes nobody a done. */
#include "base/worker.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define JOBS 2000

struct record {
    struct loop *loop;
    struct worker *worker;
    pthread_t home;
    pthread_mutex_t gate; /* held: the jobs hang, as on a full disk */
    int ran[JOBS];
    int ran_count; /* the worker's thread */
    int done[JOBS];
    int done_count; /* the home loop's */
    int want;
};

struct one {
    struct record *record;
    int number;
};

static void
job(void *cookie)
{
    struct one *one = cookie;
    struct record *record = one->record;

    if (pthread_equal(pthread_self(), record->home))
        abort();
    pthread_mutex_lock(&record->gate);
    pthread_mutex_unlock(&record->gate);
    record->ran[record->ran_count++] = one->number;
}

static void
done(void *cookie)
{
    struct one *one = cookie;
    struct record *record = one->record;

    assert_true(pthread_equal(pthread_self(), record->home));
    record->done[record->done_count++] = one->number;
    if (record->done_count == record->want)
        loop_stop(record->loop);
}

static void
setup_record(struct record *record, size_t queue_max)
{
    *record = (struct record){.home = pthread_self(), .want = JOBS};
    pthread_mutex_init(&record->gate, NULL);
    record->loop = loop_create();
    record->worker =
        worker_create(record->loop, "a name longer than it may be", queue_max);
    assert_non_null(record->worker);
}

static void
end_record(struct record *record)
{
    loop_free(record->loop);
    pthread_mutex_destroy(&record->gate);
    for (int i = 0; i < record->want; i++) {
        assert_int_equal(record->ran[i], i);
        assert_int_equal(record->done[i], i);
    }
    assert_int_equal(record->ran_count, record->want);
    assert_int_equal(record->done_count, record->want);
}

static void
test_in_order(void **state)
{
    static struct one ones[JOBS];
    static struct record record;

    (void)state;
    setup_record(&record, JOBS);
    for (int i = 0; i < JOBS; i++) {
        ones[i] = (struct one){&record, i};
        assert_int_equal(worker_push(record.worker, job, done, &ones[i]), 0);
    }
    loop_run(record.loop);
    assert_int_equal(worker_pending_count(record.worker), 0);
    worker_free(record.worker);
    end_record(&record);
}

static void
test_bound_and_free(void **state)
{
    static struct one ones[JOBS];
    static struct record record;
    int pushed = 0;

    (void)state;
    setup_record(&record, 10);
    pthread_mutex_lock(&record.gate);
    for (; pushed < 100; pushed++) {
        ones[pushed] = (struct one){&record, pushed};
        errno = 0;
        if (worker_push(record.worker, job, done, &ones[pushed]) != 0)
            break;
    }
    assert_int_equal(errno, ENOBUFS);
    /* Ten wait; one more may have been taken by the thread meanwhile. */
    assert_in_range(pushed, 10, 11);
    assert_int_equal(worker_pending_count(record.worker), pushed);
    pthread_mutex_unlock(&record.gate);

    record.want = pushed;
    worker_free(record.worker);
    end_record(&record);
    worker_free(NULL);
}

static void
test_done_is_optional(void **state)
{
    static struct record record;
    struct one one = {&record, 0};

    (void)state;
    setup_record(&record, 1);
    assert_int_equal(worker_push(record.worker, job, NULL, &one), 0);
    worker_free(record.worker);
    assert_int_equal(record.ran_count, 1);
    assert_int_equal(record.done_count, 0);
    loop_free(record.loop);
    pthread_mutex_destroy(&record.gate);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_order),
        cmocka_unit_test(test_bound_and_free),
        cmocka_unit_test(test_done_is_optional),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
