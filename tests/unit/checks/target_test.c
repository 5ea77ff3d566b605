/* From a host to addresses; what the resolver says is a reason each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/target.c"

#include "tests/lib/check_bed.h"
#include "tests/lib/dns_server.h"

static void
each_answer_has_its_reason(void **state)
{
    static const struct {
        int rcode;
        const char *reason;
    } rows[] = {{1, "dns.formerr"},
                {2, "dns.servfail"},
                {3, "dns.nxdomain"},
                {5, "dns.refused"}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dns_server dns = {.rcode = rows[i].rcode};
        struct check_bed bed;

        dns_server_start(&dns);
        check_bed_open_with(&bed, SPEC_TCP, NULL, dns.servers);
        check_bed_endpoint(&bed, "shop.example", 80);
        check_bed_reason(&bed, STATUS_DOWN, rows[i].reason);
        assert_non_null(strstr(bed.result->message, "shop.example"));
        assert_true(bed.result->us[PHASE_DNS] >= 0);
        check_bed_close(&bed);
        dns_server_stop(&dns);
    }
}

static void
a_name_of_forbidden_addresses(void **state)
{
    struct dns_server dns = {.a = "169.254.169.254"};
    struct check_bed bed;

    (void)state;
    dns_server_start(&dns);
    check_bed_open_with(&bed, SPEC_TCP, NULL, dns.servers);
    check_bed_endpoint(&bed, "shop.example", 80);
    check_bed_reason(&bed, STATUS_ERROR, "policy.blocked");
    assert_non_null(strstr(bed.result->message, "add it to `allow`"));
    check_bed_close(&bed);
    dns_server_stop(&dns);
}

/* It is not asked, and people see that the name leads there. */
static void
a_name_of_one_forbidden_address(void **state)
{
    struct dns_server dns = {.a = "127.0.0.1", .aaaa = "fe80::1"};
    struct check_bed bed;

    (void)state;
    dns_server_start(&dns);
    check_bed_open_with(&bed, SPEC_HTTP, NULL, dns.servers);
    (void)snprintf(bed.target, sizeof(bed.target), "http://shop.example:%u/",
                   check_bed_closed_port());
    check_bed_set(&bed.spec.of.http.request.url, bed.target);
    bed.spec.evidence = SPEC_EVIDENCE_BODY;
    check_bed_reason(&bed, STATUS_DOWN, "connect.refused");
    assert_string_equal(check_bed_text(&bed, FACT_BLOCKED), "fe80::1");
    check_bed_evidence(&bed, "\"resolved\":[{\"host\":\"shop.example\","
                             "\"count\":2,\"addresses\":[");
    check_bed_evidence(&bed, "{\"ip\":\"127.0.0.1\",\"tried\":true}");
    check_bed_evidence(&bed, "{\"ip\":\"fe80::1\",\"blocked\":true}");
    check_bed_close(&bed);
    dns_server_stop(&dns);
}

static void
a_forbidden_address_is_named_once(void **state)
{
    struct check_bed bed;

    (void)state;
    check_bed_open(&bed, SPEC_TCP, NULL);
    check_bed_endpoint(&bed, "169.254.169.254", 80);
    check_bed_reason(&bed, STATUS_ERROR, "policy.blocked");
    assert_string_equal(bed.result->message,
                        "the address policy forbids 169.254.169.254; if it is "
                        "meant, add it to `allow`");
    check_bed_close(&bed);
}

static void
nodata(void **state)
{
    struct dns_server dns = {0};
    struct check_bed bed;

    (void)state;
    dns_server_start(&dns);
    check_bed_open_with(&bed, SPEC_TCP, NULL, dns.servers);
    check_bed_endpoint(&bed, "shop.example", 80);
    check_bed_reason(&bed, STATUS_DOWN, "dns.nodata");
    check_bed_close(&bed);
    dns_server_stop(&dns);
}

static void
an_override_asks_nobody(void **state)
{
    static char resolve[32];
    struct check_bed bed;

    (void)state;
    check_bed_open(&bed, SPEC_TCP, NULL);
    check_bed_endpoint(&bed, "shop.example", 1);
    (void)snprintf(resolve, sizeof(resolve), "127.0.0.1:%u",
                   check_bed_closed_port());
    bed.spec.net.resolve = resolve;
    check_bed_reason(&bed, STATUS_DOWN, "connect.refused");
    assert_int_equal(bed.result->us[PHASE_DNS], -1);
    assert_non_null(strstr(bed.result->message, resolve));
    check_bed_close(&bed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_answer_has_its_reason),
        cmocka_unit_test(a_name_of_forbidden_addresses),
        cmocka_unit_test(a_name_of_one_forbidden_address),
        cmocka_unit_test(a_forbidden_address_is_named_once),
        cmocka_unit_test(nodata),
        cmocka_unit_test(an_override_asks_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
