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

static bool
says_sent(const struct result *r)
{
    struct spec spec = {.kind = SPEC_HTTP,
                        .target = (char *)(uintptr_t) "http://a.example/"};
    struct paint paint = {.width = 80};
    struct buf out;
    buf_init(&out, 4096);
    waterfall_card(&out, &paint, &spec, r);
    bool says = strstr(buf_text(&out), "sent as X-Request-Id") != NULL;
    buf_free(&out);
    return says;
}

static void
test_sent_only_when_it_was(void **state)
{
    (void)state;
    struct result r;
    result_init(&r);
    r.check = "home";
    r.status = STATUS_DOWN;
    r.reason = REASON_DNS_NXDOMAIN;
    r.us[PHASE_DNS] = 1000;
    assert_false(says_sent(&r));
    r.reason = REASON_POLICY_BLOCKED;
    assert_false(says_sent(&r));
    r.reason = REASON_CONNECT_REFUSED;
    assert_false(says_sent(&r));
    r.reason = REASON_HTTP_TIMEOUT;
    assert_true(says_sent(&r));
    r.us[PHASE_WAIT] = 1000;
    r.reason = REASON_NONE;
    assert_true(says_sent(&r));
    r.reason = REASON_DNS_NXDOMAIN; /* of a redirect's hop */
    assert_true(says_sent(&r));
}

/* Ended before any phase did: no hole where the bars would be. */
static void
test_card_without_phases(void **state)
{
    (void)state;
    struct spec spec = {.kind = SPEC_ICMP,
                        .target = (char *)(uintptr_t) "192.0.2.1"};
    struct paint paint = {.width = 80};
    struct result r = {.status = STATUS_ERROR,
                       .reason = REASON_LOCAL_CONFIG,
                       .message = "the sysctl is missing"};
    struct buf out;
    buf_init(&out, 4096);
    for (int phase = 0; phase < PHASE_COUNT; phase++)
        r.us[phase] = -1;
    waterfall_card(&out, &paint, &spec, &r);
    assert_non_null(strstr(buf_text(&out), "missing\n\n       run"));
    buf_free(&out);
}

static void
test_tls_card(void **state)
{
    (void)state;
    struct spec spec = {.kind = SPEC_TCP,
                        .target = (char *)(uintptr_t) "mail.example:25"};
    struct result_step steps[2] = {
        {.name = "greet", .us = {0}},
        {.name = "ehlo", .status = STATUS_DOWN, .reason = REASON_TCP_TIMEOUT}};
    struct paint paint = {.width = 80};
    struct result r = a_result();
    struct buf out;
    buf_init(&out, 4096);
    result_add_text(&r, FACT_CHAIN, "mail.example 29d, R11 700d");
    result_add_text(&r, FACT_TLS_PROTOCOL, "TLSv1.3");
    result_add_text(&r, FACT_CIPHER, "TLS_AES_256_GCM_SHA384");
    result_add_text(&r, FACT_KEY, "EC 256");
    result_add_text(&r, FACT_OCSP, "good");
    result_add_text(&r, FACT_OCSP_NEXT_UPDATE, "2026-01-02T03:04:05Z");
    result_add_text(&r, FACT_TLS_VERSIONS, "1.2 1.3");
    steps[0].us[PHASE_TOTAL] = 5000;
    steps[1].us[PHASE_TOTAL] = -1;
    r.steps = steps;
    r.step_count = 2;
    waterfall_card(&out, &paint, &spec, &r);
    const char *text = buf_text(&out);
    assert_non_null(strstr(text, "mail.example 29d, R11 700d\n"));
    assert_non_null(
        strstr(text, "TLSv1.3, TLS_AES_256_GCM_SHA384, key EC 256"));
    assert_non_null(strstr(text, "good, until 2026-01-02T03:04\n"));
    assert_non_null(strstr(text, "1.2 1.3\n"));
    assert_non_null(strstr(text, "greet"));
    assert_non_null(strstr(text, "tcp.timeout\n"));
    spec.kind = SPEC_HTTP;
    buf_reset(&out);
    waterfall_card(&out, &paint, &spec, &r);
    assert_null(strstr(buf_text(&out), "R11"));
    buf_free(&out);
}

static const char *
card_of(struct buf *out, const struct spec *spec, const struct result *result)
{
    struct paint paint = {.width = 80};
    buf_reset(out);
    waterfall_card(out, &paint, spec, result);
    return buf_text(out);
}

static void
test_icmp_card(void **state)
{
    (void)state;
    struct spec spec = {.kind = SPEC_ICMP,
                        .target = (char *)(uintptr_t) "a.example"};
    struct result r = a_result();
    struct buf out;
    buf_init(&out, 4096);
    result_add_int(&r, FACT_PACKETS_SENT, 3);
    result_add_int(&r, FACT_PACKETS_RECEIVED, 0);
    result_add_int(&r, FACT_LOSS, 100);
    const char *text = card_of(&out, &spec, &r);
    assert_non_null(strstr(text, "3 sent, 0 answered, 100% lost\n"));
    assert_null(strstr(text, "round trip"));
    r = a_result();
    result_add_int(&r, FACT_PACKETS_SENT, 3);
    result_add_int(&r, FACT_PACKETS_RECEIVED, 2);
    result_add_int(&r, FACT_LOSS, 34);
    result_add_int(&r, FACT_RTT_US, 20000);
    result_add_int(&r, FACT_RTT_MIN_US, 10000);
    result_add_int(&r, FACT_RTT_MAX_US, 30000);
    result_add_int(&r, FACT_TTL, 57);
    text = card_of(&out, &spec, &r);
    assert_non_null(strstr(text, "3 sent, 2 answered, 34% lost\n"));
    assert_non_null(
        strstr(text, "min 10 ms, mean 20 ms, max 30 ms   (ttl 57)\n"));
    buf_free(&out);
}

static void
test_grpc_card(void **state)
{
    (void)state;
    struct spec spec = {.kind = SPEC_GRPC,
                        .target = (char *)(uintptr_t) "a.example:443"};
    struct result r = a_result();
    struct buf out;
    buf_init(&out, 4096);
    spec.of.grpc.service = (char *)(uintptr_t) "";
    result_add_text(&r, FACT_HEALTH, "SERVING");
    result_add_text(&r, FACT_GRPC_STATUS, "OK");
    const char *text = card_of(&out, &spec, &r);
    assert_non_null(strstr(text, "(the server as a whole)\n"));
    assert_non_null(strstr(text, "health        SERVING\n"));
    assert_non_null(strstr(text, "grpc status   OK\n"));
    r = a_result();
    spec.of.grpc.service = (char *)(uintptr_t) "shop.Cart";
    result_add_text(&r, FACT_GRPC_STATUS, "NOT_FOUND");
    result_add_text(&r, FACT_GRPC_MESSAGE, "unknown service");
    text = card_of(&out, &spec, &r);
    assert_non_null(strstr(text, "service       shop.Cart\n"));
    assert_non_null(strstr(text, "NOT_FOUND: unknown service\n"));
    buf_free(&out);
}

static void
test_ws_card(void **state)
{
    (void)state;
    struct spec spec = {.kind = SPEC_WS,
                        .target = (char *)(uintptr_t) "wss://a.example/"};
    struct result r = a_result();
    struct buf out;
    buf_init(&out, 4096);
    result_add_text(&r, FACT_SUBPROTOCOL, "feed.v1");
    result_add_int(&r, FACT_MESSAGES, 2);
    const char *text = card_of(&out, &spec, &r);
    assert_non_null(strstr(text, "feed.v1\n"));
    assert_non_null(strstr(text, "2 heard\n"));
    assert_null(strstr(text, "closed with"));
    result_add_int(&r, FACT_CLOSE_CODE, 1008);
    text = card_of(&out, &spec, &r);
    assert_non_null(strstr(text, "closed with   1008 (against its policy)\n"));
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

static void
test_steps(void **state)
{
    (void)state;
    struct result_step steps[3] = {
        {.name = "form", .us = {[PHASE_TOTAL] = 10000}},
        {.name = "pay",
         .status = STATUS_DOWN,
         .reason = REASON_EXPECT_STATUS,
         .us = {[PHASE_TOTAL] = 30001}},
        {.name = "never", .us = {[PHASE_TOTAL] = -1}}};
    struct paint paint = {.width = 80};
    struct result r = a_result();
    struct buf out;
    buf_init(&out, 4096);
    r.steps = steps;
    r.step_count = 3;
    result_add_text(&r, FACT_CLEANUP, "cancel: got 404");
    waterfall_steps(&out, &paint, &r, true);
    assert_string_equal(
        buf_text(&out),
        "           form              10 ms  #########\n"
        "           pay               30 ms           "
        "##############################  expect.status\n"
        "           never              0 us                                   "
        "      #\n"
        "           cleanup  cancel: got 404\n");
    buf_reset(&out);
    steps[0].name = "cleanup: cancel";
    r.step_count = 2;
    r.fact_count = 0;
    waterfall_steps(&out, &paint, &r, false); /* all at once */
    assert_string_equal(
        buf_text(&out),
        "           cleanup: cancel     10 ms  #############\n"
        "           pay                 30 ms  "
        "########################################  expect.status\n");
    buf_free(&out);
}

static void
test_dns_card(void **state)
{
    (void)state;
    struct spec spec = {.kind = SPEC_DNS,
                        .target = (char *)(uintptr_t) "a.example",
                        .of.dns.record = (char *)(uintptr_t) "MX"};
    struct paint paint = {.width = 80};
    struct result r;
    struct buf out;
    result_init(&r);
    buf_init(&out, 4096);
    r.status = STATUS_DOWN;
    r.reason = REASON_DNS_TIMEOUT;
    r.us[PHASE_TOTAL] = 2000000;
    result_add_text(&r, FACT_IP, "192.0.2.53");
    result_add_text(&r, FACT_SERVER, "192.0.2.53:53");
    waterfall_card(&out, &paint, &spec, &r);
    assert_non_null(strstr(buf_text(&out), "  DOWN   a.example MX   2 s\n"));
    buf_free(&out);
}

static void
days_as_people_count(void **state)
{
    static const struct {
        int64_t days;
        const char *text;
    } rows[] = {{2, "2 days left"},      {1, "1 day left"},
                {0, "0 days left"},      {-1, "ended less than a day ago"},
                {-2, "ended 1 day ago"}, {-3, "ended 2 days ago"}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out;
        buf_init(&out, 100);
        add_days(&out, rows[i].days);
        assert_string_equal(buf_text(&out), rows[i].text);
        buf_free(&out);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_card),
        cmocka_unit_test(test_sent_only_when_it_was),
        cmocka_unit_test(test_card_without_phases),
        cmocka_unit_test(test_tls_card),
        cmocka_unit_test(test_icmp_card),
        cmocka_unit_test(test_grpc_card),
        cmocka_unit_test(test_ws_card),
        cmocka_unit_test(test_dns_card),
        cmocka_unit_test(days_as_people_count),
        cmocka_unit_test(test_line),
        cmocka_unit_test(test_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
