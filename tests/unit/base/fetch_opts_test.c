#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fetch_opts.c"

static void
the_copy_stands_alone(void **state)
{
    char url[] = "http://a.example/";
    char line[] = "A: b";
    uint8_t pin[PIN_BYTES] = {1, 2, 3};
    const char *headers[] = {line, NULL};
    struct addr at;
    struct fetch_own own = {0};
    struct fetch_opts opts = {.url = url,
                              .headers = headers,
                              .body = "xyz",
                              .body_len = 3,
                              .user = "ann",
                              .password = "open",
                              .key_pem = "key",
                              .key_pem_len = 3,
                              .proxy_password = "sesame",
                              .address = &at,
                              .ca_pin = pin};
    (void)state;

    addr_parse_ip(&at, "192.0.2.1", 80);
    assert_int_equal(fetch_opts_copy(&own, &opts), 0);
    memset(url, '?', sizeof url - 1);
    memset(line, '?', sizeof line - 1);
    memset(&at, 0, sizeof at);
    pin[0] = 9;
    assert_string_equal(own.opts.url, "http://a.example/");
    assert_string_equal(own.opts.headers[0], "A: b");
    assert_null(own.opts.headers[1]);
    assert_memory_equal(own.opts.body, "xyz", 3);
    assert_int_equal(addr_port(own.opts.address), 80);
    assert_int_equal(own.opts.ca_pin[0], 1);
    assert_string_equal(own.opts.user, "ann");
    assert_string_equal(own.opts.password, "open");
    assert_memory_equal(own.opts.key_pem, "key", 3);
    assert_string_equal(own.opts.proxy_password, "sesame");
    assert_null(own.opts.method);
    fetch_opts_free(&own);
    fetch_opts_free(&own);
}

static void
nothing_becomes_an_empty_list(void **state)
{
    struct fetch_own own = {0};
    (void)state;

    assert_int_equal(
        fetch_opts_copy(&own, &(struct fetch_opts){.url = "http://a/"}), 0);
    assert_non_null(own.opts.headers);
    assert_null(own.opts.headers[0]);
    assert_null(own.opts.body);
    fetch_opts_free(&own);
}

static void
what_would_be_two_requests_is_refused(void **state)
{
    static const char *const broken[] = {"A: b\r\nHost: evil.example", NULL};
    static char big[HEADER_LINE_MAX + 8];
    const char *const long_one[] = {big, NULL};
    const struct fetch_opts cases[] = {
        {.headers = broken},
        {.headers = long_one},
        {.method = "GET / HTTP/1.1\r\nHost:"},
        {.auth = FETCH_AUTH_DIGEST, .user = "a\nb"},
        {.auth = FETCH_AUTH_DIGEST, .user = "a", .password = "b\r"},
        {.auth = FETCH_AUTH_BASIC, .user = "a:b"},
    };
    const struct fetch_opts good = {.auth = FETCH_AUTH_DIGEST,
                                    .user = "a:b",
                                    .password = "c:d",
                                    .method = "PROPFIND"};
    char why[200];
    size_t i;
    (void)state;

    memset(big, 'x', sizeof big - 1);
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        why[0] = '\0';
        assert_int_equal(fetch_opts_check(&cases[i], why, sizeof why), -1);
        assert_true(strlen(why) > 0);
    }
    assert_int_equal(fetch_opts_check(&good, why, sizeof why), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_copy_stands_alone),
        cmocka_unit_test(what_would_be_two_requests_is_refused),
        cmocka_unit_test(nothing_becomes_an_empty_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
