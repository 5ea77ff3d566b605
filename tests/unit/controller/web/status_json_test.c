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

static const char *
at(struct world *w, struct jsonpath_doc **doc, const char *path)
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
    struct world w;

    (void)state;
    begin(&w);
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
    assert_string_equal(at(&w, &doc, "$.incidents[0].impact"), "critical");
    assert_string_equal(at(&w, &doc, "$.incidents[1].id"), "");
    assert_string_equal(at(&w, &doc, "$.scheduled_maintenances"), "[]");
    assert_null(strstr(buf_text(&w.out), "503"));
    jsonpath_doc_free(doc);
    end(&w);
}

static void
updates_stand_newest_first(void **state)
{
    struct jsonpath_doc *doc = NULL;
    struct world w;

    (void)state;
    begin(&w);
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
    end(&w);
}

static void
open_incident_is_never_none(void **state)
{
    struct jsonpath_doc *doc = NULL;
    struct world w;

    (void)state;
    begin(&w);
    for (size_t i = 0; i < MADE_CHECKS; i++)
        w.decider->check[i].verdict = VERDICT_UP;
    status_json(&w.out, &w.view, 0, STATUS_JSON_STATUS);
    assert_string_equal(at(&w, &doc, "$.status.indicator"), "minor");
    jsonpath_doc_free(doc);
    end(&w);
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
