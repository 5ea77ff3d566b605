#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "controller/web/dashboard.c"
#include "tests/lib/fake_decider.h"
#include "tests/lib/page_bed.h"

static void
worst_stands_first(void **state)
{
    struct page_bed w;
    const char *page;

    (void)state;
    page_bed_open(&w);
    dashboard(&w.out, &w.view);
    page_bed_check(&w);
    page = buf_text(&w.out);
    assert_int_equal(page_bed_count(&w, "<h1>pay is down</h1>"), 1);
    assert_true(strstr(page, "\"/checks/pay\"") <
                strstr(page, "\"/checks/cert\""));
    assert_true(strstr(page, "\"/checks/cert\"") <
                strstr(page, "\"/checks/login\""));
    assert_true(strstr(page, "\"/checks/mail\"") <
                strstr(page, "\"/checks/home\""));
    assert_int_equal(page_bed_count(&w, "not counted: stale"), 1);
    assert_int_equal(page_bed_count(&w, "not counted: lost"), 1);
    assert_int_equal(page_bed_count(&w, "no result"), 1);
    assert_true(page_bed_count(&w, "&lt;script&gt;") > 0);
    page_bed_close(&w);
}

static void
nothing_configured_is_a_page_too(void **state)
{
    struct page_bed w;

    (void)state;
    page_bed_open(&w);
    w.decider->check_count = 0;
    w.decider->incident_count = 0;
    dashboard(&w.out, &w.view);
    page_bed_check(&w);
    assert_int_equal(page_bed_count(&w, "Nothing is watched yet"), 1);
    page_bed_close(&w);
}

static void
a_name_has_its_record(void **state)
{
    struct spec dns = {.kind = SPEC_DNS,
                       .target = (char *)(uintptr_t) "a.example",
                       .of.dns.record = (char *)(uintptr_t) "MX"};
    struct spec push = {.kind = SPEC_PUSH, .target = (char *)(uintptr_t) "1d"};
    struct buf out;

    (void)state;
    buf_init(&out, 200);
    dashboard_target(&out, &dns);
    assert_string_equal(buf_text(&out), "a.example MX");
    buf_reset(&out);
    dashboard_target(&out, &push);
    assert_string_equal(buf_text(&out), "a heartbeat every 1d");
    buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worst_stands_first),
        cmocka_unit_test(nothing_configured_is_a_page_too),
        cmocka_unit_test(a_name_has_its_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
