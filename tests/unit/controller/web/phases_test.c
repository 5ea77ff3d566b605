#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "controller/web/phases.c"

static long
right_edge(const char *svg)
{
    long edge = 0;

    for (const char *at = svg; (at = strstr(at, "x=")) != NULL; at++) {
        long x = strtol(at + 2, NULL, 10);
        const char *w = strstr(at, "width=");

        if (w != NULL && x + strtol(w + 6, NULL, 10) > edge)
            edge = x + strtol(w + 6, NULL, 10);
    }
    return edge;
}

static void
phases_follow_each_other_and_absent_ones_are_not_drawn(void **state)
{
    const int64_t us[PHASE_COUNT] = {100, -1, 300, 500, 0, 900};
    struct buf out;

    (void)state;
    buf_init(&out, 1 << 16);
    phases_draw(&out, us, 1000);
    assert_non_null(strstr(buf_text(&out), "class=f0 x=0 width=100"));
    assert_null(strstr(buf_text(&out), "class=f1"));
    assert_non_null(strstr(buf_text(&out), "class=f2 x=100 width=300"));
    assert_non_null(strstr(buf_text(&out), "class=f4 x=900 width=4"));
    buf_reset(&out);
    phases_cells(&out, us);
    assert_non_null(strstr(buf_text(&out), "\xE2\x80\x93"));
    buf_free(&out);
}

static void
absurd_times_stay_inside(void **state)
{
    const int64_t us[PHASE_COUNT] = {INT64_MAX, 5, 5, 5, 5, INT64_MAX};
    struct buf out;

    (void)state;
    buf_init(&out, 1 << 16);
    phases_draw(&out, us, 0);
    assert_true(right_edge(buf_text(&out)) <= 1000);
    buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            phases_follow_each_other_and_absent_ones_are_not_drawn),
        cmocka_unit_test(absurd_times_stay_inside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
