#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fetch_words.c"

static void
every_error_has_words(void **state)
{
    struct fetch fetch = {.alert = -1};
    char detail[FETCH_DETAIL_MAX];
    int error;
    (void)state;

    fetch_words(&fetch, FETCH_NONE, detail);
    assert_string_equal(detail, "");
    for (error = FETCH_NONE + 1; error <= FETCH_CONFIG; error++) {
        fetch_words(&fetch, (enum fetch_error)error, detail);
        assert_true(strlen(detail) > 0);
    }
}

static void
what_is_known_is_told(void **state)
{
    struct fetch fetch = {.alert = 116, .answer.is_layered = true};
    char detail[FETCH_DETAIL_MAX];
    (void)state;

    fetch_words(&fetch, FETCH_TLS_CERT_REQUIRED, detail);
    assert_string_equal(detail,
                        "the server asks for a client certificate, and none is "
                        "configured: alert 116, certificate required");
    fetch_words(&fetch, FETCH_DECODE, detail);
    assert_string_equal(
        detail, "the body cannot be decoded: it is encoded more than once");
    fetch.own.opts.body_max = 7;
    fetch_words(&fetch, FETCH_BODY_LIMIT, detail);
    assert_string_equal(detail, "the body is over its limit: 7 bytes");
    assert_int_equal(addr_parse_ip(&fetch.own.address, "127.0.0.1", 1), 0);
    (void)str_copy(fetch.error, sizeof(fetch.error), "Failed to connect to");
    fetch_words(&fetch, FETCH_REFUSED, detail);
    assert_string_equal(detail, "127.0.0.1:1: connection refused");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_has_words),
        cmocka_unit_test(what_is_known_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
