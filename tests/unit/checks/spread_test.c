/* Every address at once: who must be up, and what differs between them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/spread.c"

#include "tests/lib/check_bed.h"
#include "tests/lib/dns_server.h"
#include "tests/lib/tiny_server.h"

static const char GOOD[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
static const char BAD[] = "HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\nno";

static void
say(struct tiny_conn *conn)
{
    if (tiny_read_head(conn))
        tiny_say(conn, conn->tiny->arg);
}

static void
hold(struct tiny_conn *conn)
{
    tiny_hold(conn);
}

/* shop.example has 127.0.0.1 and 127.0.0.2, a server on each. */
struct town {
    struct dns_server dns;
    struct tiny tiny[2];
    struct check_bed bed;
};

static void
town_open(struct town *town, const char *first, const char *second)
{
    memset(town, 0, sizeof(*town));
    town->dns.a = "127.0.0.1";
    town->dns.a_count = 2;
    dns_server_start(&town->dns);
    town->tiny[0].serve = town->tiny[1].serve = say;
    town->tiny[0].arg = first;
    town->tiny[1].arg = second;
    town->tiny[1].ip = "127.0.0.2";
    tiny_start(&town->tiny[0]);
    town->tiny[1].port = town->tiny[0].port;
    tiny_start(&town->tiny[1]);
    check_bed_open_with(&town->bed, SPEC_HTTP, NULL, town->dns.servers);
    (void)snprintf(town->bed.target, sizeof(town->bed.target),
                   "http://shop.example:%u/", town->tiny[0].port);
    check_bed_set(&town->bed.spec.of.http.request.url, town->bed.target);
    town->bed.spec.of.http.spread =
        (struct spec_spread){.all = true, .up_percent = 100};
}

static void
town_close(struct town *town)
{
    check_bed_close(&town->bed);
    tiny_stop(&town->tiny[0]);
    tiny_stop(&town->tiny[1]);
    dns_server_stop(&town->dns);
}

static void
all_of_them(void **state)
{
    struct town town;
    const struct result *r;

    (void)state;
    town_open(&town, GOOD, GOOD);
    check_bed_reason(&town.bed, STATUS_UP, "none");
    r = town.bed.result;
    assert_int_equal(r->step_count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_non_null(strstr(r->steps[i].name, "127.0.0."));
        assert_int_equal(r->steps[i].status, STATUS_UP);
        assert_true(r->steps[i].us[PHASE_CONNECT] >= 0);
        assert_true(r->steps[i].us[PHASE_TOTAL] > 0);
        assert_int_equal(r->steps[i].facts[0].num, 200);
    }
    assert_true(r->us[PHASE_DNS] >= 0);
    assert_true(r->us[PHASE_WAIT] >= 0);
    assert_int_equal(check_bed_int(&town.bed, FACT_ADDRESSES), 2);
    assert_string_equal(check_bed_text(&town.bed, FACT_DRIFT), "(none)");
    assert_int_equal(town.tiny[0].accepted, 1);
    assert_int_equal(town.tiny[1].accepted, 1);
    town_close(&town);
}

static void
how_many_must_be_up(void **state)
{
    static const struct {
        int percent;
        const char *second;
        enum status status;
        const char *reason;
    } rows[] = {
        {100, BAD, STATUS_DOWN, "expect.status"},
        {51, BAD, STATUS_DOWN, "expect.status"},
        {50, BAD, STATUS_UP, "none"},
        {0, BAD, STATUS_UP, "none"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct town town;

        town_open(&town, GOOD, rows[i].second);
        town.bed.spec.of.http.spread.up_percent = rows[i].percent;
        check_bed_reason(&town.bed, rows[i].status, rows[i].reason);
        assert_string_equal(check_bed_text(&town.bed, FACT_DRIFT),
                            "status, body");
        if (rows[i].status == STATUS_DOWN) {
            assert_string_equal(town.bed.result->message,
                                "1 of 2 addresses are not up; 127.0.0.2: "
                                "status in 200-299: got 503");
            check_bed_evidence(&town.bed, "\"body\":\"no\"");
            check_bed_evidence(&town.bed, "\"address\":\"127.0.0.2\"");
        }
        town_close(&town);
    }
}

static void
one_that_is_forbidden(void **state)
{
    struct town town;

    (void)state;
    town_open(&town, GOOD, GOOD);
    town.dns.aaaa = "fe80::1";
    check_bed_reason(&town.bed, STATUS_DOWN, "policy.blocked");
    assert_int_equal(town.bed.result->step_count, 3);
    assert_int_equal(check_bed_int(&town.bed, FACT_ADDRESSES), 3);
    assert_string_equal(town.bed.result->message,
                        "1 of 3 addresses are not up; fe80::1: the address "
                        "policy forbids it; if it is meant, add it to `allow`");
    check_bed_evidence(&town.bed, "{\"ip\":\"fe80::1\",\"blocked\":true}");
    assert_int_equal(town.tiny[1].accepted, 1);
    town.bed.spec.of.http.spread.up_percent = 50;
    check_bed_reason(&town.bed, STATUS_UP, "none");
    assert_int_equal(town.bed.result->step_count, 3);
    town_close(&town);
}

static void
one_that_is_silent(void **state)
{
    struct town town;

    (void)state;
    town_open(&town, GOOD, GOOD);
    town.tiny[1].serve = hold;
    town.bed.spec.timeout_ns = 200 * NS_PER_MS;
    check_bed_reason(&town.bed, STATUS_DOWN, "http.timeout");
    assert_int_equal(town.bed.result->step_count, 2);
    assert_string_equal(check_bed_text(&town.bed, FACT_DRIFT), "(none)");
    town.bed.spec.of.http.spread.up_percent = 0;
    check_bed_reason(&town.bed, STATUS_UP, "none");
    town_close(&town);
}

static void
expectations_are_of_each(void **state)
{
    struct town town;

    (void)state;
    town_open(&town, GOOD, BAD);
    check_bed_expect(&town.bed, "status in 200 503");
    check_bed_add(&town.bed, &town.bed.spec.degraded_when, "status == 503");
    check_bed_reason(&town.bed, STATUS_DEGRADED, "expect.status");
    town.bed.spec.of.http.spread.up_percent = 0;
    check_bed_reason(&town.bed, STATUS_UP, "none");
    town_close(&town);
}

static void
without_an_address(void **state)
{
    struct town town;
    struct check_run run = {0};

    (void)state;
    town_open(&town, GOOD, GOOD);
    check_cancel(check_start(town.bed.engine, &town.bed.spec, &run,
                             check_bed_on_done, &town.bed));
    town.dns.rcode = 3;
    check_bed_reason(&town.bed, STATUS_DOWN, "dns.nxdomain");
    assert_int_equal(town.bed.result->step_count, 0);
    town.dns.rcode = 0;
    town.dns.a = "169.254.169.254";
    town.dns.a_count = 0;
    check_bed_reason(&town.bed, STATUS_ERROR, "policy.blocked");
    check_bed_set(&town.bed.spec.of.http.request.url, "no url");
    check_bed_reason(&town.bed, STATUS_ERROR, "local.config");
    town_close(&town);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_them),
        cmocka_unit_test(how_many_must_be_up),
        cmocka_unit_test(one_that_is_forbidden),
        cmocka_unit_test(one_that_is_silent),
        cmocka_unit_test(expectations_are_of_each),
        cmocka_unit_test(without_an_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
