#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "controller/web/incident_page.c"
#include "tests/lib/fake_decider.h"

struct world {
    struct decider *decider;
    struct made_config made;
    struct view view;
    struct buf out;
};

static void
begin(struct world *w)
{
    w->decider = made_decider();
    made_config(&w->made);
    w->view = (struct view){.config = &w->made.config,
                            .decider = w->decider,
                            .now = {MADE_NOW_MS},
                            .started = {MADE_NOW_MS - 90000}};
    buf_init(&w->out, VIEW_PAGE_MAX);
}

static void
end(struct world *w)
{
    buf_free(&w->out);
    made_free(w->decider);
}

static size_t
count_of(const struct world *w, const char *needle)
{
    size_t n = 0;

    for (const char *at = buf_text(&w->out); (at = strstr(at, needle)) != NULL;
         at += strlen(needle))
        n++;
    return n;
}

/* What every page must be: whole, one h1, a language, no script, no text of a
 * check that became markup. */
static void
assert_is_page(const struct world *w)
{
    assert_false(w->out.failed);
    assert_int_equal(count_of(w, "<h1"), 1);
    assert_int_equal(count_of(w, "<main"), 1);
    assert_int_equal(count_of(w, "</html>"), 1);
    assert_int_equal(count_of(w, "<html lang=en>"), 1);
    assert_int_equal(count_of(w, "<script"), 0);
    assert_int_equal(count_of(w, " style="), 0);
    assert_int_equal(count_of(w, "Checkout <b>"), 0);
}

static void
shows_votes_evidence_and_timeline(void **state)
{
    struct world w;
    struct decider_incident in;

    (void)state;
    begin(&w);
    in = decider_incident(w.decider, 0);
    incident_page(&w.out, &w.view, &in);
    assert_is_page(&w);
    assert_int_equal(count_of(&w, "pay is down</h1>"), 1);
    assert_int_equal(count_of(&w, "<th scope=row>"), 3); /* votes */
    assert_int_equal(count_of(&w, "stale"), 1);
    assert_int_equal(count_of(&w, "paged channel:ops"), 1);
    assert_int_equal(count_of(&w, "retry-after: 30"), 1);
    assert_int_equal(count_of(&w, "1.4 ms"), 1);
    assert_int_equal(count_of(&w, "method=post"), 1);
    assert_true(count_of(&w, "&lt;script&gt;alert(1)") >= 2);
    end(&w);
}

static void
shows_what_is_different(void **state)
{
    struct world w;
    struct decider_incident in;

    (void)state;
    begin(&w);
    in = decider_incident(w.decider, 0);
    in.json = "{\"evidence\":[{\"region\":\"fra\",\"evidence\":{\"last_good\":"
              "{\"started\":\"2026-03-05T09:00:00.000Z\"},\"changed\":["
              "{\"what\":\"ip\",\"was\":\"192.0.2.7\",\"is\":\"<b>\"},"
              "{\"what\":\"total\",\"was_ms\":1.5,\"is_ms\":900.25}]}}]}";
    incident_page(&w.out, &w.view, &in);
    assert_is_page(&w);
    assert_int_equal(count_of(&w, "Different from the last good run"), 1);
    assert_int_equal(count_of(&w, "<th scope=row>ip</th><td>192.0.2.7</td>"
                                  "<td>&lt;b&gt;</td>"),
                     1);
    assert_int_equal(count_of(&w, "<td>1.5 ms</td><td>900.25 ms</td>"), 1);
    end(&w);
}

static void
a_first_failure_stands_beside_no_vote_of_its_own(void **state)
{
    struct world w;
    struct decider_incident in;

    (void)state;
    begin(&w);
    in = decider_incident(w.decider, 0);
    in.json = "{\"votes\":[{\"region\":\"fra\",\"why\":\"counted\",\"stands\":"
              "\"up\",\"unconfirmed\":true,\"reason\":\"http.timeout\","
              "\"message\":\"no answer\"},{\"region\":\"iad\",\"why\":"
              "\"counted\",\"stands\":\"down\",\"unconfirmed\":false,"
              "\"reason\":\"http.timeout\",\"message\":\"none\"}]}";
    incident_page(&w.out, &w.view, &in);
    assert_is_page(&w);
    assert_int_equal(count_of(&w, "as it was before its newest run"), 1);
    assert_int_equal(count_of(&w, "http.timeout, not confirmed yet"), 1);
    assert_int_equal(count_of(&w, "<td>counted</td><td>http.timeout<"), 1);
    end(&w);
}

static void
a_journey_has_its_steps(void **state)
{
    struct world w;
    struct decider_incident in;

    (void)state;
    begin(&w);
    in = decider_incident(w.decider, 0);
    in.json = "{\"evidence\":[{\"region\":\"fra\",\"kind\":\"journey\","
              "\"message\":\"pay: no\",\"steps\":[{\"name\":\"login\","
              "\"status\":\"up\",\"reason\":null,\"ms\":{\"total\":2}}]}]}";
    incident_page(&w.out, &w.view, &in);
    assert_is_page(&w);
    assert_int_equal(count_of(&w, "Step by step"), 1);
    assert_int_equal(count_of(&w, "<th scope=row>login"), 1);
    end(&w);
}

static void
an_insecure_check_is_called_so(void **state)
{
    struct world w;
    struct decider_incident in;

    (void)state;
    begin(&w);
    in = decider_incident(w.decider, 0);
    w.decider->spec[2].net.insecure = true;
    incident_page(&w.out, &w.view, &in);
    assert_is_page(&w);
    assert_int_equal(count_of(&w, "certificate not verified"), 1);
    end(&w);
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
    struct world w;
    struct decider_incident in;

    (void)state;
    begin(&w);
    in = decider_incident(w.decider, 2);
    for (size_t i = 0; i < sizeof(jsons) / sizeof(jsons[0]); i++) {
        buf_reset(&w.out);
        in.json = jsons[i];
        incident_page(&w.out, &w.view, &in);
        assert_is_page(&w);
        assert_int_equal(count_of(&w, "login was down"), 1);
        assert_int_equal(count_of(&w, "method=post"), 0);
    }
    in.json = NULL;
    incident_page(&w.out, &w.view, &in);
    end(&w);
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
