/* waterfall_test.c - the card of one made-up run, to the letter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/waterfall.c"

static struct result
a_result(void)
{
    struct result r;
    result_init(&r);
    r.check = "home";
    id_parse(&r.run, "000102030405060708090a0b0c0d0e0f");
    r.us[PHASE_DNS] = 10000;
    r.us[PHASE_CONNECT] = 10000;
    r.us[PHASE_WAIT] = 20000;
    r.us[PHASE_TOTAL] = 40000;
    result_add_int(&r, FACT_STATUS, 503);
    result_add_text(&r, FACT_IP, "192.0.2.7");
    return r;
}

static void
test_card(void **state)
{
    (void)state;
    struct spec spec = {.kind = SPEC_HTTP,
                        .target = (char *)(uintptr_t) "http://a.example/"};
    struct paint paint = {.width = 80};
    struct result r = a_result();
    struct buf out;
    buf_init(&out, 4096);
    r.status = STATUS_DOWN;
    r.reason = REASON_EXPECT_STATUS;
    r.message = "status == 200: got 503";
    waterfall_card(&out, &paint, &spec, &r);
    const char *text = buf_text(&out);
    assert_non_null(strstr(text, "  DOWN   http://a.example/   503   40 ms"));
    assert_non_null(strstr(text, "expect.status: status == 200: got 503\n"));
    /* a quarter, a quarter, a half of forty columns, one after the other */
    assert_non_null(strstr(text, "  ##########\n"));
    assert_non_null(strstr(text, "            ##########\n"));
    assert_non_null(strstr(text, "  ####################\n"));
    assert_null(strstr(text, "tls")); /* a phase that was not is not drawn */
    assert_non_null(strstr(text, "000102030405060708090a0b0c0d0e0f"));
    buf_free(&out);
}

static void
test_line(void **state)
{
    (void)state;
    struct paint paint = {.width = 80};
    struct result r = a_result();
    struct buf out;
    buf_init(&out, 4096);
    waterfall_line(&out, &paint, &r, "fra");
    assert_string_equal(buf_text(&out),
                        "UP       home                 40 ms  fra  \n");
    buf_reset(&out);
    r.status = STATUS_DOWN;
    r.reason = REASON_CONNECT_REFUSED;
    r.us[PHASE_TOTAL] = -1;
    waterfall_line(&out, &paint, &r, NULL);
    assert_non_null(
        strstr(buf_text(&out), "-  connect.refused: nothing listens there\n"));
    buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_card),
        cmocka_unit_test(test_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
