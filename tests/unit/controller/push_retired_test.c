/* Which rows go, and what stays of a rotated token. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/push_retired.c"
#include "store_bed.h"

static void
what_was_rotated_is_remembered_once(void **state)
{
    struct push_retired gone = {0};

    (void)state;
    push_retired_add(&gone, "a", 0);
    push_retired_add(&gone, "b", 2);
    push_retired_add(&gone, "c", 5);
    assert_int_equal(push_retired_take(&gone, "b"), 2);
    assert_int_equal(push_retired_take(&gone, "b"), 0);
    assert_int_equal(push_retired_take(&gone, "never"), 0);
    assert_int_equal(push_retired_take(&gone, "c"), 5);
    assert_int_equal(gone.count, 1);
    push_retired_clear(&gone);
    assert_int_equal(gone.count, 0);
    push_retired_clear(&gone);
}

static void
put(struct store_bed *w, const char *check, int64_t generation)
{
    struct store_push row = {
        .check = check, .base = {1}, .last = {2}, .generation = generation};

    w->open++;
    store_put_push(w->store, &row, store_bed_on_done, w);
}

static void
rows_go_or_lose_their_times(void **state)
{
    struct store_bed *w = *state;
    struct push_retired gone = {0};
    struct store_found found;

    put(w, "plain", 0);
    put(w, "rotated", 4);
    push_retired_add(&gone, "plain", 0);
    push_retired_add(&gone, "rotated", 4);
    push_retired_store(&gone, w->store);
    push_retired_store(&gone, w->store); /* once is enough */
    assert_int_equal(gone.count, 1);
    store_bed_wait(w);
    store_bed_reopen(w);
    found = store_bed_load(w);
    assert_int_equal(found.pushes, 1);
    assert_string_equal(found.push_check, "rotated");
    assert_int_equal(found.push.generation, 4);
    assert_int_equal(found.push.base.ms, 0);
    assert_int_equal(found.push.last.ms, 0);
    push_retired_clear(&gone);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_rotated_is_remembered_once),
        STORE_BED(rows_go_or_lose_their_times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
