#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "controller/web/incident_page.c"
#include "tests/lib/fake_decider.h"
#include "tests/lib/page_bed.h"

static void
shows_votes_evidence_and_timeline(void **state)
{
    char runbook[] = "https://wiki.example.com/pay";
    struct page_bed w;
    struct decider_incident in;

    (void)state;
    page_bed_open(&w);
    w.decider->spec[2].runbook = runbook;
    in = decider_incident(w.decider, 0);
    incident_page(&w.out, &w.view, &in);
    page_bed_check(&w);
    assert_int_equal(page_bed_count(&w, "pay is down</h1>"), 1);
    assert_int_equal(
        page_bed_count(&w, "href=\"https://wiki.example.com/pay\">Runbook</a>"),
        1);
    assert_int_equal(page_bed_count(&w, "<th scope=row>"), 3); /* votes */
    assert_int_equal(page_bed_count(&w, "stale"), 1);
    assert_int_equal(page_bed_count(&w, "paged channel:ops"), 1);
    assert_int_equal(page_bed_count(&w, "retry-after: 30"), 1);
    assert_int_equal(page_bed_count(&w, "1.4 ms"), 1);
    assert_int_equal(page_bed_count(&w, "method=post"), 1);
    assert_true(page_bed_count(&w, "&lt;script&gt;alert(1)") >= 2);
    w.decider->spec[2].runbook = NULL;
    page_bed_close(&w);
}

static void
shows_what_is_different(void **state)
{
    struct page_bed w;
    struct decider_incident in;

    (void)state;
    page_bed_open(&w);
    in = decider_incident(w.decider, 0);
    in.json = "{\"evidence\":[{\"region\":\"fra\",\"evidence\":{\"last_good\":"
              "{\"started\":\"2026-03-05T09:00:00.000Z\"},\"changed\":["
              "{\"what\":\"ip\",\"was\":\"192.0.2.7\",\"is\":\"<b>\"},"
              "{\"what\":\"status\",\"was\":200,\"is\":null},"
              "{\"what\":\"total\",\"was_ms\":1.5,\"is_ms\":900.25}]}}]}";
    incident_page(&w.out, &w.view, &in);
    page_bed_check(&w);
    assert_int_equal(page_bed_count(&w, "Different from the last good run"), 1);
    assert_int_equal(
        page_bed_count(&w,
                       "<td data-l=Was>200</td><td data-l=Is>\xE2\x80\x93<"),
        1);
    assert_int_equal(
        page_bed_count(&w, "<th scope=row>ip</th><td data-l=Was>192.0.2.7</td>"
                           "<td data-l=Is>&lt;b&gt;</td>"),
        1);
    assert_int_equal(
        page_bed_count(
            &w, "<td data-l=Was>1.5 ms</td><td data-l=Is>900.25 ms</td>"),
        1);
    page_bed_close(&w);
}

static void
a_first_failure_stands_beside_no_vote_of_its_own(void **state)
{
    struct page_bed w;
    struct decider_incident in;

    (void)state;
    page_bed_open(&w);
    in = decider_incident(w.decider, 0);
    in.json = "{\"votes\":[{\"region\":\"fra\",\"why\":\"counted\",\"stands\":"
              "\"up\",\"unconfirmed\":true,\"reason\":\"http.timeout\","
              "\"message\":\"no answer\"},{\"region\":\"iad\",\"why\":"
              "\"counted\",\"stands\":\"down\",\"unconfirmed\":false,"
              "\"reason\":\"http.timeout\",\"message\":\"none\"}]}";
    incident_page(&w.out, &w.view, &in);
    page_bed_check(&w);
    assert_int_equal(page_bed_count(&w, "as it was before its newest run"), 1);
    assert_int_equal(page_bed_count(&w, "http.timeout, not confirmed yet"), 1);
    assert_int_equal(page_bed_count(&w,
                                    "<span class=why>counted</span></td><td "
                                    "data-l=Reason>http.timeout<"),
                     1);
    assert_int_equal(page_bed_count(&w, "<th scope=col>Newest run"), 1);
    buf_reset(&w.out);
    in.resolved = in.opened; /* it is over */
    incident_page(&w.out, &w.view, &in);
    page_bed_check(&w);
    assert_int_equal(page_bed_count(&w, "Newest run"), 0);
    page_bed_close(&w);
}

static void
a_journey_has_its_steps(void **state)
{
    struct page_bed w;
    struct decider_incident in;

    (void)state;
    page_bed_open(&w);
    in = decider_incident(w.decider, 0);
    in.json = "{\"evidence\":[{\"region\":\"fra\",\"kind\":\"journey\","
              "\"message\":\"pay: no\",\"steps\":[{\"name\":\"login\","
              "\"status\":\"up\",\"reason\":null,\"ms\":{\"total\":2}}]}]}";
    incident_page(&w.out, &w.view, &in);
    page_bed_check(&w);
    assert_int_equal(page_bed_count(&w, "Step by step"), 1);
    assert_int_equal(page_bed_count(&w, "<th scope=row>login"), 1);
    page_bed_close(&w);
}

static void
an_insecure_check_is_called_so(void **state)
{
    struct page_bed w;
    struct decider_incident in;

    (void)state;
    page_bed_open(&w);
    in = decider_incident(w.decider, 0);
    w.decider->spec[2].net.insecure = true;
    incident_page(&w.out, &w.view, &in);
    page_bed_check(&w);
    assert_int_equal(page_bed_count(&w, "certificate not verified"), 1);
    page_bed_close(&w);
}

static void
broken_json_still_gives_a_page(void **state)
{
    static const char *const jsons[] = {"",
                                        "not json",
                                        "{}",
                                        "[]",
                                        "{\"votes\":7,\"timeline\":{}}",
                                        "{\"evidence\":[1,null,\"x\"]}"};
    struct page_bed w;
    struct decider_incident in;

    (void)state;
    page_bed_open(&w);
    in = decider_incident(w.decider, 2);
    for (size_t i = 0; i < sizeof(jsons) / sizeof(jsons[0]); i++) {
        buf_reset(&w.out);
        in.json = jsons[i];
        incident_page(&w.out, &w.view, &in);
        page_bed_check(&w);
        assert_int_equal(page_bed_count(&w, "login was down"), 1);
        assert_int_equal(page_bed_count(&w, "method=post"), 0);
    }
    in.json = NULL;
    incident_page(&w.out, &w.view, &in);
    page_bed_close(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_votes_evidence_and_timeline),
        cmocka_unit_test(shows_what_is_different),
        cmocka_unit_test(a_first_failure_stands_beside_no_vote_of_its_own),
        cmocka_unit_test(a_journey_has_its_steps),
        cmocka_unit_test(an_insecure_check_is_called_so),
        cmocka_unit_test(broken_json_still_gives_a_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
