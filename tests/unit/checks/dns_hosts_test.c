/* Addresses of a zone's servers: glue that may be believed, then lookups. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/dns_hosts.c"

#include "checks/engine.h"
#include "tests/lib/dns_made.h"

static const struct stage_row REFERRAL = {
    0,
    "www.shop.example",
    6,
    0,
    false,
    {{STAGE_AU, "shop.example", 2, "ns1.shop.example"},
     {STAGE_AD, "ns1.shop.example", 1, "192.0.2.1"},
     {STAGE_AD, "ns1.shop.example", 1, "169.254.1.1"},
     {STAGE_AD, "ns.elsewhere", 1, "192.0.2.66"},
     {STAGE_AD, "ns9.shop.example", 1, "192.0.2.9"}}};
static const struct stage_row LOOKUPS[] = {
    {0,
     "ns.elsewhere",
     1,
     0,
     false,
     {{STAGE_AN, "ns.elsewhere", 1, "192.0.2.7"}}},
    {0, "ns.elsewhere", 28, 0, false, {{0}}},
};

static void
on_hosts(void *cookie)
{
    loop_stop(cookie);
}

static void
set_hosts(struct dns_walk_answer *answer)
{
    memset(answer, 0, sizeof(*answer));
    answer->host_count = 2;
    assert_int_equal(dns_name_parse(&answer->parent, "example"), 0);
    assert_int_equal(dns_name_parse(&answer->host[0].name, "NS1.shop.example"),
                     0);
    assert_int_equal(dns_name_parse(&answer->host[1].name, "ns.elsewhere"), 0);
}

static void
glue(void **state)
{
    struct made made = {0};
    struct dns_walk_answer answer;
    const struct dns_message *m = made_message(&made, &REFERRAL);
    char text[ADDR_TEXT_MAX];

    (void)state;
    set_hosts(&answer);
    dns_hosts_add_glue(&answer, m, RESOLVER_ANY, 53);
    assert_int_equal(answer.host[0].addr_count, 2);
    assert_true(answer.host[0].is_glue);
    assert_string_equal(addr_format(text, &answer.host[0].addr[0]),
                        "192.0.2.1:53");
    /* What lies outside the parent is hearsay. */
    assert_int_equal(answer.host[1].addr_count, 0);
    set_hosts(&answer);
    dns_hosts_add_glue(&answer, m, RESOLVER_V6, 53);
    assert_int_equal(answer.host[0].addr_count, 0);
}

static void
lookups_and_the_policy(void **state)
{
    struct stage stage;
    struct made made = {0};
    struct dns_walk_answer answer;
    struct loop *loop = loop_create();
    char resolver[32];
    struct engine *engine;
    struct dns_hosts_opts opts = {
        .answer = &answer, .port = 53, .timeout_ns = NS_PER_S};
    struct dns_hosts *hosts;
    char text[ADDR_TEXT_MAX];

    (void)state;
    stage_open(&stage, LOOKUPS, 2);
    engine = engine_create(&(struct engine_opts){
        .loop = loop, .resolvers = stage_at(&stage, 0, resolver)});
    set_hosts(&answer);
    dns_hosts_add_glue(&answer, made_message(&made, &REFERRAL), RESOLVER_ANY,
                       53);
    hosts = dns_hosts_start(engine, &opts, on_hosts, loop);
    assert_non_null(hosts);
    loop_run(loop);
    /* The link-local address is gone. */
    assert_int_equal(answer.host[0].addr_count, 1);
    assert_int_equal(answer.host[1].addr_count, 1);
    assert_false(answer.host[1].is_glue);
    assert_string_equal(addr_format(text, &answer.host[1].addr[0]),
                        "192.0.2.7:53");
    dns_hosts_cancel(hosts);
    /* With nothing to look up it is told from the loop all the same. */
    hosts = dns_hosts_start(engine, &opts, on_hosts, loop);
    loop_run(loop);
    dns_hosts_cancel(hosts);
    hosts = dns_hosts_start(engine, &opts, on_hosts, loop);
    dns_hosts_cancel(hosts);
    engine_free(engine);
    loop_free(loop);
    stage_close(&stage);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(glue),
        cmocka_unit_test(lookups_and_the_policy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
