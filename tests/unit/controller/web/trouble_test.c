#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/web/trouble.c"

#include <string.h>

/* In place of the store's own. */
struct store {
    struct store_stats stats;
};

struct store_stats
store_stats(const struct store *store)
{
    return store->stats;
}

static void
each_database_is_told_of(void **state)
{
    struct store store = {.stats = {.failures = 7}};
    struct view view = {.store = &store};
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    assert_false(trouble_add(&out, &view)); /* failed once, works now */
    assert_int_equal(out.len, 0);
    store.stats.results_error = "database or disk is full";
    assert_true(trouble_add(&out, &view));
    assert_non_null(strstr(buf_text(&out), "results.db cannot be written: "
                                           "database or disk is full. "));
    assert_null(strstr(buf_text(&out), "state.db"));
    store.stats.state_error = "disk I/O error";
    buf_reset(&out);
    assert_true(trouble_add(&out, &view));
    assert_non_null(strstr(buf_text(&out), "state.db cannot be written: disk "
                                           "I/O error. "));
    buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_database_is_told_of),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
