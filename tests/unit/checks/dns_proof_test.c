/* What can be said without a signed zone; those are in tests/e2e/test_dns.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/dns_proof.c"

#include "checks/engine.h"
#include "tests/lib/dns_stage.h"

static char anchor[] =
    "example. IN DS 1 13 2 "
    "abababababababababababababababababababababababababababababababab";
static char nonsense[] = "example. IN DS what";
static char *one[1];

struct bed {
    struct loop *loop;
    struct engine *engine;
    struct stage stage;
    struct dns_proof_opts opts;
    struct spec_list anchors;
    int told;
    enum dns_security security;
    char why[256];
};

static void
on_proof(void *cookie, enum dns_security security, const char *why)
{
    struct bed *bed = cookie;

    bed->told++;
    bed->security = security;
    (void)str_copy(bed->why, sizeof(bed->why), why);
    loop_stop(bed->loop);
}

static void
open_bed(struct bed *bed, const char *name, char *trust)
{
    char server[32];

    memset(bed, 0, sizeof(*bed));
    stage_open(&bed->stage, NULL, 0);
    bed->loop = loop_create();
    bed->engine = engine_create(
        &(struct engine_opts){.loop = bed->loop, .resolvers = "127.0.0.1:9"});
    one[0] = trust;
    bed->anchors = (struct spec_list){one, trust != NULL ? 1 : 0};
    bed->opts =
        (struct dns_proof_opts){.type = DNS_A, .anchors = &bed->anchors};
    assert_int_equal(dns_name_parse(&bed->opts.name, name), 0);
    assert_int_equal(
        addr_parse(&bed->opts.server, stage_at(&bed->stage, 1, server), 53), 0);
    bed->opts.resolver = bed->opts.server;
}

static void
close_bed(struct bed *bed)
{
    engine_free(bed->engine);
    loop_free(bed->loop);
    stage_close(&bed->stage);
}

static void
nothing_to_prove_it_with(void **state)
{
    struct bed bed;
    struct dns_proof *proof;

    (void)state;
    open_bed(&bed, "www.example", anchor);
    proof = dns_proof_start(bed.engine, &bed.opts, on_proof, &bed);
    assert_non_null(proof);
    assert_int_equal(bed.told, 0);
    loop_run(bed.loop);
    assert_int_equal(bed.told, 1);
    assert_true(bed.stage.asked[1] > 0);
    assert_true(bed.security == DNS_INDETERMINATE || bed.security == DNS_BOGUS);
    assert_string_not_equal(bed.why, "");
    dns_proof_cancel(proof);
    close_bed(&bed);
}

/* libunbound does not connect where the policy forbids it, but has to ask
 * whom the check asks. */
static void
where_it_may_ask(void **state)
{
    static char metadata[] = "169.254.0.0/16";
    char *item[] = {metadata};
    struct spec_list allow = {item, 1};
    struct dns_proof_opts opts = {0};

    (void)state;
    assert_int_equal(addr_parse_ip(&opts.server, "192.0.2.1", 53), 0);
    opts.resolver = opts.server;
    assert_false(is_open(&opts, metadata));
    opts.allow = &allow;
    assert_true(is_open(&opts, metadata));
    opts.allow = NULL;
    assert_int_equal(addr_parse_ip(&opts.resolver, "169.254.20.10", 53), 0);
    assert_true(is_open(&opts, metadata));
    assert_false(is_open(&opts, "fe80::/10"));
}

static void
no_anchor_above(void **state)
{
    struct bed bed;
    struct dns_proof *proof;

    (void)state;
    open_bed(&bed, "www.other", anchor);
    proof = dns_proof_start(bed.engine, &bed.opts, on_proof, &bed);
    assert_non_null(proof);
    loop_run(bed.loop);
    assert_int_equal(bed.security, DNS_INDETERMINATE);
    assert_string_equal(bed.why, "no trust anchor is above the name");
    assert_int_equal(bed.stage.asked[1], 0);
    dns_proof_cancel(proof);
    close_bed(&bed);
}

static void
anchors_that_are_none(void **state)
{
    struct bed bed;

    (void)state;
    open_bed(&bed, "www.example", nonsense);
    assert_null(dns_proof_start(bed.engine, &bed.opts, on_proof, &bed));
    assert_int_equal(errno, EINVAL);
    close_bed(&bed);
}

static void
cancelled(void **state)
{
    struct bed bed;
    struct dns_proof *proof;
    struct dns_name zone;

    (void)state;
    open_bed(&bed, "www.example", anchor);
    assert_int_equal(dns_name_parse(&zone, "example"), 0);
    bed.opts.zone = &zone;
    proof = dns_proof_start(bed.engine, &bed.opts, on_proof, &bed);
    assert_non_null(proof);
    dns_proof_cancel(proof);
    assert_int_equal(bed.told, 0);
    dns_proof_cancel(NULL);
    close_bed(&bed);
}

static void
what_was_validated_is_kept(void **state)
{
    static const uint8_t packet[] = {
        0, 1,    0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 1, 'a', 0, 0, 1, 0,
        1, 0xc0, 12,   0,    1, 0, 1, 0, 0, 0, 5, 0, 4, 192, 0, 2, 1};
    struct bed bed;
    struct dns_proof *proof;

    (void)state;
    open_bed(&bed, "www.other", anchor);
    proof = dns_proof_start(bed.engine, &bed.opts, on_proof, &bed);
    assert_non_null(proof);
    assert_null(dns_proof_reply(proof));
    assert_null(dns_proof_reply(NULL));
    keep(proof, packet, (int)sizeof(packet));
    assert_ptr_equal(dns_proof_reply(proof), &proof->message);
    assert_int_equal(proof->message.answers, 1);
    dns_proof_cancel(proof);
    close_bed(&bed);
}

static void
reasons_as_people_read_them(void **state)
{
    (void)state;
    assert_string_equal(strip("validation failure <a. A IN>: no signatures"),
                        "no signatures");
    assert_string_equal(strip("other"), "other");
    assert_string_equal(dns_proof_name(DNS_SECURE), "secure");
    assert_string_equal(dns_proof_name(DNS_BOGUS), "bogus");
    assert_string_equal(dns_proof_name(DNS_INDETERMINATE), "indeterminate");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_to_prove_it_with),
        cmocka_unit_test(where_it_may_ask),
        cmocka_unit_test(no_anchor_above),
        cmocka_unit_test(anchors_that_are_none),
        cmocka_unit_test(cancelled),
        cmocka_unit_test(what_was_validated_is_kept),
        cmocka_unit_test(reasons_as_people_read_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
