#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/web/api.c"

#include "base/jsonpath.h"
#include "tests/lib/web_bed.h"

static void
assert_value(struct web_bed *bed, const char *path, const char *want)
{
    char why[128];
    struct jsonpath_doc *doc =
        jsonpath_doc(bed->body, strlen(bed->body), why, sizeof(why));

    assert_non_null(doc);
    assert_string_equal(jsonpath_text(doc, path), want);
    jsonpath_doc_free(doc);
}

static void
checks_and_incidents_are_listed(void **state)
{
    struct web_bed *bed = *state;

    assert_int_equal(web_bed_order(bed, "GET /api/v1/checks", ""), 200);
    assert_value(bed, "$.checks[0].name", "home");
    assert_value(bed, "$.checks[0].kind", "http");
    assert_value(bed, "$.checks[0].verdict", "unknown");
    assert_value(bed, "$.checks[0].regions[1].region", "iad");
    assert_int_equal(web_bed_order(bed, "GET /api/v1/incidents", ""), 200);
    assert_value(bed, "$.incidents", "[]");
    assert_int_equal(web_bed_order(bed, "GET /api/v1/results", ""), 200);
    assert_string_equal(bed->body, "");
    assert_int_equal(web_bed_order(bed, "GET /api/v1/results?check=home", ""),
                     200);
}

static void
wrong_questions_get_a_remedy(void **state)
{
    static const char *const bad[] = {
        "GET /api/v1/results?limit=0",
        "GET /api/v1/results?limit=10001",
        "GET /api/v1/results?limit=x",
        "GET /api/v1/results?since=yesterday",
        "GET /api/v1/results?check=nobody",
        "POST /api/v1/incidents/xyz/acknowledge",
        "POST /api/v1/incidents/00112233445566778899aabbccddeeff/acknowledge"};
    struct web_bed *bed = *state;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_true(web_bed_order(bed, bad[i], "") >= 400);
        assert_true(bed->status < 500);
        assert_non_null(strstr(bed->body, "\"remedy\":\""));
    }
}

static void
reload_refuses_a_bad_configuration(void **state)
{
    struct web_bed *bed = *state;

    free(bed->text);
    bed->text = str_xdup("picket = 1; nonsense = 2;");
    assert_int_equal(web_bed_order(bed, "POST /api/v1/reload", ""), 422);
    assert_non_null(strstr(bed->body, "nonsense"));
    assert_int_equal(web_bed_order(bed, "GET /checks/home", ""), 200);
    free(bed->text);
    bed->text = str_xprintf("%s", web_bed_config);
    assert_int_equal(web_bed_order(bed, "POST /api/v1/reload", ""), 200);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WEB_BED(checks_and_incidents_are_listed),
        WEB_BED(wrong_questions_get_a_remedy),
        WEB_BED(reload_refuses_a_bad_configuration),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
