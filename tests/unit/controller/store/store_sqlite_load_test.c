/* What a start finds: the states, the incidents, what is not decided yet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/store/store_sqlite_load.c"
#include "store_bed.h"

static void
test_batches_after_the_cursor_are_found_in_order(void **state)
{
    struct store_bed *w = *state;
    struct store_found f;

    for (int64_t i = 1; i <= 5; i++)
        store_bed_add(w, i * 100, 10);
    store_bed_wait(w);
    w->open++;
    store_commit(w->store, &(struct store_commit){.cursor = w->last_id - 2},
                 store_bed_on_done, w);
    store_bed_wait(w);
    store_bed_reopen(w);
    f = store_bed_load(w);
    assert_int_equal(f.batches, 2);
    assert_int_equal(f.first[0], 400);
    assert_int_equal(f.first[1], 500);
}

static void
test_a_decision_is_found_again(void **state)
{
    struct store_bed *w = *state;
    struct store_found f;

    store_bed_decide(w, "abc", 1, 5);
    store_bed_wait(w);
    store_bed_reopen(w);
    f = store_bed_load(w);
    assert_int_equal(f.states, 1);
    assert_string_equal(f.state_data, "abc");
    assert_int_equal(f.incidents, 1);
    assert_int_equal(f.incident.opened.ms, 900);
    assert_int_equal(f.incident.id.byte[0], 7);
    assert_string_equal(f.text, "{\"a\":1}");
    assert_int_equal(f.messages, 1);
    assert_int_equal(f.message.id.byte[0], 1);
    assert_int_equal(f.message.state, STORE_PENDING);
    store_bed_decide(w, NULL, 1, 0);
    store_bed_wait(w);
    store_bed_reopen(w);
    assert_int_equal(store_bed_load(w).states, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_BED(test_batches_after_the_cursor_are_found_in_order),
        STORE_BED(test_a_decision_is_found_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
