/* A writer under a file that may not grow, and its answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/resource.h>

#include "controller/store/store_sqlite_writer.c"
#include "store_bed.h"

static void
test_done_never_comes_from_inside(void **state)
{
    struct store_bed *w = *state;

    store_bed_add(w, 1, 10);
    assert_int_equal(w->open, 1);
    store_bed_wait(w);
    assert_int_equal(w->open, 0);
}

static void
test_close_finishes_what_was_asked(void **state)
{
    struct store_bed *w = *state;

    for (int64_t i = 0; i < 50; i++)
        store_bed_add(w, i, 10000);
    store_bed_close(w);
    assert_int_equal(w->done, 50);
    store_bed_open(w);
    assert_int_equal(store_bed_load(w).batches, 50);
}

/* Files may not grow past this: the portable stand-in for a full disk. */
static void
test_a_file_that_may_not_grow_fails_and_says_so(void **state)
{
    struct store_bed *w = *state;
    struct rlimit was, small;

    getrlimit(RLIMIT_FSIZE, &was);
    signal(SIGXFSZ, SIG_IGN);
    small = was;
    small.rlim_cur = 2 << 20;
    setrlimit(RLIMIT_FSIZE, &small);
    for (int64_t i = 1; i <= 12; i++)
        store_bed_add(w, i, 500000);
    store_bed_wait(w);
    setrlimit(RLIMIT_FSIZE, &was);
    assert_true(w->failed > 0);
    assert_int_equal(store_stats(w->store).failures, w->failed);
    assert_non_null(store_stats(w->store).results_error);
    assert_null(store_stats(w->store).state_error);
    /* What failed is not half there, and works when there is room again. */
    for (int64_t i = 1; i <= 12; i++)
        store_bed_add(w, i, 500000);
    store_bed_wait(w);
    assert_int_equal(w->done, 12);
    assert_null(store_stats(w->store).results_error);
    store_bed_reopen(w);
    assert_int_equal(store_bed_load(w).batches, 12);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_BED(test_done_never_comes_from_inside),
        STORE_BED(test_close_finishes_what_was_asked),
        STORE_BED(test_a_file_that_may_not_grow_fails_and_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
