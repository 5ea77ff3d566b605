#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/call.c"

#include <stdio.h>

#include "tests/lib/dns_server.h"
#include "tests/lib/fetch_bed.h"

static void
urls_are_split(void **state)
{
    static const struct {
        const char *url;
        const char *host; /* NULL: refused */
        uint16_t port;
    } cases[] = {
        {"http://a.example", "a.example", 80},
        {"https://a.example/x:1", "a.example", 443},
        {"HTTPS://a.example:8443?x", "a.example", 8443},
        {"http://me:pw@a.example:1/@b", "a.example", 1},
        {"https://[::1]:2/", "::1", 2},
        {"https://192.0.2.1#f", "192.0.2.1", 443},
        {"http://a.example\\@evil/", "a.example", 80},
        {"socks5://me:pw@proxy.example", "proxy.example", 1080},
        {"socks5h://[::1]:9", "::1", 9},
        {"ftp://a.example/", NULL, 0},
        {"a.example", NULL, 0},
        {"http://", NULL, 0},
        {"http:///x", NULL, 0},
        {"http://a.example:99999/", NULL, 0},
        {"http://[::1/", NULL, 0},
    };

    size_t i;
    (void)state;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char host[64] = "";
        uint16_t port = 7;
        int rc = call_split_url(cases[i].url, host, sizeof host, &port);
        assert_int_equal(rc, cases[i].host ? 0 : -1);
        assert_int_equal(port, cases[i].host ? cases[i].port : 7);
        if (cases[i].host)
            assert_string_equal(host, cases[i].host);
    }
}

/* A name server, a web server, and all that stands between. */
struct town {
    struct dns_server dns;
    struct tiny tiny;
    struct fetch_bed bed;
    struct resolver *resolver;
};

static void
town_open(struct town *town)
{
    town->tiny.serve = fetch_bed_serve_text;
    town->tiny.arg = fetch_bed_good;
    tiny_start(&town->tiny);
    dns_server_start(&town->dns);
    fetch_bed_open(&town->bed, NULL, town->tiny.port, "http://shop.example");
    town->resolver = resolver_create(town->bed.loop, town->dns.servers);
}

static void
town_close(struct town *town)
{
    resolver_free(town->resolver);
    fetch_bed_close(&town->bed);
    dns_server_stop(&town->dns);
    tiny_stop(&town->tiny);
}

static void
town_call(struct town *town, const struct addr_policy *policy,
          struct fetch_opts opts)
{
    struct call_net net = {town->bed.fetcher, town->resolver, policy};

    if (opts.url == NULL)
        opts.url = town->bed.url;
    if (opts.timeout_ns == 0)
        opts.timeout_ns = 10 * SECOND;
    town->bed.seen.count = 0;
    assert_non_null(
        call_start(&net, &opts, fetch_bed_on_seen, &town->bed.seen));
    assert_int_equal(town->bed.seen.count, 0);
    loop_run(town->bed.loop);
    assert_int_equal(town->bed.seen.count, 1);
}

static void
a_name_is_called(void **state)
{
    struct town town = {.dns = {.a = "127.0.0.1"}};
    (void)state;

    town_open(&town);
    town_call(&town, NULL, (struct fetch_opts){0});
    assert_int_equal(town.bed.seen.result.error, FETCH_NONE);
    assert_int_equal(town.bed.seen.result.status, 200);
    assert_string_equal(town.bed.seen.result.ip, "127.0.0.1");
    assert_non_null(strstr(town.tiny.last, "Host: shop.example:"));
    /* A proxy's name is the one that is asked for. */
    {
        char proxy[64];
        snprintf(proxy, sizeof proxy, "http://proxy.example:%u",
                 town.tiny.port);
        town_call(
            &town, NULL,
            (struct fetch_opts){.url = "http://far.example/", .proxy = proxy});
        assert_int_equal(town.bed.seen.result.status, 200);
        assert_true(strncmp(town.tiny.last, "GET http://far.example/ ", 24) ==
                    0);
    }
    town_close(&town);
}

static void
the_next_address_is_tried(void **state)
{
    /* Nobody listens on ::1 at that port. */
    struct town town = {.dns = {.a = "127.0.0.1", .aaaa = "::1"}};
    (void)state;

    town_open(&town);
    town_call(&town, NULL, (struct fetch_opts){0});
    assert_int_equal(town.bed.seen.result.status, 200);
    assert_string_equal(town.bed.seen.result.ip, "127.0.0.1");
    town_close(&town);
}

static void
a_name_without_an_address_is_told(void **state)
{
    struct town town = {.dns = {.rcode = 3}};
    const struct fetch_result *r = &town.bed.seen.result;
    (void)state;

    town_open(&town);
    town_call(&town, NULL, (struct fetch_opts){0});
    assert_int_equal(r->error, FETCH_UNREACHABLE);
    assert_int_equal(r->phase, FETCH_AT_CONNECT);
    assert_non_null(strstr(town.bed.seen.detail, "does not exist"));
    assert_int_equal(town.tiny.accepted, 0);
    town_close(&town);
}

static void
the_policy_is_asked_for_each(void **state)
{
    static const char *const leave[] = {"127.0.0.1"};
    const struct addr_policy none = {NULL, 0};
    const struct addr_policy some = {leave, 1};
    static const char *const leave6[] = {"::1"};
    const struct addr_policy other = {leave6, 1};
    struct town town = {.dns = {.a = "169.254.169.254"}};
    (void)state;

    town_open(&town);
    town_call(&town, &none, (struct fetch_opts){0});
    assert_int_equal(town.bed.seen.result.error, FETCH_LOCAL);
    assert_non_null(strstr(town.bed.seen.detail, "policy"));
    town.dns.a = "127.0.0.1";
    town_call(&town, &some, (struct fetch_opts){0});
    assert_int_equal(town.bed.seen.result.status, 200);
    /* The one that is allowed failed (nobody listens there): that is told. */
    town.dns.a = "169.254.169.254";
    town.dns.aaaa = "::1";
    town_call(&town, &other, (struct fetch_opts){0});
    assert_int_equal(town.bed.seen.result.error, FETCH_REFUSED);
    town_close(&town);
}

static void
stop(void *cookie)
{
    loop_stop(cookie);
}

static void
cancel_is_silent(void **state)
{
    struct town town = {.dns = {.lose = 1000}};
    struct fetch_opts opts = {.timeout_ns = SECOND};
    struct call_net net;
    struct call *call;
    (void)state;

    town_open(&town);
    net = (struct call_net){town.bed.fetcher, town.resolver, NULL};
    opts.url = town.bed.url;
    call = call_start(&net, &opts, fetch_bed_on_seen, &town.bed.seen);
    call_cancel(call);
    call_cancel(NULL);
    loop_timer_start(town.bed.loop, SECOND / 20, stop, town.bed.loop);
    loop_run(town.bed.loop);
    assert_int_equal(town.bed.seen.count, 0);
    opts.url = "gopher://a.example/";
    assert_null(call_start(&net, &opts, fetch_bed_on_seen, &town.bed.seen));
    assert_int_equal(errno, EINVAL);
    town_close(&town);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_are_split),
        cmocka_unit_test(a_name_is_called),
        cmocka_unit_test(the_next_address_is_tried),
        cmocka_unit_test(a_name_without_an_address_is_told),
        cmocka_unit_test(the_policy_is_asked_for_each),
        cmocka_unit_test(cancel_is_silent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
