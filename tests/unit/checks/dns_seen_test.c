/* What follows from several answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/dns_seen.c"

#include "tests/lib/dns_made.h"

#define A(ip)                                                                  \
    {                                                                          \
        STAGE_AN, "www.example", 1, ip                                         \
    }

static const struct stage_row TWO = {
    0, "www.example", 1, 0, true, {A("192.0.2.1"), A("192.0.2.2")}};
static const struct stage_row TURNED = {
    0, "www.example", 1, 0, true, {A("192.0.2.2"), A("192.0.2.1")}};
static const struct stage_row ONE = {0, "www.example", 1,
                                     0, true,          {A("192.0.2.1")}};
static const struct stage_row FAILED = {0, "www.example", 1, 2, false, {{0}}};
static const struct stage_row NOTHING = {0, "www.example", 1, 0, true, {{0}}};

static void
assert_agree(const struct stage_row *a, const struct stage_row *b,
             const char *want)
{
    struct made made = {0};
    struct buf why;

    buf_init(&why, 500);
    made_server(&made, a);
    made_server(&made, NULL); /* one that is silent has no say */
    made_server(&made, b);
    assert_int_equal(dns_seen_agree(&made.seen, &why), want == NULL);
    assert_string_equal(buf_text(&why), want != NULL ? want : "");
    buf_free(&why);
}

static void
agreement(void **state)
{
    struct made made = {0};
    struct buf why;

    (void)state;
    assert_agree(&TWO, &TWO, NULL);
    assert_agree(&TWO, &TURNED, NULL);
    assert_agree(&TWO, &ONE, "ns2 has 192.0.2.1, ns0 has 192.0.2.1, 192.0.2.2");
    assert_agree(&TWO, &FAILED,
                 "ns2 has SERVFAIL, ns0 has 192.0.2.1, 192.0.2.2");
    assert_agree(&NOTHING, &ONE, "ns2 has 192.0.2.1, ns0 has nothing");
    buf_init(&why, 100);
    made_server(&made, NULL);
    assert_true(dns_seen_agree(&made.seen, &why));
    /* One that failed and is excused has no say either. */
    made_server(&made, &TWO);
    made_server(&made, &FAILED)->reason = REASON_DNS_LAME;
    assert_true(dns_seen_agree(&made.seen, &why));
    buf_free(&why);
}

static void
serials(void **state)
{
    struct made made = {0};
    struct buf why;

    (void)state;
    buf_init(&why, 500);
    made_server(&made, &ONE);
    assert_int_equal(dns_seen_serials(&made.seen, &why), -1);
    made.server[0].has_serial = true;
    made.server[0].serial = 7;
    made_server(&made, &ONE);
    assert_int_equal(dns_seen_serials(&made.seen, &why), 1);
    made.server[1].has_serial = true;
    made.server[1].serial = 8;
    assert_int_equal(dns_seen_serials(&made.seen, &why), 0);
    assert_string_equal(buf_text(&why), "ns1 has 8, ns0 has 7");
    buf_free(&why);
}

static void
delegation(void **state)
{
    static const struct stage_row child = {
        0,
        "example",
        2,
        0,
        true,
        {{STAGE_AN, "example", 2, "NS1.example"},
         {STAGE_AN, "example", 2, "ns3.example"},
         {STAGE_AD, "ns1.example", 1, "192.0.2.1"}}};
    struct made made = {0};
    struct buf why;

    (void)state;
    buf_init(&why, 500);
    made_server(&made, &ONE);
    assert_int_equal(dns_seen_delegation(&made.seen, &why), -1);
    made.seen.walk = &made.walk;
    made.walk.is_delegated = true;
    assert_int_equal(dns_seen_delegation(&made.seen, &why), -1);
    made.server[0].ns = made_message(&made, &child);
    made.walk.host_count = 2;
    assert_int_equal(dns_name_parse(&made.walk.host[0].name, "ns1.example"), 0);
    assert_int_equal(dns_name_parse(&made.walk.host[1].name, "ns3.example"), 0);
    assert_int_equal(dns_seen_delegation(&made.seen, &why), 1);
    made.walk.host[0].is_glue = made.walk.host[1].is_glue = true;
    made.walk.host[0].addr_count = made.walk.host[1].addr_count = 1;
    assert_int_equal(addr_parse_ip(&made.walk.host[0].addr[0], "192.0.2.1", 53),
                     0);
    assert_int_equal(addr_parse_ip(&made.walk.host[1].addr[0], "192.0.2.3", 53),
                     0);
    /* What the zone did not send along says nothing against the glue. */
    assert_int_equal(dns_seen_delegation(&made.seen, &why), 1);
    assert_int_equal(addr_parse_ip(&made.walk.host[0].addr[0], "192.0.2.9", 53),
                     0);
    assert_int_equal(dns_seen_delegation(&made.seen, &why), 0);
    assert_string_equal(buf_text(&why),
                        "glue says ns1.example has 192.0.2.9, ns0 does not");
    buf_reset(&why);
    made.walk.host[0].is_glue = false;
    assert_int_equal(dns_name_parse(&made.walk.host[1].name, "ns2.example"), 0);
    assert_int_equal(dns_seen_delegation(&made.seen, &why), 0);
    assert_string_equal(buf_text(&why),
                        "ns2.example is delegated to, but not named by ns0; "
                        "ns3.example is not delegated to, but named by ns0");
    buf_free(&why);
}

static void
signatures(void **state)
{
    static const struct stage_row row = {
        0,
        "www.example",
        1,
        0,
        true,
        {A("192.0.2.1"),
         {STAGE_AN, "www.example", 46, "864000"},
         {STAGE_AN, "www.example", 46, "1728000"}}};
    struct made made = {0};
    int64_t days = 0;

    (void)state;
    made_server(&made, &ONE);
    assert_false(dns_seen_rrsig_days(&made.server[0], (wall_t){0}, &days));
    made_server(&made, &row);
    assert_true(dns_seen_rrsig_days(&made.server[1], (wall_t){1000}, &days));
    assert_int_equal(days, 9);
    assert_true(
        dns_seen_rrsig_days(&made.server[1], (wall_t){864001000}, &days));
    assert_int_equal(days, -1);
    made_server(&made, NULL);
    assert_false(dns_seen_rrsig_days(&made.server[2], (wall_t){0}, &days));
}

static void
loops_and_failures(void **state)
{
    static const struct stage_row circle = {
        0,
        "www.example",
        1,
        0,
        true,
        {{STAGE_AN, "www.example", 5, "a.example"},
         {STAGE_AN, "a.example", 5, "WWW.example"}}};
    static const struct stage_row chain = {
        0,
        "www.example",
        1,
        0,
        true,
        {{STAGE_AN, "www.example", 5, "a.example"},
         {STAGE_AN, "a.example", 1, "192.0.2.1"}}};
    struct made made = {0};

    (void)state;
    made_server(&made, &circle);
    made_server(&made, &chain);
    assert_true(dns_seen_has_loop(made.server[0].reply, &made.seen.name, 1));
    assert_false(dns_seen_has_loop(made.server[0].reply, &made.seen.name, 5));
    assert_false(dns_seen_has_loop(made.server[1].reply, &made.seen.name, 1));
    assert_int_equal(dns_seen_failed(&made.seen), 0);
    made.server[0].reason = REASON_DNS_TIMEOUT;
    made.server[1].reason = REASON_DNS_UNREACHABLE;
    made.server[1].is_skipped = true;
    assert_int_equal(dns_seen_failed(&made.seen), 1);
}

static void
assert_confirmed(const struct stage_row *reply, const struct stage_row *valid,
                 bool of_zone, enum dns_security want)
{
    struct made made = {0};
    struct dns_seen_server *server = made_server(&made, reply);

    server->security = DNS_SECURE;
    server->is_authoritative = of_zone;
    dns_seen_confirm(server, made_message(&made, valid));
    assert_int_equal(server->security, want);
    assert_string_equal(
        server->why,
        want == DNS_BOGUS
            ? "the server's answer is not the one that was validated"
            : "");
}

static void
a_proof_is_of_the_answer_that_is_judged(void **state)
{
    static const struct stage_row denied = {0, "www.example", 1,
                                            3, true,          {{0}}};
    static const struct stage_row chain = {
        0,
        "www.example",
        1,
        0,
        true,
        {{STAGE_AN, "www.example", 5, "a.other"},
         {STAGE_AN, "a.other", 1, "192.0.2.1"}}};
    static const struct stage_row stops = {
        0, "www.example", 1,
        0, true,          {{STAGE_AN, "WWW.example", 5, "A.other"}}};
    static const struct stage_row astray = {
        0,
        "www.example",
        1,
        0,
        true,
        {{STAGE_AN, "www.example", 5, "b.other"},
         {STAGE_AN, "b.other", 1, "192.0.2.1"}}};
    struct made made = {0};
    struct dns_seen_server *server;

    (void)state;
    assert_confirmed(&TWO, &TURNED, false, DNS_SECURE);
    assert_confirmed(&ONE, &TWO, false, DNS_BOGUS);
    assert_confirmed(&NOTHING, &ONE, false, DNS_BOGUS);
    assert_confirmed(&NOTHING, &ONE, true, DNS_BOGUS);
    assert_confirmed(&NOTHING, &denied, false, DNS_BOGUS);
    assert_confirmed(&chain, &chain, false, DNS_SECURE);
    assert_confirmed(&astray, &chain, false, DNS_BOGUS);
    assert_confirmed(&stops, &chain, true, DNS_SECURE);
    assert_confirmed(&stops, &chain, false, DNS_BOGUS);
    assert_confirmed(&ONE, &chain, false, DNS_BOGUS);
    server = made_server(&made, &ONE);
    server->security = DNS_SECURE;
    dns_seen_confirm(server, NULL);
    assert_int_equal(server->security, DNS_INDETERMINATE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agreement),
        cmocka_unit_test(serials),
        cmocka_unit_test(delegation),
        cmocka_unit_test(signatures),
        cmocka_unit_test(a_proof_is_of_the_answer_that_is_judged),
        cmocka_unit_test(loops_and_failures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
