/* What /push/v1/ answers who has no heartbeat; those who have are
 * tests/e2e/test_push.py's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/web/web_push.c"

#include "tests/lib/web_bed.h"

static void
strangers_get_one_answer_then_none(void **state)
{
    struct web_bed *bed = *state;
    int tries = 0;
    int status = 404;

    assert_int_equal(web_bed_ask(bed, "GET /push/v1/0", "", ""), 404);
    assert_int_equal(web_bed_ask(bed, "POST /push/v1/0/start", "", ""), 404);
    assert_int_equal(web_bed_ask(bed, "POST /push/v1/0/fail", "", "words"),
                     404);
    assert_int_equal(web_bed_ask(bed, "GET /push/v1/0?status=error", "", ""),
                     400);
    assert_int_equal(web_bed_ask(bed, "GET /push/v1/0?ms=x", "", ""), 400);
    while (status == 404 && tries++ < 100)
        status = web_bed_ask(bed, "GET /push/v1/00", "", "");
    assert_int_equal(status, 429);
}

static void
to_look_is_no_heartbeat(void **state)
{
    struct web_bed *bed = *state;

    assert_int_equal(web_bed_ask(bed, "HEAD /push/v1/0", "", ""), 405);
    assert_string_equal(web_bed_header(bed, "Allow"), "POST, GET");
    assert_int_equal(web_bed_ask(bed, "HEAD /push/v1/0/start", "", ""), 405);
    assert_int_equal(web_bed_ask(bed, "PUT /push/v1/0/fail", "", "x"), 405);
    assert_int_equal(web_bed_ask(bed, "DELETE /push/v1/0", "", ""), 405);
    assert_int_equal(web_bed_ask(bed, "HEAD /status", "", ""), 200);
}

static void
addresses_are_told_to_operators_alone(void **state)
{
    struct web_bed *bed = *state;

    assert_int_equal(web_bed_ask(bed, "GET /api/v1/push/home", "", ""), 401);
    assert_int_equal(web_bed_order(bed, "GET /api/v1/push/home", ""), 404);
    assert_int_equal(web_bed_order(bed, "POST /api/v1/push/home/rotate", ""),
                     404);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WEB_BED(strangers_get_one_answer_then_none),
        WEB_BED(to_look_is_no_heartbeat),
        WEB_BED(addresses_are_told_to_operators_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
