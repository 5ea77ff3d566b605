/* spool_index_test.c - sums, searches and removal, against a plain array. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/spool_index.c"

#define BATCHES 200

/* Batch b: 3 results from 10 b, in segment b / 20. */
static struct spool_index *
filled(void)
{
    struct spool_index *x = spool_index_create();

    for (unsigned b = 0; b < BATCHES; b++) {
        struct spool_batch batch = {
            10 * b, 3, 1000 + b, {b / 20, 100 * (b % 20), 100}};

        spool_index_add(x, &batch);
    }
    return x;
}

static void
sums_follow_acks(void **state)
{
    struct spool_index *x = filled();

    (void)state;
    assert_int_equal(spool_index_sums(x).results, 600);
    assert_int_equal(spool_index_sums(x).bytes, 20000);
    assert_int_equal(spool_index_sums(x).oldest_ms, 1000);
    assert_int_equal(spool_index_ack(x, 0, 3), 3);
    assert_int_equal(spool_index_ack(x, 0, 3), 0);
    assert_int_equal(spool_index_ack(x, 10, 2), 0); /* part of a batch */
    assert_int_equal(spool_index_ack(x, 10, 500), 150);
    assert_int_equal(spool_index_ack(x, 100000, 5), 0);
    assert_int_equal(spool_index_sums(x).results, 447);
    assert_int_equal(spool_index_sums(x).bytes, 14900);
    assert_int_equal(spool_index_sums(x).oldest_ms, 1051);
    spool_index_free(x);
}

static void
searches_agree_with_an_array(void **state)
{
    struct spool_index *x = filled();
    bool open[BATCHES];
    struct spool_batch got;
    uint32_t seed = 7;

    (void)state;
    for (int b = 0; b < BATCHES; b++)
        open[b] = true;
    for (int round = 0; round < 400; round++) {
        int b, from, want = -1;

        seed = seed * 1664525 + 1013904223;
        b = (int)(seed >> 16) % BATCHES;
        from = (int)(seed >> 8) % (BATCHES * 10);
        assert_int_equal(spool_index_ack(x, 10 * b, 3), open[b] ? 3 : 0);
        open[b] = false;
        for (int i = BATCHES - 1; i >= 0; i--)
            if (open[i] && 10 * i >= from)
                want = i;
        assert_int_equal(spool_index_next(x, from, &got), want >= 0);
        if (want >= 0)
            assert_int_equal(got.first, 10 * want);
        want = -1;
        for (int i = 0; i < BATCHES; i++)
            if (open[i] && 10 * i >= 500 && 10 * i < from)
                want = i;
        assert_int_equal(spool_index_newest(x, 500, from, &got), want >= 0);
        if (want >= 0) {
            assert_int_equal(got.first, 10 * want);
            assert_int_equal(got.place.segment, want / 20);
        }
    }
    spool_index_free(x);
}

static void
segments_go_when_done(void **state)
{
    struct spool_index *x = filled();
    uint64_t segment, lost;

    (void)state;
    assert_false(spool_index_pop_acked(x, &segment));
    (void)spool_index_ack(x, 400, 200); /* batches 40..59: segment 2 */
    assert_true(spool_index_pop_acked(x, &segment));
    assert_int_equal(segment, 2);
    (void)spool_index_ack(x, 0, 30);
    assert_true(spool_index_pop_oldest(x, &segment, &lost));
    assert_int_equal(segment, 0);
    assert_int_equal(lost, 51);
    (void)spool_index_ack(x, 0, 5000);
    for (unsigned want = 1; want < 9; want++) {
        want += want == 2;
        assert_true(spool_index_pop_acked(x, &segment));
        assert_int_equal(segment, want);
    }
    assert_false(spool_index_pop_acked(x, &segment)); /* the newest stays */
    assert_false(spool_index_pop_oldest(x, &segment, &lost));
    spool_index_free(x);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_follow_acks),
        cmocka_unit_test(searches_agree_with_an_array),
        cmocka_unit_test(segments_go_when_done),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
