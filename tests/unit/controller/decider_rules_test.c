/* A reload keeps what stays and ends what went. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/decider_rules.c"
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

#define OTHER                                                                  \
    "other = { http = \"http://192.0.2.8/\"; every = \"10s\"; timeout = "      \
    "\"5s\";"                                                                  \
    " policy = \"web\"; };"

static void
test_a_reload_keeps_verdict_and_incident(void **unused)
{
    struct outage *bed = bed_of(HOME);
    struct id id;

    (void)unused;
    bed->is_broken = true;
    outage_pass(bed, 10000);
    id = decider_incident(bed->decider, 0).id;
    outage_configure(bed, OUTAGE_PEOPLE "checks = { " OTHER OUTAGE_HOME " };");
    assert_int_equal(decider_check_count(bed->decider), 2);
    assert_int_equal(outage_verdict(bed), VERDICT_DOWN);
    assert_int_equal(decider_check(bed->decider, 1).verdict, VERDICT_UNKNOWN);
    outage_pass(bed, 20000);
    assert_int_equal(outage_pages(bed, PAGE_OPENED), 1);
    bed->is_broken = false;
    outage_pass(bed, 60000);
    assert_true(id_eq(&id, &bed->decider->cases->row.id));
    assert_int_equal(outage_pages(bed, PAGE_RESOLVED), 1);
    end(bed);
}

static void
test_a_check_that_went_is_ended_and_its_pages_too(void **unused)
{
    struct outage *bed = bed_of(HOME);

    (void)unused;
    bed->is_broken = true;
    outage_pass(bed, 10000);
    for (int i = 0; i < OUTAGE_PROBES; i++)
        outage_probe_cut(&bed->probe[i]);
    outage_configure(bed, OUTAGE_PEOPLE "checks = { " OTHER " };");
    outage_pass(bed, 5000);
    assert_int_equal(decider_incident(bed->decider, 0).state,
                     INCIDENT_RESOLVED);
    assert_int_equal(outage_pages(bed, PAGE_RESOLVED), 1);
    assert_non_null(strstr(decider_incident(bed->decider, 0).json,
                           "no longer watched: the check was removed"));
    outage_stop(bed);
    outage_start(bed); /* its state is forgotten on disk as well */
    assert_int_equal(decider_check_find(bed->decider, "home"), -1);
    end(bed);
}

static void
test_an_alert_that_went_says_so(void **unused)
{
    struct outage *bed = bed_of(HOME);

    (void)unused;
    bed->is_broken = true;
    outage_pass(bed, 10000);
    assert_int_equal(outage_pages(bed, PAGE_OPENED), 1);
    outage_configure(bed,
                     OUTAGE_PEOPLE "alerts = { odd = { on = \"unknown\"; }; };"
                                   "checks = { " OUTAGE_HOME " };");
    outage_pass(bed, 5000);
    assert_int_equal(outage_pages(bed, PAGE_RESOLVED), 1);
    assert_non_null(strstr(decider_incident(bed->decider, 0).json,
                           "no longer watched: its alert was removed"));
    assert_int_equal(outage_verdict(bed),
                     VERDICT_DOWN); /* of the check: kept */
    end(bed);
}

static void
test_an_open_incident_of_a_check_that_went_while_off(void **unused)
{
    struct outage *bed = bed_of(HOME);
    struct config *old = bed->config;

    (void)unused;
    bed->is_broken = true;
    outage_pass(bed, 10000);
    outage_stop(bed);
    bed->config = outage_config(OUTAGE_PEOPLE "checks = { " OTHER " };");
    config_free(old);
    for (int i = 0; i < OUTAGE_PROBES; i++)
        bed->probe[i].queued = 0;
    outage_start(bed);
    for (int i = 0; i < OUTAGE_PROBES; i++)
        outage_probe_cut(&bed->probe[i]);
    outage_pass(bed, 5000);
    assert_int_equal(decider_incident(bed->decider, 0).state,
                     INCIDENT_RESOLVED);
    assert_int_equal(outage_pages(bed, PAGE_RESOLVED), 1);
    end(bed);
}

static void
test_alerts_choose_their_checks(void **unused)
{
    struct outage *bed =
        bed_of(OUTAGE_PEOPLE
               "alerts = { a = { on = \"down\"; checks = [\"ho*\"]; };"
               " b = { on = \"partial for 5m\"; severity = \"ticket\"; };"
               " c = { on = \"down\"; checks = [\"shop-*\"]; }; };\n"
               "checks = { " OUTAGE_HOME OTHER " };");
    const struct decider_watch *home = decider_watch_find(bed->decider, "home");
    const struct decider_watch *other =
        decider_watch_find(bed->decider, "other");

    (void)unused;
    assert_int_equal(home->rule_count, 2);
    assert_string_equal(home->rules[0].name, "a");
    assert_string_equal(home->rules[0].severity, "page");
    assert_int_equal(other->rule_count, 1);
    assert_string_equal(other->rules[0].severity, "ticket");
    assert_int_equal(other->rules[0].for_ms, 300000);
    assert_int_equal(other->rules[0].on, INCIDENT_ON_PARTIAL);
    end(bed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_reload_keeps_verdict_and_incident),
        cmocka_unit_test(test_a_check_that_went_is_ended_and_its_pages_too),
        cmocka_unit_test(test_an_alert_that_went_says_so),
        cmocka_unit_test(test_an_open_incident_of_a_check_that_went_while_off),
        cmocka_unit_test(test_alerts_choose_their_checks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
