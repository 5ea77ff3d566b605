#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "controller/web/status_page.c"

#include <string.h>

#include "tests/lib/fake_decider.h"
#include "tests/lib/page_bed.h"

static void
says_what_is_and_hides_what_is_ours(void **state)
{
    struct page_bed w;

    (void)state;
    page_bed_open(&w);
    status_page(&w.out, &w.view, 0);
    page_bed_check(&w);
    assert_int_equal(page_bed_count(&w, "<svg class=bars"), 3);
    assert_int_equal(page_bed_count(&w, "<title>20"), 3 * 90);
    assert_int_equal(page_bed_count(&w, ": no data</title>"), 3 * 29);
    assert_int_equal(page_bed_count(&w, "Checkout &lt;b&gt; fails in part"), 2);
    assert_true(page_bed_count(&w, "still open") == 1);
    assert_int_equal(page_bed_count(&w, "http-equiv=refresh content=30"), 1);
    /* targets, addresses and messages are for operators */
    assert_int_equal(page_bed_count(&w, "shop.example"), 0);
    assert_int_equal(page_bed_count(&w, "503"), 0);
    assert_int_equal(page_bed_count(&w, "192.0.2.7"), 0);
    page_bed_close(&w);
}

static void
without_data_there_is_no_percentage(void **state)
{
    struct page_bed w;

    (void)state;
    page_bed_open(&w);
    w.decider->days = 0;
    w.decider->incident_count = 0;
    status_page(&w.out, &w.view, 0);
    page_bed_check(&w);
    assert_int_equal(page_bed_count(&w, "no data yet"), 3);
    assert_int_equal(page_bed_count(&w, "100.00"), 0);
    assert_int_equal(page_bed_count(&w, ": no data</title>"), 3 * 90);
    page_bed_close(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_is_and_hides_what_is_ours),
        cmocka_unit_test(without_data_there_is_no_percentage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
