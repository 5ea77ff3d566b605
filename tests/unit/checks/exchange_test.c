/* An exchange on its own: hop by hop, told once, stopped in the middle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/exchange.c"

#include "tests/lib/site.h"

static const struct site_page PAGES[] = {
    {"/a", "HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"},
    {"/b", "HTTP/1.1 307 Keep\r\nLocation: /c\r\nContent-Length: 0\r\n\r\n"},
    {"/c", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"},
};

struct trial {
    struct check_bed bed;
    struct scope scope;
    struct look look;
    struct exchange *exchange;
    int told;
    int status;
};

static void
on_end(void *cookie)
{
    struct trial *t = cookie;

    t->told++;
    t->status = t->look.seen.status;
    loop_stop(t->bed.loop);
}

static void
begin(struct trial *t, const struct addr *address)
{
    struct id run = id_random();
    struct exchange_opts opts = {
        .scope = &t->scope,
        .request = &t->bed.spec.of.http.request,
        .look = &t->look,
        .address = address,
    };

    look_init(&t->look, t->bed.loop);
    scope_init(&t->scope, t->bed.engine, &t->bed.spec, &run);
    opts.deadline = clock_after(t->look.began, 5 * NS_PER_S);
    t->told = 0;
    t->exchange = exchange_start(&opts, on_end, t);
    assert_non_null(t->exchange);
    assert_int_equal(t->told, 0);
}

static void
finish(struct trial *t)
{
    exchange_cancel(t->exchange);
    scope_clear(&t->scope);
    look_free(&t->look);
}

static void
each_hop_has_its_own_figures(void **state)
{
    struct site site = {PAGES, 3, ""};
    struct tiny tiny = {.serve = site_serve, .arg = &site};
    struct trial t;
    const struct seen *seen = &t.look.seen;
    int64_t sum = 0;

    (void)state;
    tiny_start(&tiny);
    check_bed_open(&t.bed, SPEC_HTTP, NULL);
    check_bed_url(&t.bed, "http", tiny.port, "/a");
    begin(&t, NULL);
    loop_run(t.bed.loop);
    assert_int_equal(t.told, 1);
    assert_int_equal(t.status, 200);
    assert_int_equal(seen->hop_count, 3);
    assert_int_equal(seen->redirects, 2);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(seen->hop[i].status, i == 0   ? 302
                                              : i == 1 ? 307
                                                       : 200);
        assert_string_equal(seen->hop[i].ip, "127.0.0.1");
        assert_int_equal(seen->hop[i].us[PHASE_DNS], -1);
        assert_int_equal(seen->hop[i].us[PHASE_TLS], -1);
        assert_true(seen->hop[i].us[PHASE_TOTAL] >=
                    seen->hop[i].us[PHASE_WAIT]);
        sum += seen->hop[i].us[PHASE_WAIT];
    }
    assert_int_equal(t.look.us[PHASE_WAIT], sum);
    finish(&t);
    check_bed_close(&t.bed);
    tiny_stop(&tiny);
}

/* The name does not exist here: only a given address can be asked. */
static void
an_address_is_given(void **state)
{
    struct site site = {PAGES, 3, ""};
    struct tiny tiny = {.serve = site_serve, .arg = &site};
    struct addr address;
    struct trial t;

    (void)state;
    tiny_start(&tiny);
    assert_int_equal(addr_parse_ip(&address, "127.0.0.1", tiny.port), 0);
    check_bed_open(&t.bed, SPEC_HTTP, NULL);
    (void)snprintf(t.bed.target, sizeof(t.bed.target),
                   "http://shop.invalid:%u/a", tiny.port);
    check_bed_set(&t.bed.spec.of.http.request.url, t.bed.target);
    begin(&t, &address);
    loop_run(t.bed.loop);
    assert_int_equal(t.status, 200); /* also after redirects to itself */
    assert_int_equal(t.look.us[PHASE_DNS], -1);
    assert_non_null(strstr(site.log, "Host: shop.invalid:"));
    finish(&t);
    check_bed_close(&t.bed);
    tiny_stop(&tiny);
}

static void
hold(struct tiny_conn *conn)
{
    tiny_hold(conn);
}

static void
stopped_and_expired(void **state)
{
    struct tiny tiny = {.serve = hold};
    struct trial t;

    (void)state;
    tiny_start(&tiny);
    check_bed_open(&t.bed, SPEC_HTTP, NULL);
    check_bed_url(&t.bed, "http", tiny.port, "/");
    begin(&t, NULL);
    finish(&t); /* cancelled before anything */
    assert_int_equal(t.told, 0);
    begin(&t, NULL);
    exchange_expire(t.exchange);
    assert_int_equal(t.told, 1);
    assert_int_equal(t.look.reason, REASON_DNS_TIMEOUT);
    finish(&t);
    check_bed_set(&t.bed.spec.of.http.request.url, "no url");
    begin(&t, NULL);
    exchange_expire(t.exchange); /* it has ended, and was not told yet */
    assert_int_equal(t.told, 1);
    assert_int_equal(t.look.reason, REASON_LOCAL_CONFIG);
    finish(&t);
    exchange_cancel(NULL);
    check_bed_close(&t.bed);
    tiny_stop(&tiny);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_hop_has_its_own_figures),
        cmocka_unit_test(an_address_is_given),
        cmocka_unit_test(stopped_and_expired),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
