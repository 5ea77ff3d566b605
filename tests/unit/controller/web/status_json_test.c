#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/jsonpath.h"
#include "controller/web/status_json.c"

#include <string.h>

#include "tests/lib/fake_decider.h"
#include "tests/lib/page_bed.h"

static const char *
at(struct page_bed *w, struct jsonpath_doc **doc, const char *path)
{
    char why[128];

    if (*doc == NULL)
        *doc = jsonpath_doc(buf_text(&w->out), w->out.len, why, sizeof(why));
    assert_non_null(*doc);
    return jsonpath_text(*doc, path);
}

static void
summary_has_statuspages_form(void **state)
{
    struct jsonpath_doc *doc = NULL;
    struct page_bed w;

    (void)state;
    page_bed_open(&w);
    status_json(&w.out, &w.view, 0,
                STATUS_JSON_COMPONENTS | STATUS_JSON_UNRESOLVED |
                    STATUS_JSON_MAINTENANCES | STATUS_JSON_STATUS);
    assert_string_equal(at(&w, &doc, "$.page.name"), "Example Shop");
    assert_string_equal(at(&w, &doc, "$.page.time_zone"), "Etc/UTC");
    assert_string_equal(at(&w, &doc, "$.page.url"),
                        "http://127.0.0.1:8787/status");
    assert_string_equal(at(&w, &doc, "$.page.updated_at"),
                        "2026-03-05T09:04:02.000Z");
    assert_string_equal(at(&w, &doc, "$.status.indicator"), "major");
    assert_string_equal(at(&w, &doc, "$.components[0].status"), "operational");
    assert_string_equal(at(&w, &doc, "$.components[1].status"),
                        "partial_outage");
    assert_string_equal(at(&w, &doc, "$.components[2].status"),
                        "degraded_performance");
    assert_string_equal(at(&w, &doc, "$.components[3].status"), "");
    assert_string_equal(at(&w, &doc, "$.incidents[0].status"), "investigating");
    assert_string_equal(at(&w, &doc, "$.incidents[0].impact"), "major");
    assert_string_equal(at(&w, &doc, "$.incidents[1].id"), "");
    assert_string_equal(at(&w, &doc, "$.scheduled_maintenances"), "[]");
    assert_null(strstr(buf_text(&w.out), "503"));
    jsonpath_doc_free(doc);
    page_bed_close(&w);
}

static void
updates_stand_newest_first(void **state)
{
    struct jsonpath_doc *doc = NULL;
    struct page_bed w;

    (void)state;
    page_bed_open(&w);
    status_json(&w.out, &w.view, 0, STATUS_JSON_INCIDENTS);
    assert_string_equal(at(&w, &doc, "$.incidents[1].status"), "resolved");
    assert_string_equal(
        at(&w, &doc, "$.incidents[1].incident_updates[0].status"), "resolved");
    assert_string_equal(
        at(&w, &doc, "$.incidents[1].incident_updates[1].status"),
        "investigating");
    assert_string_equal(
        at(&w, &doc,
           "$.incidents[1].incident_updates[0].affected_components[0]"
           ".new_status"),
        "operational");
    assert_string_equal(at(&w, &doc, "$.components"), "");
    jsonpath_doc_free(doc);
    page_bed_close(&w);
}

static void
open_incident_is_never_none(void **state)
{
    struct jsonpath_doc *doc = NULL;
    struct page_bed w;

    (void)state;
    page_bed_open(&w);
    for (size_t i = 0; i < MADE_CHECKS; i++)
        w.decider->check[i].verdict = VERDICT_UP;
    status_json(&w.out, &w.view, 0, STATUS_JSON_STATUS);
    assert_string_equal(at(&w, &doc, "$.status.indicator"), "minor");
    jsonpath_doc_free(doc);
    page_bed_close(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(summary_has_statuspages_form),
        cmocka_unit_test(updates_stand_newest_first),
        cmocka_unit_test(open_incident_is_never_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
