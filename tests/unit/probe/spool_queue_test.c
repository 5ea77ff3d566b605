/* spool_queue_test.c - order through moving and putting back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/spool_queue.c"

#include "results.h"

static void
push(struct spool_queue *q, unsigned from, unsigned to)
{
    for (unsigned i = from; i < to; i++) {
        struct result r = results_make(i);

        spool_queue_push(q, result_copy(&r));
    }
}

static void
holds(struct spool_queue *q, unsigned from, unsigned to)
{
    const struct result *list[100];

    assert_int_equal(q->count, to - from);
    spool_queue_get(q, list);
    for (unsigned i = from; i < to; i++)
        assert_int_equal(list[i - from]->lag_us, i);
}

static void
what_failed_comes_first_again(void **state)
{
    struct spool_queue q, taken;

    (void)state;
    spool_queue_init(&q);
    spool_queue_init(&taken);
    push(&q, 0, 10);
    spool_queue_move(&q, &taken, 4, 1 << 20);
    holds(&taken, 0, 4);
    holds(&q, 4, 10);
    push(&q, 10, 12);
    spool_queue_unpop(&q, &taken);
    holds(&q, 0, 12);
    holds(&taken, 0, 0);
    spool_queue_move(&q, &taken, 100, 1 << 20);
    spool_queue_unpop(&q, &taken);
    holds(&q, 0, 12);
    push(&q, 12, 13);
    holds(&q, 0, 13);
    spool_queue_free(&q);
    assert_int_equal(q.bytes, 0);
    push(&q, 1, 2);
    holds(&q, 1, 2);
    spool_queue_free(&q);
}

static void
bytes_bound_a_move(void **state)
{
    struct spool_queue q, taken;

    (void)state;
    spool_queue_init(&q);
    spool_queue_init(&taken);
    push(&q, 0, 10);
    spool_queue_move(&q, &taken, 100, RESULT_BYTES + 1);
    assert_in_range(taken.count, 1, 2);
    spool_queue_free(&q);
    spool_queue_free(&taken);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_failed_comes_first_again),
        cmocka_unit_test(bytes_bound_a_move),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
