/* Each way in which a fetch ends badly has its reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/exchange_reason.c"

#include <string.h>

#include "base/loop.h"

static void
judge(struct look *look, struct loop *loop, const struct fetch_result *got)
{
    look_init(look, loop);
    exchange_reason(look, got, "shop.example", SPEC_HTTP_ANY);
    look_free(look);
}

static void
the_phase_decides(void **state)
{
    static const struct {
        enum fetch_phase phase;
        enum fetch_error error;
        const char *reason;
    } rows[] = {
        {FETCH_AT_CONNECT, FETCH_RESET, "connect.reset"},
        {FETCH_AT_TLS, FETCH_RESET, "tls.closed"},
        {FETCH_AT_HTTP, FETCH_RESET, "http.reset"},
        {FETCH_AT_CONNECT, FETCH_TIMEOUT, "connect.timeout"},
        {FETCH_AT_TLS, FETCH_TIMEOUT, "tls.timeout"},
        {FETCH_AT_HTTP, FETCH_TIMEOUT, "http.timeout"},
        {FETCH_AT_PROXY, FETCH_PROXY_REFUSED, "proxy.refused"},
        {FETCH_AT_TLS, FETCH_TLS_HANDSHAKE, "tls.handshake"},
        {FETCH_AT_HTTP, FETCH_TRUNCATED, "http.truncated"},
        {FETCH_AT_HTTP, FETCH_DECODE, "http.decode"},
        {FETCH_AT_HTTP, FETCH_HEADER_LIMIT, "http.header_limit"},
        {FETCH_AT_HTTP, FETCH_BODY_LIMIT, "http.body_limit"},
        /* In no row: by the phase alone. */
        {FETCH_AT_CONNECT, FETCH_DECODE, "connect.unreachable"},
        {FETCH_AT_HTTP, FETCH_REFUSED, "http.protocol"},
        {FETCH_AT_CONNECT, FETCH_LOCAL, "local.limit"},
    };
    struct loop *loop = loop_create();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fetch_result got = {.phase = rows[i].phase,
                                   .error = rows[i].error,
                                   .detail = "what libcurl said"};
        struct look look;

        judge(&look, loop, &got);
        assert_string_equal(reason_name(look.reason), rows[i].reason);
        assert_string_equal(look.message, "what libcurl said");
    }
    loop_free(loop);
}

static void
a_whole_answer_is_no_fault(void **state)
{
    struct loop *loop = loop_create();
    struct fetch_result got = {.phase = FETCH_AT_DONE, .detail = ""};
    struct look look;

    (void)state;
    judge(&look, loop, &got);
    assert_int_equal(look.status, STATUS_UP);
    assert_string_equal(look.message, "");
    loop_free(loop);
}

static void
an_end_that_may_be_let_pass(void **state)
{
    struct loop *loop = loop_create();
    struct fetch_result got = {.phase = FETCH_AT_HTTP,
                               .error = FETCH_TRUNCATED,
                               .is_unclosed = true,
                               .detail = "no close_notify"};
    struct look look;

    (void)state;
    judge(&look, loop, &got);
    assert_int_equal(look.reason, REASON_HTTP_TRUNCATED);
    assert_string_equal(look.message,
                        "no close_notify; `truncated_ok` lets that pass");
    loop_free(loop);
}

static void
alerts(void **state)
{
    const int handshake_failure = 40, certificate_required = 116;
    struct loop *loop = loop_create();
    struct fetch_result got = {.phase = FETCH_AT_TLS,
                               .error = FETCH_TLS_ALERT,
                               .tls_alert = certificate_required,
                               .detail = "alert"};
    struct look look;

    (void)state;
    judge(&look, loop, &got);
    assert_int_equal(look.reason, REASON_TLS_CLIENT_CERT_REQUIRED);
    got.tls_alert = handshake_failure;
    judge(&look, loop, &got);
    assert_int_equal(look.status, STATUS_DOWN);
    loop_free(loop);
}

static void
a_forced_version_is_the_one_answered(void **state)
{
    static const struct {
        enum spec_http_version forced;
        int answered;
        const char *tls;
        const char *alpn;
        const char *reason; /* NULL: none */
        const char *says;
    } rows[] = {
        {SPEC_HTTP_ANY, 11, "TLSv1.3", NULL, NULL, ""},
        {SPEC_HTTP_2, 20, "TLSv1.3", "h2", NULL, ""},
        {SPEC_HTTP_1_1, 11, NULL, NULL, NULL, ""},
        {SPEC_HTTP_2, 11, "TLSv1.3", NULL, "tls.alpn",
         "`http_version` is 2, and the server speaks HTTP/1.1: it chose no "
         "protocol in the handshake (ALPN)"},
        {SPEC_HTTP_2, 11, NULL, NULL, "http.protocol",
         "`http_version` is 2, and the server speaks HTTP/1.1"},
        {SPEC_HTTP_1_1, 10, NULL, NULL, "http.protocol",
         "`http_version` is 1.1, and the server speaks HTTP/1.0"},
        {SPEC_HTTP_1_1, 20, "TLSv1.3", "h2", "tls.alpn",
         "`http_version` is 1.1, and the server speaks HTTP/2"},
        {SPEC_HTTP_2, 0, NULL, NULL, "http.protocol",
         "`http_version` is 2, and the server speaks another one"},
    };
    struct loop *loop = loop_create();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fetch_result got = {.phase = FETCH_AT_DONE,
                                   .detail = "",
                                   .status = 200,
                                   .http_version = rows[i].answered,
                                   .tls_protocol = rows[i].tls,
                                   .alpn = rows[i].alpn};
        struct look look;

        look_init(&look, loop);
        exchange_reason(&look, &got, "shop.example", rows[i].forced);
        assert_int_equal(look.status,
                         rows[i].reason != NULL ? STATUS_DOWN : STATUS_UP);
        if (rows[i].reason != NULL)
            assert_string_equal(reason_name(look.reason), rows[i].reason);
        assert_string_equal(look.message, rows[i].says);
        look_free(&look);
    }
    loop_free(loop);
}

/* No answer in clear may be no understanding. */
static void
a_forced_version_that_nobody_agreed_on(void **state)
{
    static const struct {
        enum spec_http_version forced;
        const char *tls;
        int status;
        const char *detail;
        bool is_named;
    } rows[] = {
        {SPEC_HTTP_2, NULL, 0, "no answer", true},
        {SPEC_HTTP_2, "TLSv1.3", 0, "no answer", false},
        {SPEC_HTTP_2, NULL, 200, "no answer", false},
        {SPEC_HTTP_2, NULL, 0, "HTTP/2 stream 1 was not closed", false},
        {SPEC_HTTP_1_1, NULL, 0, "no answer", false},
        {SPEC_HTTP_ANY, NULL, 0, "no answer", false},
    };
    struct loop *loop = loop_create();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fetch_result got = {.phase = FETCH_AT_HTTP,
                                   .error = FETCH_TIMEOUT,
                                   .detail = rows[i].detail,
                                   .status = rows[i].status,
                                   .tls_protocol = rows[i].tls};
        struct look look;

        look_init(&look, loop);
        exchange_reason(&look, &got, "shop.example", rows[i].forced);
        assert_int_equal(look.reason, REASON_HTTP_TIMEOUT);
        assert_int_equal(strstr(look.message, "forces HTTP/2") != NULL,
                         rows[i].is_named);
        look_free(&look);
    }
    loop_free(loop);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_phase_decides),
        cmocka_unit_test(a_whole_answer_is_no_fault),
        cmocka_unit_test(an_end_that_may_be_let_pass),
        cmocka_unit_test(alerts),
        cmocka_unit_test(a_forced_version_is_the_one_answered),
        cmocka_unit_test(a_forced_version_that_nobody_agreed_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
