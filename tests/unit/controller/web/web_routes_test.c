#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/web/web_routes.c"

#include "tests/lib/web_bed.h"

static void
status_json_is_cached_by_its_tag(void **state)
{
    static const char *const paths[] = {"summary.json",
                                        "status.json",
                                        "components.json",
                                        "incidents.json",
                                        "incidents/unresolved.json",
                                        "scheduled-maintenances.json"};
    struct web_bed *bed = *state;

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        char *line = str_xprintf("GET /api/v2/%s", paths[i]);
        char *extra;

        assert_int_equal(web_bed_ask(bed, line, "", ""), 200);
        assert_string_equal(web_bed_header(bed, "Access-Control-Allow-Origin"),
                            "*");
        assert_non_null(
            strstr(web_bed_header(bed, "Cache-Control"), "max-age=30"));
        extra =
            str_xprintf("If-None-Match: %s\r\n", web_bed_header(bed, "ETag"));
        assert_int_equal(web_bed_ask(bed, line, extra, ""), 304);
        assert_int_equal(
            web_bed_ask(bed, line, "If-None-Match: \"other\"\r\n", ""), 200);
        free(extra);
        free(line);
    }
}

static void
every_page_answers(void **state)
{
    static const char *const pages[] = {"GET /", "GET /probes",
                                        "GET /checks/home", "GET /status"};
    struct web_bed *bed = *state;

    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        assert_int_equal(web_bed_order(bed, pages[i], ""), 200);
        assert_non_null(strstr(bed->body, "</html>"));
        assert_string_equal(web_bed_header(bed, "Content-Type"),
                            "text/html; charset=utf-8");
    }
    assert_int_equal(web_bed_order(bed, "GET /metrics", ""), 200);
    assert_non_null(
        strstr(web_bed_header(bed, "Content-Type"), "version=0.0.4"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WEB_BED(status_json_is_cached_by_its_tag),
        WEB_BED(every_page_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
