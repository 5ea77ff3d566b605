/* TCP checks against small real servers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/tcp_check.c"

#include "checks/engine.h"
#include "tests/lib/check_bed.h"
#include "tests/lib/dns_server.h"
#include "tests/lib/tiny_server.h"

static void
serve_banner(struct tiny_conn *conn)
{
    tiny_say(conn, conn->tiny->arg);
    tiny_hold(conn);
}

static void
serve_close(struct tiny_conn *conn)
{
    tiny_say(conn, conn->tiny->arg);
}

static void
serve_reset(struct tiny_conn *conn)
{
    tiny_reset(conn);
}

/* A first line, then, once the client cannot be mistaken about it, a second. */
static void
serve_two_lines(struct tiny_conn *conn)
{
    tiny_say(conn, "220-one\r\n");
    tiny_say(conn, "220 two\r\n");
    tiny_hold(conn);
}

static void
run_with(struct check_bed *bed, void (*serve)(struct tiny_conn *),
         const char *says, enum status status, const char *reason)
{
    struct tiny tiny = {.serve = serve, .arg = says};

    tiny_start(&tiny);
    bed->spec.of.endpoint.port = tiny.port;
    check_bed_reason(bed, status, reason);
    tiny_stop(&tiny);
}

static void
to_connect_is_enough(void **state)
{
    struct check_bed bed;

    (void)state;
    check_bed_open(&bed, SPEC_TCP, NULL);
    check_bed_endpoint(&bed, "127.0.0.1", 0);
    run_with(&bed, serve_banner, "", STATUS_UP, "none");
    assert_true(bed.result->us[PHASE_CONNECT] >= 0);
    assert_int_equal(bed.result->us[PHASE_DNS], -1);
    assert_int_equal(bed.result->us[PHASE_WAIT], -1);
    assert_string_equal(check_bed_text(&bed, FACT_IP), "127.0.0.1");
    assert_true(check_bed_int(&bed, FACT_RTT_US) >= 0);
    assert_null(bed.result->evidence);
    assert_string_equal(bed.result->check, "bed");
    assert_int_equal(bed.result->slot.ms, 1000);
    assert_false(id_is_zero(&bed.result->run));
    check_bed_close(&bed);
}

static void
nothing_listens(void **state)
{
    struct check_bed bed;

    (void)state;
    check_bed_open(&bed, SPEC_TCP, NULL);
    check_bed_endpoint(&bed, "127.0.0.1", check_bed_closed_port());
    check_bed_reason(&bed, STATUS_DOWN, "connect.refused");
    assert_int_equal(bed.result->us[PHASE_CONNECT], -1);
    check_bed_evidence(&bed, "\"address\":\"127.0.0.1\"");
    check_bed_close(&bed);
}

static void
a_banner(void **state)
{
    struct check_bed bed;

    (void)state;
    check_bed_open(&bed, SPEC_TCP, NULL);
    check_bed_endpoint(&bed, "127.0.0.1", 0);
    check_bed_expect(&bed, "banner ~ '^220 '");
    run_with(&bed, serve_banner, "220 ready\r\n", STATUS_UP, "none");
    assert_true(bed.result->us[PHASE_WAIT] >= 0);
    assert_string_equal(check_bed_text(&bed, FACT_BANNER), "220 ready");
    run_with(&bed, serve_close, "", STATUS_DOWN, "tcp.closed");
    run_with(&bed, serve_reset, "", STATUS_DOWN, "tcp.reset");
    run_with(&bed, serve_close, "554 no\xff\r\n", STATUS_DOWN, "expect.banner");
    check_bed_evidence(&bed, "\"expected\":\"banner ~ '^220 '\"");
    assert_string_equal(check_bed_text(&bed, FACT_BANNER), "554 no?");
    bed.spec.timeout_ns = 150 * NS_PER_MS;
    run_with(&bed, serve_banner, "", STATUS_DOWN, "tcp.timeout");
    run_with(&bed, serve_banner, "554 no\r\n", STATUS_DOWN, "expect.banner");
    assert_true(bed.result->us[PHASE_TOTAL] >= 150000);
    check_bed_close(&bed);
}

static void
the_last_line_end_is_no_part_of_it(void **state)
{
    struct check_bed bed;

    (void)state;
    check_bed_open(&bed, SPEC_TCP, NULL);
    check_bed_endpoint(&bed, "127.0.0.1", 0);
    check_bed_expect(&bed, "banner == '220 hi'");
    run_with(&bed, serve_banner, "220 hi\r\n", STATUS_UP, "none");
    run_with(&bed, serve_banner, "220 hi\n", STATUS_UP, "none");
    run_with(&bed, serve_banner, "220 hi", STATUS_UP, "none");
    run_with(&bed, serve_close, "220 hi\r\n\r\n", STATUS_DOWN, "expect.banner");
    run_with(&bed, serve_close, "\n", STATUS_DOWN, "expect.banner");
    check_bed_close(&bed);
}

static void
a_later_line_may_satisfy(void **state)
{
    struct check_bed bed;

    (void)state;
    check_bed_open(&bed, SPEC_TCP, NULL);
    check_bed_endpoint(&bed, "127.0.0.1", 0);
    check_bed_expect(&bed, "banner contains 'two'");
    run_with(&bed, serve_two_lines, "", STATUS_UP, "none");
    check_bed_close(&bed);
}

static void
the_policy_is_asked(void **state)
{
    static char metadata[] = "169.254.169.254";
    struct check_bed bed;

    (void)state;
    check_bed_open(&bed, SPEC_TCP, NULL);
    check_bed_endpoint(&bed, "shop.example", 80);
    bed.spec.net.resolve = metadata;
    check_bed_reason(&bed, STATUS_ERROR, "policy.blocked");
    assert_non_null(strstr(bed.result->message, "169.254.169.254"));
    check_bed_close(&bed);
}

static void
names_are_looked_up(void **state)
{
    struct dns_server dns = {.a = "127.0.0.1"};
    struct tiny tiny = {.serve = serve_banner, .arg = ""};
    struct check_bed bed;

    (void)state;
    tiny_start(&tiny);
    dns_server_start(&dns);
    check_bed_open_with(&bed, SPEC_TCP, NULL, dns.servers);
    check_bed_endpoint(&bed, "shop.example", tiny.port);
    check_bed_reason(&bed, STATUS_UP, "none");
    assert_true(bed.result->us[PHASE_DNS] > 0);
    assert_string_equal(check_bed_text(&bed, FACT_IP), "127.0.0.1");
    dns.rcode = 3;
    check_bed_reason(&bed, STATUS_DOWN, "dns.nxdomain");
    assert_int_equal(bed.result->us[PHASE_CONNECT], -1);
    dns.lose = 1000;
    bed.spec.timeout_ns = 100 * NS_PER_MS;
    check_bed_reason(&bed, STATUS_DOWN, "dns.timeout");
    check_bed_close(&bed);
    dns_server_stop(&dns);
    tiny_stop(&tiny);
}

static void
cancelled_means_never_told(void **state)
{
    struct check_bed bed;
    struct check_run run = {0};

    (void)state;
    check_bed_open(&bed, SPEC_TCP, NULL);
    check_bed_endpoint(&bed, "127.0.0.1", check_bed_closed_port());
    check_cancel(
        check_start(bed.engine, &bed.spec, &run, check_bed_on_done, &bed));
    check_cancel(NULL);
    assert_int_equal(engine_running(bed.engine), 0);
    check_bed_reason(&bed, STATUS_DOWN, "connect.refused");
    check_bed_close(&bed);
}

static void
a_soft_limit_degrades(void **state)
{
    struct check_bed bed;

    (void)state;
    check_bed_open(&bed, SPEC_TCP, NULL);
    check_bed_endpoint(&bed, "127.0.0.1", 0);
    check_bed_expect(&bed, "time < 5s");
    check_bed_add(&bed, &bed.spec.degraded_when, "time > 1us");
    run_with(&bed, serve_banner, "", STATUS_DEGRADED, "expect.time");
    assert_non_null(strstr(bed.result->message, "time > 1us"));
    check_bed_close(&bed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(to_connect_is_enough),
        cmocka_unit_test(nothing_listens),
        cmocka_unit_test(a_banner),
        cmocka_unit_test(the_last_line_end_is_no_part_of_it),
        cmocka_unit_test(a_later_line_may_satisfy),
        cmocka_unit_test(the_policy_is_asked),
        cmocka_unit_test(names_are_looked_up),
        cmocka_unit_test(cancelled_means_never_told),
        cmocka_unit_test(a_soft_limit_degrades),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
