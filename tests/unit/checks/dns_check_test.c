/* DNS checks against a server that answers as wrongly as a test asks for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/dns_check.c"

#include "tests/lib/check_bed.h"
#include "tests/lib/hostile_dns.h"

static const uint8_t one_a[] = {0xc0, 12, 0, 1, 0,   1, 0, 0,
                                0,    60, 0, 4, 192, 0, 2, 1};
/* www.a.example is an alias of a.example, which has two addresses. */
static const uint8_t alias[] = {0xc0, 12, 0,    5,  0, 1, 0,    0,  1, 0, 0, 2,
                                0xc0, 16, 0xc0, 16, 0, 1, 0,    1,  0, 0, 0, 9,
                                0,    4,  192,  0,  2, 1, 0xc0, 16, 0, 1, 0, 1,
                                0,    0,  0,    8,  0, 4, 192,  0,  2, 2};
static const uint8_t circle[] = {0xc0, 12, 0,    5,  0,    1,  0,    0, 1, 0,
                                 0,    2,  0xc0, 16, 0xc0, 16, 0,    5, 0, 1,
                                 0,    0,  1,    0,  0,    2,  0xc0, 12};
/* Of the name "b", and of class CH. */
static const uint8_t other[] = {1, 'b', 0, 0, 1, 0, 1, 0, 0,
                                0, 60,  0, 4, 6, 6, 6, 6};
static const uint8_t chaos[] = {0xc0, 12, 0, 1, 0, 3, 0, 0,
                                0,    60, 0, 4, 6, 6, 6, 6};
static const uint8_t cut[] = {0xc0, 12, 0, 1, 0};

#define OK(d, n)                                                               \
    {                                                                          \
        {0x85, 0x80}, n, 0, d, sizeof(d)                                       \
    }

static const struct hostile_reply good = OK(one_a, 1);

static void
open_bed(struct check_bed *bed, const char *expect)
{
    static char name[] = "www.a.example";
    static char record[] = "A";

    check_bed_open(bed, SPEC_DNS, NULL);
    bed->spec.of.dns.name = name;
    bed->spec.of.dns.record = record;
    bed->spec.of.dns.udp_size = DNS_UDP_SIZE;
    bed->spec.of.dns.recurse = true;
    if (expect != NULL)
        check_bed_expect(bed, expect);
}

static void
run_on(struct check_bed *bed, struct hostile_dns *server, enum status status,
       const char *reason)
{
    hostile_start(server);
    bed->one[0] = server->ask;
    bed->spec.of.dns.ask = (struct spec_list){bed->one, 1};
    check_bed_reason(bed, status, reason);
    hostile_stop(server);
}

static void
an_answer(void **state)
{
    struct hostile_dns server = {.udp = good};
    struct check_bed bed;

    (void)state;
    open_bed(&bed, NULL);
    run_on(&bed, &server, STATUS_UP, "none");
    assert_string_equal(check_bed_text(&bed, FACT_RCODE), "NOERROR");
    assert_string_equal(check_bed_text(&bed, FACT_ANSWER), "192.0.2.1");
    assert_string_equal(check_bed_text(&bed, FACT_TRANSPORT), "udp");
    assert_string_equal(check_bed_text(&bed, FACT_SERVER), server.ask);
    assert_int_equal(check_bed_int(&bed, FACT_TTL), 60);
    assert_int_equal(check_bed_int(&bed, FACT_AA), 1);
    assert_true(bed.result->us[PHASE_DNS] >= 0);
    assert_int_equal(bed.result->us[PHASE_CONNECT], -1);
    check_bed_close(&bed);
}

static void
aliases(void **state)
{
    struct hostile_dns server = {.udp = OK(alias, 3)};
    struct hostile_dns loop = {.udp = OK(circle, 2)};
    struct check_bed bed;

    (void)state;
    open_bed(&bed, "answers == 2 and ttl >= 8 and answer == '192.0.2.2'");
    run_on(&bed, &server, STATUS_UP, "none");
    assert_string_equal(check_bed_text(&bed, FACT_ANSWER),
                        "192.0.2.1, 192.0.2.2");
    assert_int_equal(check_bed_int(&bed, FACT_TTL), 8);
    run_on(&bed, &loop, STATUS_DOWN, "dns.cname_loop");
    check_bed_close(&bed);
}

static void
rcodes_are_reasons(void **state)
{
    static const struct {
        uint8_t rcode;
        const char *reason;
    } rows[] = {{1, "dns.formerr"},
                {2, "dns.servfail"},
                {3, "dns.nxdomain"},
                {4, "dns.notimp"},
                {5, "dns.refused"}};
    struct check_bed bed;

    (void)state;
    open_bed(&bed, "time < 5s");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct hostile_dns server = {
            .udp = {.flags = {0x81, (uint8_t)(0x80 | rows[i].rcode)}}};

        run_on(&bed, &server, STATUS_DOWN, rows[i].reason);
        check_bed_evidence(&bed, "\"rcode\":\"");
    }
    check_bed_close(&bed);
}

static void
an_rcode_may_be_wanted(void **state)
{
    struct hostile_dns server = {.udp = {.flags = {0x81, 0x83}}};
    struct hostile_dns there = {.udp = good};
    struct check_bed bed;

    (void)state;
    open_bed(&bed, "rcode == NXDOMAIN");
    run_on(&bed, &server, STATUS_UP, "none");
    run_on(&bed, &there, STATUS_DOWN, "expect.rcode");
    assert_string_equal(bed.result->message,
                        "rcode == NXDOMAIN: got 'NOERROR'");
    check_bed_evidence(&bed, "\"data\":\"192.0.2.1\"");
    check_bed_close(&bed);
}

static void
no_answer_of_the_type(void **state)
{
    struct hostile_dns nodata = {.udp = {.flags = {0x81, 0x80}}};
    struct hostile_dns lame = {.udp = {.flags = {0x81, 0x00}}};
    struct check_bed bed;

    (void)state;
    open_bed(&bed, NULL);
    run_on(&bed, &nodata, STATUS_DOWN, "dns.nodata");
    run_on(&bed, &lame, STATUS_DOWN, "dns.lame");
    check_bed_close(&bed);
}

static void
a_record_of_another_name_is_no_answer(void **state)
{
    struct hostile_dns name = {.udp = OK(other, 1)};
    struct hostile_dns class = {.udp = OK(chaos, 1)};
    struct check_bed bed;

    (void)state;
    open_bed(&bed, NULL);
    run_on(&bed, &name, STATUS_DOWN, "dns.mismatch");
    assert_non_null(
        strstr(bed.result->message, "A records that are not of www.a.example"));
    run_on(&bed, &class, STATUS_DOWN, "dns.mismatch");
    check_bed_close(&bed);
    open_bed(&bed, "answer == '6.6.6.6'");
    run_on(&bed, &name, STATUS_DOWN, "dns.mismatch");
    check_bed_close(&bed);
}

static void
what_is_not_for_us_is_ignored(void **state)
{
    struct hostile_dns right = {.udp = good, .mood = WRONG_THEN_RIGHT};
    struct hostile_dns id = {.udp = good, .mood = WRONG_ID};
    struct hostile_dns question = {.udp = good, .mood = WRONG_QUESTION};
    struct hostile_dns garbage = {
        .udp = {{0x81, 0x80}, 1, 0, cut, sizeof(cut)}};
    struct hostile_dns silent = {.mood = SILENT};
    struct check_bed bed;

    (void)state;
    open_bed(&bed, NULL);
    run_on(&bed, &right, STATUS_UP, "none");
    run_on(&bed, &garbage, STATUS_DOWN, "dns.malformed");
    bed.spec.timeout_ns = 100 * NS_PER_MS;
    run_on(&bed, &id, STATUS_DOWN, "dns.mismatch");
    run_on(&bed, &question, STATUS_DOWN, "dns.mismatch");
    run_on(&bed, &silent, STATUS_DOWN, "dns.timeout");
    assert_int_equal(bed.result->us[PHASE_DNS], -1);
    check_bed_close(&bed);
}

static void
a_lost_datagram_is_sent_again(void **state)
{
    struct hostile_dns server = {.udp = good, .lose = 1};
    struct check_bed bed;

    (void)state;
    open_bed(&bed, NULL);
    run_on(&bed, &server, STATUS_UP, "none");
    assert_int_equal(check_bed_int(&bed, FACT_RESENT), 1);
    assert_true(bed.result->us[PHASE_DNS] >= 1000000);
    check_bed_close(&bed);
}

static void
a_cut_answer_is_asked_for_over_tcp(void **state)
{
    struct hostile_dns server = {.udp = {{0x87, 0x80}, 1, 0, cut, sizeof(cut)},
                                 .tcp = OK(one_a, 1)};
    struct hostile_dns closes = {.udp = {.flags = {0x87, 0x80}},
                                 .tcp_closes = true};
    struct hostile_dns garbage = {
        .udp = {.flags = {0x87, 0x80}},
        .tcp = {{0x85, 0x80}, 1, 0, cut, sizeof(cut)}};
    struct check_bed bed;

    (void)state;
    open_bed(&bed, NULL);
    run_on(&bed, &server, STATUS_UP, "none");
    assert_string_equal(check_bed_text(&bed, FACT_TRANSPORT), "tcp");
    assert_int_equal(check_bed_int(&bed, FACT_TRUNCATED), 1);
    run_on(&bed, &closes, STATUS_DOWN, "dns.truncated");
    run_on(&bed, &garbage, STATUS_DOWN, "dns.malformed");
    check_bed_close(&bed);
}

static void
nobody_there_and_nobody_to_ask(void **state)
{
    static char closed[] = "127.0.0.1:9";
    static char no_server[] = "quic://ns.example";
    struct check_bed bed;

    (void)state;
    open_bed(&bed, NULL);
    bed.spec.of.dns.ask = (struct spec_list){bed.one, 1};
    bed.one[0] = closed;
    check_bed_reason(&bed, STATUS_DOWN, "dns.unreachable");
    bed.one[0] = no_server;
    check_bed_reason(&bed, STATUS_ERROR, "local.config");
    check_bed_close(&bed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer),
        cmocka_unit_test(aliases),
        cmocka_unit_test(rcodes_are_reasons),
        cmocka_unit_test(an_rcode_may_be_wanted),
        cmocka_unit_test(no_answer_of_the_type),
        cmocka_unit_test(a_record_of_another_name_is_no_answer),
        cmocka_unit_test(what_is_not_for_us_is_ignored),
        cmocka_unit_test(a_lost_datagram_is_sent_again),
        cmocka_unit_test(a_cut_answer_is_asked_for_over_tcp),
        cmocka_unit_test(nobody_there_and_nobody_to_ask),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
