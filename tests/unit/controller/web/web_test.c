#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/web/web.c"

#include "controller/controller.h"
#include "tests/lib/web_bed.h"

static void
every_answer_carries_the_security_headers(void **state)
{
    static const char *const lines[] = {
        "GET /status",        "GET /",        "GET /nothing",
        "GET /api/v1/checks", "POST /status", "GET /api/v2/summary.json"};
    struct web_bed *bed = *state;

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        assert_true(web_bed_ask(bed, lines[i], "", "") >= 200);
        assert_non_null(strstr(web_bed_header(bed, "Content-Security-Policy"),
                               "default-src 'none'"));
        assert_non_null(strstr(web_bed_header(bed, "Content-Security-Policy"),
                               "frame-ancestors 'none'"));
        assert_string_equal(web_bed_header(bed, "X-Content-Type-Options"),
                            "nosniff");
        assert_string_equal(web_bed_header(bed, "Referrer-Policy"),
                            "no-referrer");
        assert_non_null(web_bed_header(bed, "Cache-Control"));
    }
}

static void
operators_pages_need_the_key(void **state)
{
    static const char *const pages[] = {"GET /",
                                        "GET /probes",
                                        "GET /checks/home",
                                        "GET /api/v1/checks",
                                        "GET /api/v1/results",
                                        "GET /api/v1/probes",
                                        "POST /api/v1/reload",
                                        "POST /api/v1/probes/invite",
                                        "GET /metrics"};
    static const char *const wrong[] = {
        "",
        "Authorization: Bearer x\r\n",
        "Authorization: Bearer \r\n",
        "Cookie: picket=0\r\n",
        "Authorization: Bearer "
        "0000000000000000000000000000000000000000000000000000000000000000\r\n",
        "Cookie: picket="
        "0000000000000000000000000000000000000000000000000000000000000000"
        "\r\n"};
    struct web_bed *bed = *state;

    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
        for (size_t k = 0; k < sizeof(wrong) / sizeof(wrong[0]); k++) {
            assert_int_equal(web_bed_ask(bed, pages[i], wrong[k], ""), 401);
            assert_null(strstr(bed->body, controller_key(bed->controller)));
        }
    assert_int_equal(web_bed_order(bed, "GET /metrics", ""), 200);
    assert_int_equal(web_bed_order(bed, "GET /checks/home", ""), 200);
}

static void
key_in_the_query_becomes_a_cookie_once(void **state)
{
    struct web_bed *bed = *state;
    char *line =
        str_xprintf("GET /probes?k=%s", controller_key(bed->controller));
    char *cookie;

    assert_int_equal(web_bed_ask(bed, line, "", ""), 303);
    assert_string_equal(web_bed_header(bed, "Location"), "/probes");
    assert_non_null(strstr(web_bed_header(bed, "Set-Cookie"), "HttpOnly"));
    assert_non_null(
        strstr(web_bed_header(bed, "Set-Cookie"), "SameSite=Strict"));
    assert_null(strstr(bed->answer, controller_key(bed->controller)));
    cookie = str_xprintf("Cookie: %.*s\r\n",
                         (int)strcspn(web_bed_header(bed, "Set-Cookie"), ";"),
                         web_bed_header(bed, "Set-Cookie"));
    assert_int_equal(web_bed_ask(bed, "GET /probes", cookie, ""), 200);
    free(line);
    /* another site's form is not an operator */
    line = str_xprintf("%sSec-Fetch-Site: cross-site\r\n", cookie);
    assert_int_equal(web_bed_ask(bed, "POST /api/v1/reload", line, ""), 401);
    assert_int_equal(web_bed_ask(bed, "POST /api/v1/reload", cookie, ""), 200);
    free(line);
    free(cookie);
}

static void
paths_and_methods_are_told_apart(void **state)
{
    struct web_bed *bed = *state;

    assert_int_equal(web_bed_ask(bed, "GET /-/healthy", "", ""), 200);
    assert_int_equal(web_bed_ask(bed, "GET /-/ready", "", ""), 200);
    assert_int_equal(web_bed_ask(bed, "GET /status", "", ""), 200);
    assert_int_equal(web_bed_ask(bed, "GET /status/", "", ""), 200);
    assert_int_equal(web_bed_ask(bed, "GET /status/x", "", ""), 404);
    assert_int_equal(web_bed_ask(bed, "DELETE /status", "", ""), 405);
    assert_string_equal(web_bed_header(bed, "Allow"), "GET");
    assert_int_equal(web_bed_order(bed, "GET /checks/nobody", ""), 404);
    assert_int_equal(web_bed_order(bed, "GET /checks/", ""), 404);
    assert_int_equal(web_bed_order(bed, "GET /checks/home/x", ""), 404);
    assert_int_equal(web_bed_order(bed, "GET /incidents/xyz", ""), 404);
}

static void
star_stands_for_one_part(void **state)
{
    char arg[WEB_ARG_MAX];
    char huge[2 * WEB_ARG_MAX];

    (void)state;
    assert_true(fits("/a/*/b", "/a/x-1/b", arg));
    assert_string_equal(arg, "x-1");
    assert_false(fits("/a/*/b", "/a//b", arg));
    assert_false(fits("/a/*/b", "/a/x/y/b", arg));
    assert_false(fits("/a/*", "/a/", arg));
    assert_true(fits("/", "/", arg));
    memset(huge, 'x', sizeof(huge));
    memcpy(huge, "/a/", 3);
    huge[sizeof(huge) - 1] = '\0';
    assert_false(fits("/a/*", huge, arg));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WEB_BED(every_answer_carries_the_security_headers),
        WEB_BED(operators_pages_need_the_key),
        WEB_BED(key_in_the_query_becomes_a_cookie_once),
        WEB_BED(paths_and_methods_are_told_apart),
        cmocka_unit_test(star_stands_for_one_part),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
