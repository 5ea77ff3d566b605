#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/web/api_probes.c"

#include <string.h>

#include "controller/controller.h"
#include "tests/lib/web_bed.h"

static void
invitations_name_all_that_a_probe_needs(void **state)
{
    struct web_bed *bed = *state;

    assert_int_equal(web_bed_order(bed, "POST /api/v1/probes/invite",
                                   "{\"region\":\"fra\",\"name\":\"one\"}"),
                     201);
    assert_non_null(strstr(bed->body, controller_ca_sha256(bed->controller)));
    assert_non_null(strstr(bed->body, controller_probes_url(bed->controller)));
    assert_non_null(strstr(bed->body, "\"token\":\""));
    assert_int_equal(web_bed_order(bed, "POST /api/v1/probes/key",
                                   "{\"region\":\"iad\",\"count\":3,\"ends\":"
                                   "\"2099-01-01T00:00:00Z\"}"),
                     201);
    assert_int_equal(web_bed_order(bed, "GET /api/v1/probes", ""), 200);
    assert_string_equal(bed->body, "{\"probes\":[]}");
}

static void
wrong_orders_are_refused(void **state)
{
    static const char *const bad[][2] = {
        {"POST /api/v1/probes/invite", ""},
        {"POST /api/v1/probes/invite", "[]"},
        {"POST /api/v1/probes/invite", "{\"region\":\"mars\"}"},
        {"POST /api/v1/probes/invite",
         "{\"region\":\"fra\",\"name\":\"../x\"}"},
        {"POST /api/v1/probes/key", "{\"region\":\"fra\"}"},
        {"POST /api/v1/probes/key", "{\"region\":\"fra\",\"count\":0}"},
        {"POST /api/v1/probes/key", "{\"region\":\"fra\",\"count\":1e9}"},
        {"POST /api/v1/probes/key",
         "{\"region\":\"fra\",\"count\":1,\"ends\":\"x\"}"},
        {"POST /api/v1/probes/key", "{\"region\":\"fra\",\"count\":1,\"ends\":"
                                    "\"2001-01-01T00:00:00Z\"}"},
        {"POST /api/v1/probes/nobody/revoke", ""},
    };
    struct web_bed *bed = *state;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_true(web_bed_order(bed, bad[i][0], bad[i][1]) >= 400);
        assert_true(bed->status < 500);
        assert_null(strstr(bed->body, "\"token\""));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WEB_BED(invitations_name_all_that_a_probe_needs),
        WEB_BED(wrong_orders_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
