#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "controller/web/check_page.c"

#include <string.h>

#include "tests/lib/fake_decider.h"
#include "tests/lib/page_bed.h"

static void
shows_regions_runs_and_incidents(void **state)
{
    char runbook[] = "https://wiki.example.com/pay?a&b";
    struct page_bed w;
    struct scan_run runs[2];

    (void)state;
    page_bed_open(&w);
    w.decider->spec[2].runbook = runbook;
    for (size_t i = 0; i < 2; i++)
        runs[i] = (struct scan_run){.result = &w.decider->result[2][i],
                                    .probe = "fra-1",
                                    .region = "fra",
                                    .received = {MADE_NOW_MS}};
    runs[1].received.ms += 60000; /* its slot had closed: 10 s, 5 s, 10 s */
    check_page(&w.out, &w.view, 2, runs, 2);
    page_bed_check(&w);
    assert_int_equal(page_bed_count(&w, "pay is down"), 1);
    assert_int_equal(page_bed_count(&w, "<svg class=fall"), 3);
    assert_int_equal(page_bed_count(&w, "fra-1, late"), 1);
    assert_int_equal(page_bed_count(&w, "\"/incidents/"), 1);
    assert_int_equal(
        page_bed_count(&w, "href=\"https://wiki.example.com/pay?a&amp;b\""), 1);
    assert_int_equal(page_bed_count(&w, "http-equiv=refresh"), 0);
    buf_reset(&w.out);
    check_page(&w.out, &w.view, 4, NULL, 0);
    page_bed_check(&w);
    assert_int_equal(page_bed_count(&w, "None is stored yet"), 1);
    w.decider->spec[2].runbook = NULL;
    /* What a heartbeat has is no timeout, and no regions. */
    assert_int_equal(page_bed_count(&w, "<dt>Timeout"), 1);
    buf_reset(&w.out);
    w.decider->spec[2].kind = SPEC_PUSH;
    check_page(&w.out, &w.view, 2, NULL, 0);
    assert_int_equal(page_bed_count(&w, "<dt>Grace"), 1);
    assert_int_equal(page_bed_count(&w, "<dt>Timeout"), 0);
    assert_int_equal(page_bed_count(&w, "<dt>Regions"), 0);
    assert_int_equal(page_bed_count(&w, "push, a heartbeat every "), 1);
    w.decider->spec[2].kind = SPEC_HTTP;
    page_bed_close(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_regions_runs_and_incidents),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
