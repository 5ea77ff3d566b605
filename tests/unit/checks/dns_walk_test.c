/*
 * The way down to a zone's servers.  127.0.0.10 is the resolver, .11 the
 * parent's server, .12 and .13 the zone's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/dns_walk.c"

#include "base/buf.h"
#include "checks/dns_reply.h"
#include "checks/engine.h"
#include "tests/lib/dns_stage.h"

#define NS2_GLUE                                                               \
    {STAGE_AU, "shop.example", 2, "ns1.shop.example"},                         \
        {STAGE_AU, "shop.example", 2, "ns2.shop.example"},                     \
        {STAGE_AD, "ns1.shop.example", 1, "127.0.0.12"},                       \
    {                                                                          \
        STAGE_AD, "ns2.shop.example", 1, "127.0.0.13"                          \
    }

static const struct stage_row PLAIN[] = {
    {0, "www.shop.example", 6, 0, false, {{STAGE_AU, "shop.example", 6, "7"}}},
    {0, "example", 6, 0, false, {{STAGE_AN, "example", 6, "1"}}},
    {0, "example", 2, 0, false, {{STAGE_AN, "example", 2, "ns.example"}}},
    {0, "ns.example", 1, 0, false, {{STAGE_AN, "ns.example", 1, "127.0.0.11"}}},
    {0, "ns.example", 28, 0, false, {{0}}},
    {1, "www.shop.example", 6, 0, false, {NS2_GLUE}},
    {2, "www.shop.example", 6, 0, true, {{STAGE_AU, "shop.example", 6, "7"}}},
};

/* The resolver cannot reach the zone: the walk starts above it. */
static const struct stage_row BROKEN[] = {
    {0, "www.shop.example", 6, 2, false, {{0}}},
    {0, "shop.example", 6, 2, false, {{0}}},
    {0, "example", 6, 0, false, {{STAGE_AN, "example", 6, "1"}}},
    {0, "example", 2, 0, false, {{STAGE_AN, "example", 2, "ns.example"}}},
    {0, "ns.example", 1, 0, false, {{STAGE_AN, "ns.example", 1, "127.0.0.11"}}},
    {0, "ns.example", 28, 0, false, {{0}}},
    {1, "www.shop.example", 6, 0, false, {NS2_GLUE}},
};

/* Parent and zone at one server: no referral is to be had. */
static const struct stage_row SHARED[] = {
    {0, "www.shop.example", 6, 0, false, {{STAGE_AU, "shop.example", 6, "7"}}},
    {0, "example", 6, 0, false, {{STAGE_AN, "example", 6, "1"}}},
    {0, "example", 2, 0, false, {{STAGE_AN, "example", 2, "ns.example"}}},
    {0, "ns.example", 1, 0, false, {{STAGE_AN, "ns.example", 1, "127.0.0.11"}}},
    {0, "ns.example", 28, 0, false, {{0}}},
    {1, "www.shop.example", 6, 0, true, {{STAGE_AU, "shop.example", 6, "7"}}},
    {1,
     "shop.example",
     2,
     0,
     true,
     {{STAGE_AN, "shop.example", 2, "ns.example"}}},
};

/* A referral that leads nowhere but down. */
static const struct stage_row ENDLESS[] = {
    {0, "www.shop.example", 6, 0, false, {{STAGE_AU, "shop.example", 6, "7"}}},
    {0, "example", 6, 5, false, {{0}}},
    {0, "", 6, 5, false, {{0}}},
};

struct bed {
    struct loop *loop;
    struct engine *engine;
    struct stage stage;
    struct dns_walk *walk;
    int told;
    const struct dns_walk_answer *answer;
};

static void
on_walked(void *cookie, const struct dns_walk_answer *answer)
{
    struct bed *bed = cookie;

    bed->told++;
    bed->answer = answer;
    loop_stop(bed->loop);
}

/* `first`: the machine's first name server; "": there is the stage's alone. */
static void
start_walk_behind(struct bed *bed, const char *first,
                  const struct stage_row *rows, size_t count)
{
    static char loopback[] = "127.0.0.0/8";
    static char *allowed[] = {loopback};
    static const struct spec_list allow = {allowed, 1};
    char resolver[32];
    char list[80];
    struct dns_walk_opts opts = {.allow = &allow};

    memset(bed, 0, sizeof(*bed));
    stage_open(&bed->stage, rows, count);
    bed->loop = loop_create();
    (void)snprintf(list, sizeof(list), "%s%s", first,
                   stage_at(&bed->stage, 0, resolver));
    bed->engine = engine_create(
        &(struct engine_opts){.loop = bed->loop, .resolvers = list});
    assert_non_null(bed->engine);
    opts.port = bed->stage.port;
    assert_int_equal(dns_name_parse(&opts.name, "www.shop.example"), 0);
    bed->walk = dns_walk_start(bed->engine, &opts, on_walked, bed);
    assert_non_null(bed->walk);
    assert_int_equal(bed->told, 0);
}

static void
start_walk(struct bed *bed, const struct stage_row *rows, size_t count)
{
    start_walk_behind(bed, "", rows, count);
}

static void
close_bed(struct bed *bed)
{
    dns_walk_cancel(bed->walk);
    engine_free(bed->engine);
    loop_free(bed->loop);
    stage_close(&bed->stage);
}

static void
assert_zone(const struct bed *bed, const char *zone, size_t hosts)
{
    char text[DNS_NAME_TEXT];

    assert_int_equal(bed->told, 1);
    assert_string_equal(bed->answer->message, "");
    assert_int_equal(bed->answer->reason, REASON_NONE);
    assert_string_equal(dns_name_format(text, &bed->answer->zone), zone);
    assert_int_equal(bed->answer->host_count, hosts);
}

static void
by_a_referral_with_glue(void **state)
{
    struct bed bed;
    char text[DNS_NAME_TEXT];

    (void)state;
    start_walk(&bed, PLAIN, sizeof(PLAIN) / sizeof(PLAIN[0]));
    loop_run(bed.loop);
    assert_zone(&bed, "shop.example", 2);
    assert_true(bed.answer->is_delegated);
    assert_string_equal(dns_name_format(text, &bed.answer->parent), "example");
    assert_true(bed.answer->host[1].is_glue);
    assert_int_equal(bed.answer->host[1].addr_count, 1);
    assert_int_equal(addr_port(&bed.answer->host[1].addr[0]), bed.stage.port);
    /* Only the resolver is asked to recurse. */
    assert_true(bed.stage.recursive[0] > 0);
    assert_int_equal(bed.stage.recursive[1] + bed.stage.recursive[2], 0);
    close_bed(&bed);
}

static void
past_a_resolver_that_fails(void **state)
{
    struct bed bed;

    (void)state;
    start_walk(&bed, BROKEN, sizeof(BROKEN) / sizeof(BROKEN[0]));
    loop_run(bed.loop);
    /* The zone's servers refuse: they are told of, and not passed over. */
    assert_zone(&bed, "shop.example", 2);
    assert_true(bed.answer->is_delegated);
    close_bed(&bed);
}

static void
past_a_name_server_that_is_not_there(void **state)
{
    struct bed bed;
    char resolver[32];
    char text[ADDR_TEXT_MAX];

    (void)state;
    start_walk_behind(&bed, "127.0.0.1:1,", PLAIN,
                      sizeof(PLAIN) / sizeof(PLAIN[0]));
    loop_run(bed.loop);
    assert_zone(&bed, "shop.example", 2);
    assert_string_equal(addr_format(text, &bed.answer->resolver),
                        stage_at(&bed.stage, 0, resolver));
    close_bed(&bed);
}

static void
parent_and_zone_at_one_server(void **state)
{
    struct bed bed;

    (void)state;
    start_walk(&bed, SHARED, sizeof(SHARED) / sizeof(SHARED[0]));
    loop_run(bed.loop);
    assert_zone(&bed, "shop.example", 1);
    assert_false(bed.answer->is_delegated);
    close_bed(&bed);
}

static void
no_way(void **state)
{
    struct bed bed;

    (void)state;
    start_walk(&bed, ENDLESS, sizeof(ENDLESS) / sizeof(ENDLESS[0]));
    loop_run(bed.loop);
    assert_int_equal(bed.told, 1);
    assert_int_equal(bed.answer->reason, REASON_DNS_SERVFAIL);
    assert_string_equal(bed.answer->message,
                        "the resolver does not lead to the zone: REFUSED");
    close_bed(&bed);
}

static void
expired_or_cancelled(void **state)
{
    struct bed bed;

    (void)state;
    start_walk(&bed, PLAIN, 0);
    dns_walk_expire(bed.walk);
    assert_int_equal(bed.told, 1);
    assert_int_equal(bed.answer->reason, REASON_DNS_TIMEOUT);
    close_bed(&bed);
    start_walk(&bed, PLAIN, 0);
    close_bed(&bed);
    assert_int_equal(bed.told, 0);
}

static void
servers_beyond_the_limit_are_counted(void **state)
{
    static struct dns_reply_record many[DNS_WALK_HOSTS_MAX + 2];
    struct dns_reply reply = {.record = many,
                              .record_count = DNS_WALK_HOSTS_MAX + 2,
                              .size_max = DNS_MESSAGE_MAX};
    struct dns_question question = {.type = DNS_NS};
    struct dns_walk walk;
    struct dns_message m;
    struct buf asked;
    struct buf out;

    (void)state;
    memset(&walk, 0, sizeof(walk));
    for (size_t i = 0; i < reply.record_count; i++)
        many[i] =
            (struct dns_reply_record){"example", DNS_NS, 60, "ns.example"};
    assert_int_equal(dns_name_parse(&question.name, "example"), 0);
    assert_int_equal(dns_name_parse(&walk.out.zone, "example"), 0);
    buf_init(&asked, 512);
    buf_init(&out, DNS_MESSAGE_MAX);
    assert_int_equal(dns_codec_encode_query(&asked, 7, &question), 0);
    assert_int_equal(dns_codec_decode(&m, asked.data, asked.len), 0);
    assert_int_equal(dns_reply_encode(&out, &m, &reply), 0);
    assert_int_equal(dns_codec_decode(&m, out.data, out.len), 0);
    take_hosts(&walk, &m, DNS_IN_ANSWER);
    assert_int_equal(walk.out.host_count, DNS_WALK_HOSTS_MAX);
    assert_int_equal(walk.out.left_out, 2);
    buf_free(&asked);
    buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_a_referral_with_glue),
        cmocka_unit_test(past_a_resolver_that_fails),
        cmocka_unit_test(past_a_name_server_that_is_not_there),
        cmocka_unit_test(parent_and_zone_at_one_server),
        cmocka_unit_test(no_way),
        cmocka_unit_test(expired_or_cancelled),
        cmocka_unit_test(servers_beyond_the_limit_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
