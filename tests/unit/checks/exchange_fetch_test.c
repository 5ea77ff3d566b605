/* Who is told what a run can say of itself, beside headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/exchange_fetch.c"

#include "tests/lib/check_bed.h"

static void
flags(void **state)
{
    struct spec_net net = {0};

    (void)state;
    assert_int_equal(flags_of(&net), 0);
    net.http_version = SPEC_HTTP_1_1;
    net.insecure = net.compressed = net.truncated_ok = true;
    assert_int_equal(flags_of(&net), FETCH_HTTP1 | FETCH_INSECURE |
                                         FETCH_COMPRESSED | FETCH_LAX_END);
    net = (struct spec_net){.http_version = SPEC_HTTP_2};
    assert_int_equal(flags_of(&net), FETCH_HTTP2);
}

static void
to_its_own_origin_alone(void **state)
{
    static char cert[] = "CERT";
    struct spec_request spec = {.auth.type = SPEC_AUTH_DIGEST};
    struct check_bed bed;
    struct scope scope;
    struct id run = id_random();
    struct request request = {.scope = &scope, .spec = &spec};
    struct fetch_opts opts = {0};

    (void)state;
    check_bed_open(&bed, SPEC_HTTP, NULL);
    scope_init(&scope, bed.engine, &bed.spec, &run);
    bed.spec.net.cert = cert;
    request.text[REQUEST_USER] = "me";
    request.text[REQUEST_PASSWORD] = "pw";
    request.text[REQUEST_KEY] = "KEY!";
    request.text[REQUEST_PROXY_USER] = "p";
    exchange_fetch_fill(&opts, &request, false);
    assert_null(opts.user);
    assert_null(opts.cert_pem);
    assert_null(opts.key_pem);
    assert_int_equal(opts.auth, FETCH_AUTH_NONE);
    assert_string_equal(opts.proxy_user, "p");
    exchange_fetch_fill(&opts, &request, true);
    assert_int_equal(opts.auth, FETCH_AUTH_DIGEST);
    assert_string_equal(opts.user, "me");
    assert_string_equal(opts.password, "pw");
    assert_int_equal(opts.cert_pem_len, 4);
    assert_int_equal(opts.key_pem_len, 4);
    bed.spec.net.cert = NULL;
    scope_clear(&scope);
    check_bed_close(&bed);
}

static void
where_the_proxy_is(void **state)
{
    static char http[] = "http://proxy.example:3128";
    static char socks[] = "socks5://[::1]:1080";
    struct spec_net net = {0};
    struct url url;

    (void)state;
    assert_false(exchange_fetch_proxy(&url, &net));
    net.proxy = http;
    assert_true(exchange_fetch_proxy(&url, &net));
    assert_string_equal(url.host, "proxy.example");
    assert_int_equal(url.port, 3128);
    net.proxy = socks;
    assert_true(exchange_fetch_proxy(&url, &net));
    assert_string_equal(url.host, "::1");
    assert_int_equal(url.port, 1080);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags),
        cmocka_unit_test(to_its_own_origin_alone),
        cmocka_unit_test(where_the_proxy_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
