/* Who is told what, and who is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/decider_incident.c"
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
test_without_a_policy_an_incident_and_no_page(void **unused)
{
    struct outage *bed =
        bed_of(OUTAGE_PEOPLE "checks = { home = { http = \"http://192.0.2.7/\";"
                             " every = \"10s\"; timeout = \"5s\"; }; };");

    (void)unused;
    bed->is_broken = true;
    outage_pass(bed, 400000);
    assert_int_equal(decider_incident_count(bed->decider), 1);
    assert_int_equal(bed->page_count, 0);
    assert_non_null(
        strstr(decider_incident(bed->decider, 0).json, "no policy"));
    end(bed);
}

static void
test_the_most_frequent_reason_speaks(void **unused)
{
    struct outage *bed = bed_of(HOME);

    static const enum reason reasons[] = {
        REASON_TLS_EXPIRED, REASON_CONNECT_TIMEOUT, REASON_CONNECT_TIMEOUT};
    struct decider_incident in;

    (void)unused;
    for (int i = 0; i < OUTAGE_PROBES; i++)
        outage_probe_cut(&bed->probe[i]);
    for (int k = 0; k < 6; k++) {
        struct result r;

        result_init(&r);
        r.check = "home";
        r.slot = outage_now(bed);
        r.started = r.slot;
        r.status = STATUS_DOWN;
        r.reason = reasons[k % 3];
        r.message = k % 3 == 0 ? "expired" : "no answer";
        decider_on_result(bed->decider, "x", outage_probe_region(k % 3), &r,
                          false);
    }
    in = decider_incident(bed->decider, 0);
    /* It opened when the second region failed twice: one vote each, so the
     * first region speaks. */
    assert_string_equal(in.reason, "tls.expired");
    /* decider.h: who stands how and why, and a result of each that fails */
    assert_non_null(strstr(in.json, "\"why\":\"counted\",\"stands\":"
                                    "\"down\",\"reason\":\"tls.expired\""));
    assert_non_null(strstr(in.json, "\"evidence\":[{\"schema\":1,"
                                    "\"check\":\"home\",\"kind\":"));
    assert_int_equal(speaker(bed->decider->watches[0]), 1);
    assert_string_equal(word_of(bed->decider->watches[0], 2),
                        "connect.timeout");
    end(bed);
}

static void
hear(struct outage *bed, int region, enum status status)
{
    struct result r;

    result_init(&r);
    r.check = "home";
    r.slot = outage_now(bed);
    r.started = r.slot;
    r.status = status;
    r.reason = status == STATUS_DOWN ? REASON_CONNECT_TIMEOUT : REASON_NONE;
    if (status == STATUS_DEGRADED) {
        r.reason = REASON_EXPECT_TIME;
        r.message = "degraded by time > 800ms: got 1503 ms";
    }
    decider_on_result(bed->decider, "x", outage_probe_region(region), &r,
                      false);
}

/* A region whose failure is its first is neither "up" nor one of those that
 * are counted. */
static void
test_a_first_failure_is_told_as_one(void **unused)
{
    struct outage *bed = bed_of(HOME);
    const struct decider_watch *w = bed->decider->watches[0];
    char *text;
    char *json;

    (void)unused;
    for (int i = 0; i < OUTAGE_PROBES; i++)
        outage_probe_cut(&bed->probe[i]);
    for (int i = 0; i < OUTAGE_PROBES; i++)
        hear(bed, i, STATUS_UP);
    hear(bed, 0, STATUS_DOWN);
    text = regions_text(w);
    json = votes_json(w);
    assert_non_null(strstr(text, " connect.timeout (not confirmed)"));
    assert_non_null(strstr(json, "\"unconfirmed\":true"));
    free(text);
    free(json);
    hear(bed, 0, STATUS_DOWN);
    text = regions_text(w);
    json = votes_json(w);
    assert_non_null(strstr(text, " connect.timeout"));
    assert_null(strstr(text, "not confirmed"));
    assert_null(strstr(json, "\"unconfirmed\":true"));
    free(text);
    free(json);
    end(bed);
}

#define SLOW                                                                   \
    HOME " alerts = { slow = { on = \"degraded for 5s\"; severity = "          \
         "\"page\"; }; };"

/* Three regions, each every 10 s: what is long over when the rule's time is
 * opens nothing. */
static void
test_time_alone_does_not_make_slow_an_incident(void **unused)
{
    struct outage *bed = bed_of(SLOW);

    (void)unused;
    for (int i = 0; i < OUTAGE_PROBES; i++)
        outage_probe_cut(&bed->probe[i]);
    hear(bed, 0, STATUS_DEGRADED);
    hear(bed, 1, STATUS_DEGRADED);
    assert_int_equal(bed->decider->watches[0]->state.verdict, VERDICT_DEGRADED);
    outage_pass(bed, 6000);
    hear(bed, 2, STATUS_UP); /* mended */
    outage_pass(bed, 1000);
    assert_int_equal(decider_incident_count(bed->decider), 0);
    hear(bed, 0, STATUS_UP);
    assert_int_equal(decider_incident_count(bed->decider), 0);
    end(bed);
}

static void
test_a_slow_one_is_told_with_its_reason_and_from_its_beginning(void **unused)
{
    struct outage *bed = bed_of(SLOW);
    struct decider_incident in;
    wall_t began;

    (void)unused;
    for (int i = 0; i < OUTAGE_PROBES; i++)
        outage_probe_cut(&bed->probe[i]);
    hear(bed, 0, STATUS_DEGRADED);
    hear(bed, 1, STATUS_DEGRADED);
    began = outage_now(bed);
    outage_pass(bed, 7000);
    hear(bed, 2, STATUS_DEGRADED);
    assert_int_equal(decider_incident_count(bed->decider), 1);
    in = decider_incident(bed->decider, 0);
    assert_string_equal(in.message, "degraded by time > 800ms: got 1503 ms");
    assert_string_equal(in.reason, "expect.time");
    assert_int_equal(in.began.ms, began.ms);
    assert_int_equal(in.opened.ms, began.ms + 7000);
    end(bed);
}

/* A slot of an hour can see two outages: the second pages, too. */
static void
test_two_incidents_of_one_slot_are_two(void **unused)
{
    struct outage *bed = bed_of(HOME);
    struct decider_watch *w = bed->decider->watches[0];
    wall_t slot = {1767225600000};
    struct id first;

    (void)unused;
    decider_case_open(w, &w->rules[0], slot);
    first = bed->decider->cases->row.id;
    outage_pass(bed, 1000);
    decider_case_resolve(&w->rules[0], "resolved");
    decider_case_open(w, &w->rules[0], slot);
    assert_false(id_eq(&first, &bed->decider->cases->row.id));
    decider_flush_soon(bed->decider);
    outage_pass(bed, 1000);
    assert_int_equal(outage_pages(bed, PAGE_OPENED), 2);
    assert_false(id_eq(&bed->pages[0].id, &bed->pages[2].id));
    decider_case_resolve(&w->rules[0], "resolved");
    end(bed);
}

static void
test_a_ticket_takes_the_tickets_road(void **unused)
{
    struct outage *bed = bed_of(
        "picket = 1;\n"
        "regions = { fra = { }; iad = { }; sin = { }; };\n"
        "channels = { ops = { terminal = true; }; desk = { terminal = true; };"
        " };\n"
        "policies = { web = { page = { a = { notify = [\"channel:ops\"]; }; };"
        " ticket = { a = { notify = [\"channel:desk\"]; }; }; }; };\n"
        "alerts = { one = { on = \"partial\"; severity = \"ticket\"; };"
        " all = { on = \"down\"; }; };\n"
        "checks = { " OUTAGE_HOME " };");

    (void)unused;
    bed->probe[1].is_lone = true;
    outage_pass(bed, 30000);
    assert_int_equal(bed->page_count, 1);
    assert_string_equal(bed->pages[0].to, "channel:desk");
    bed->probe[1].is_lone = false;
    outage_pass(bed, 30000);
    assert_int_equal(bed->page_count, 2);
    assert_string_equal(bed->pages[1].to, "channel:desk");
    assert_int_equal(bed->pages[1].edge, PAGE_RESOLVED);
    end(bed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_a_policy_an_incident_and_no_page),
        cmocka_unit_test(test_the_most_frequent_reason_speaks),
        cmocka_unit_test(test_a_first_failure_is_told_as_one),
        cmocka_unit_test(test_time_alone_does_not_make_slow_an_incident),
        cmocka_unit_test(
            test_a_slow_one_is_told_with_its_reason_and_from_its_beginning),
        cmocka_unit_test(test_two_incidents_of_one_slot_are_two),
        cmocka_unit_test(test_a_ticket_takes_the_tickets_road),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
