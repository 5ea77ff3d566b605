/* webhook_test.c - the signature against the standard's vector, the body, and
 * Retry-After.  The exchange itself is tested end to end with a real sink. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/jsonpath.h"
#include "controller/notify/webhook.c"

/* Computed with Python's hmac and base64. */
static void
test_signature_vector(void **state)
{
    (void)state;
    struct buf body, sign;
    buf_init(&body, 1000);
    buf_init(&sign, 1000);
    buf_add_str(&body, "{\"type\":\"incident.triggered\",\"timestamp\":\"2026-"
                       "03-29T01:00:00Z\",\"data\":{\"id\":\"inc_01\"}}");
    assert_int_equal(
        webhook_sign(&sign,
                     "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
                     "msg_01", "1774746000", &body),
        0);
    assert_string_equal(buf_text(&sign),
                        "v1,WsFl3SpR+WPSRtpKiMOX0ys73wuuIo3suQMPsnw2ym4=");
    assert_int_equal(
        webhook_sign(&sign, "whsec_***", "msg_01", "1774746000", &body), -1);
    buf_free(&body);
    buf_free(&sign);
}

static void
test_body(void **state)
{
    (void)state;
    struct page page = {
        .incident = id_of("inc", NULL),
        .edge = PAGE_RESOLVED,
        .check = (char *)(uintptr_t) "ho\"me",
        .verdict = (char *)(uintptr_t) "down",
        .message = (char *)(uintptr_t) "got\r\n503",
        .opened = {1774746000000},
        .resolved = {1774746060000},
    };
    struct buf body;
    char why[100];
    buf_init(&body, BODY_MAX);
    assert_int_equal(webhook_format(&body, &page), 0);
    struct jsonpath_doc *doc =
        jsonpath_doc(buf_text(&body), body.len, why, sizeof why);
    assert_non_null(doc);
    assert_string_equal(jsonpath_text(doc, "$.type"), "incident.resolved");
    assert_string_equal(jsonpath_text(doc, "$.timestamp"),
                        "2026-03-29T01:01:00.000Z");
    assert_string_equal(jsonpath_text(doc, "$.data.check"), "ho\"me");
    assert_string_equal(jsonpath_text(doc, "$.data.state"), "resolved");
    assert_string_equal(jsonpath_text(doc, "$.data.was.message"), "got\r\n503");
    assert_string_equal(jsonpath_text(doc, "$.data.was.verdict"), "down");
    /* What was wrong is not said as if it were. */
    assert_string_equal(jsonpath_text(doc, "$.data.verdict"), "");
    assert_string_equal(jsonpath_text(doc, "$.data.message"), "");
    jsonpath_doc_free(doc);
    buf_reset(&body);
    page.edge = PAGE_OPENED;
    page.resolved = (wall_t){0};
    assert_int_equal(webhook_format(&body, &page), 0);
    doc = jsonpath_doc(buf_text(&body), body.len, why, sizeof why);
    assert_string_equal(jsonpath_text(doc, "$.data.state"), "open");
    assert_string_equal(jsonpath_text(doc, "$.data.verdict"), "down");
    jsonpath_doc_free(doc);
    buf_free(&body);
}

static void
test_retry_after(void **state)
{
    (void)state;
    wall_t now = {784111777000}; /* Sun, 06 Nov 1994 08:49:37 GMT */
    assert_int_equal(webhook_retry_after_ns("120", now), 120 * NS_PER_S);
    assert_int_equal(webhook_retry_after_ns("0", now), 1 * NS_PER_S);
    assert_int_equal(webhook_retry_after_ns("99999", now), 900 * NS_PER_S);
    assert_int_equal(
        webhook_retry_after_ns("Sun, 06 Nov 1994 08:50:37 GMT", now),
        60 * NS_PER_S);
    assert_int_equal(webhook_retry_after_ns("soon", now), 0);
    assert_int_equal(webhook_retry_after_ns(NULL, now), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signature_vector),
        cmocka_unit_test(test_body),
        cmocka_unit_test(test_retry_after),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
