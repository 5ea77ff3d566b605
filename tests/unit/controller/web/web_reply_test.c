#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/web/web_reply.c"

#include "tests/lib/web_bed.h"

static void
refusals_are_json_whatever_was_asked(void **state)
{
    struct web_bed *bed = *state;

    assert_int_equal(web_bed_ask(bed, "GET /%3Cscript%3E%22", "", ""), 404);
    assert_int_equal(strncmp(bed->body, "{\"error\":{\"status\":404,", 23), 0);
    assert_null(strstr(bed->body, "<script>"));
    assert_string_equal(web_bed_header(bed, "Content-Type"),
                        "application/json; charset=utf-8");
    assert_string_equal(web_bed_header(bed, "Cache-Control"), "no-store");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WEB_BED(refusals_are_json_whatever_was_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
