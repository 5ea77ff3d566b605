/* What the web sees: all checks by name, incidents newest first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/decider_view.c"
#include "fake_channel.h"
#include "fake_loop.c"
#include "fake_worker.c"

static struct outage *
bed_of(const char *text)
{
    struct outage *bed = str_xcalloc(1, sizeof *bed);

    outage_open(bed, 7, text);
    outage_pass(bed, 40000);
    return bed;
}

static void
end(struct outage *bed)
{
    outage_close(bed);
    free(bed);
}

#define HOME OUTAGE_PEOPLE "checks = { " OUTAGE_HOME " };"

static void
test_checks_are_found_by_name(void **unused)
{
    struct outage *bed = bed_of(
        OUTAGE_PEOPLE
        "checks = { " OUTAGE_HOME
        " zeta = { tcp = \"192.0.2.1:1\"; }; alpha = { tcp = \"192.0.2.1:1\";"
        " }; m-1 = { tcp = \"192.0.2.1:1\"; }; };");

    (void)unused;
    assert_int_equal(decider_check_count(bed->decider), 4);
    for (size_t i = 0; i < 4; i++) {
        struct decider_check c = decider_check(bed->decider, i);

        assert_int_equal(decider_check_find(bed->decider, c.spec->name), i);
        assert_int_equal(c.region_count, 3);
    }
    assert_string_equal(decider_check(bed->decider, 0).spec->name, "alpha");
    assert_int_equal(decider_check_find(bed->decider, "beta"), -1);
    assert_int_equal(decider_check_find(bed->decider, ""), -1);
    end(bed);
}

static void
test_a_check_shows_its_regions(void **unused)
{
    struct outage *bed = bed_of(HOME);
    struct decider_check c;

    (void)unused;
    bed->probe[1].is_lone = true;
    outage_pass(bed, 20000);
    c = decider_check(bed->decider, 0);
    assert_int_equal(c.verdict, VERDICT_PARTIAL);
    assert_string_equal(c.regions[1].region, "iad");
    assert_int_equal(c.regions[1].why, VOTE_COUNTED);
    assert_int_equal(c.regions[1].newest->status, STATUS_DOWN);
    assert_true(c.regions[1].received.ms > c.regions[1].newest->started.ms);
    assert_true(c.since.ms > outage_now(bed).ms - 20000);
    end(bed);
}

static void
test_incidents_come_newest_first(void **unused)
{
    struct outage *bed = bed_of(HOME);
    struct decider_incident a, b;

    (void)unused;
    for (int i = 0; i < 2; i++) {
        bed->is_broken = true;
        outage_pass(bed, 10000);
        bed->is_broken = false;
        outage_pass(bed, 60000);
    }
    assert_int_equal(decider_incident_count(bed->decider), 2);
    a = decider_incident(bed->decider, 0);
    b = decider_incident(bed->decider, 1);
    assert_true(a.opened.ms > b.resolved.ms);
    assert_true(b.resolved.ms > b.opened.ms);
    assert_string_equal(a.severity, "page");
    end(bed);
}

static void
test_a_day_without_data_is_all_zero(void **unused)
{
    struct outage *bed = bed_of(HOME);
    struct decider_day day = decider_day(bed->decider, 0, 1);

    (void)unused;
    assert_int_equal(
        day.up + day.degraded + day.partial + day.down + day.unknown, 0);
    end(bed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_checks_are_found_by_name),
        cmocka_unit_test(test_a_check_shows_its_regions),
        cmocka_unit_test(test_incidents_come_newest_first),
        cmocka_unit_test(test_a_day_without_data_is_all_zero),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
