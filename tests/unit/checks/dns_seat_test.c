/* All that one server is asked, at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/dns_seat.c"

#include <string.h>

#include "base/loop.h"
#include "checks/engine.h"
#include "tests/lib/dns_made.h"

static const struct stage_row ROWS[] = {
    {1, "www.example", 1, 0, true, {{STAGE_AN, "www.example", 1, "192.0.2.1"}}},
    {1, "example", 6, 0, true, {{STAGE_AN, "example", 6, "4294967295"}}},
    {1, "example", 2, 0, true, {{STAGE_AN, "example", 2, "ns.example"}}},
    {2,
     "www.example",
     1,
     0,
     false,
     {{STAGE_AN, "www.example", 1, "192.0.2.1"}}},
    {2, "www.example", 6, 0, false, {{STAGE_AU, "example", 6, "8"}}},
};

/* ---- proofs that end when a test says so ---- */

struct dns_proof {
    const struct dns_message *reply;
};

static struct dns_proof proof;
static int proofs; /* begun */
static bool may_not_begin;

struct dns_proof *
dns_proof_start(struct engine *engine, const struct dns_proof_opts *opts,
                dns_proof_done_fn *done, void *cookie)
{
    (void)engine;
    (void)opts;
    (void)done;
    (void)cookie;
    errno = ENOMEM;
    proofs += !may_not_begin;
    return may_not_begin ? NULL : &proof;
}

const struct dns_message *
dns_proof_reply(const struct dns_proof *of)
{
    return of != NULL ? of->reply : NULL;
}

void
dns_proof_cancel(struct dns_proof *of)
{
    (void)of;
}

const char *
dns_proof_name(enum dns_security security)
{
    (void)security;
    return "";
}

/* ---- a seat ---- */

struct bed {
    struct loop *loop;
    struct engine *engine;
    struct stage stage;
    struct dns_seen_server seen;
    struct dns_seat *seat;
    int told;
};

static void
on_seat(void *cookie)
{
    struct bed *bed = cookie;

    bed->told++;
    loop_stop(bed->loop);
}

static void
start_seat(struct bed *bed, int server, unsigned wants, const char *zone)
{
    struct dns_seat_opts opts = {
        .ask = {.question = {.type = DNS_A, .udp_size = 1232}}, .wants = wants};
    char text[32];

    memset(bed, 0, sizeof(*bed));
    stage_open(&bed->stage, ROWS, sizeof(ROWS) / sizeof(ROWS[0]));
    bed->loop = loop_create();
    bed->engine = engine_create(
        &(struct engine_opts){.loop = bed->loop, .resolvers = "127.0.0.1:9"});
    assert_int_equal(dns_name_parse(&opts.ask.question.name, "www.example"), 0);
    if (zone != NULL)
        assert_int_equal(dns_name_parse(&opts.zone, zone), 0);
    assert_int_equal(
        addr_parse(&opts.ask.server, stage_at(&bed->stage, server, text), 53),
        0);
    bed->seat = dns_seat_start(bed->engine, &opts, &bed->seen, on_seat, bed);
    assert_non_null(bed->seat);
    assert_int_equal(bed->told, 0);
}

static void
close_bed(struct bed *bed)
{
    dns_seat_cancel(bed->seat);
    engine_free(bed->engine);
    loop_free(bed->loop);
    stage_close(&bed->stage);
}

static void
an_authoritative_server(void **state)
{
    struct bed bed;

    (void)state;
    start_seat(&bed, 1, DNS_SEAT_SERIAL | DNS_SEAT_NS, "example");
    loop_run(bed.loop);
    assert_int_equal(bed.told, 1);
    assert_int_equal(bed.seen.reason, REASON_NONE);
    assert_int_equal(bed.seen.reply->answers, 1);
    assert_true(bed.seen.has_serial);
    assert_int_equal(bed.seen.serial, 4294967295u);
    assert_int_equal(bed.seen.ns->answers, 1);
    assert_true(bed.seen.took_us >= 0);
    assert_string_equal(bed.seen.transport, "udp");
    close_bed(&bed);
}

/* A resolver says the serial in the authority section. */
static void
a_resolver(void **state)
{
    struct bed bed;

    (void)state;
    start_seat(&bed, 2, DNS_SEAT_SERIAL | DNS_SEAT_NS, NULL);
    loop_run(bed.loop);
    assert_int_equal(bed.told, 1);
    assert_int_equal(bed.seen.serial, 8);
    assert_null(bed.seen.ns); /* refused, and without authority */
    close_bed(&bed);
}

static void
expired_and_cancelled(void **state)
{
    struct bed bed;

    (void)state;
    start_seat(&bed, 1, DNS_SEAT_SERIAL | DNS_SEAT_NS, "example");
    dns_seat_expire(bed.seat);
    assert_int_equal(bed.told, 1);
    assert_int_equal(bed.seen.reason, REASON_DNS_TIMEOUT);
    assert_false(bed.seen.has_serial);
    close_bed(&bed);
    start_seat(&bed, 1, 0, NULL);
    close_bed(&bed);
    assert_int_equal(bed.told, 0);
}

/* An answer that is signed and is not the one that was proven: the server
 * signs while it answers, by turns or by place. */
static void
answer_another(struct bed *bed, struct made *made)
{
    static const struct stage_row proven = {
        0, "www.example", 1, 0, 0, {{STAGE_AN, "www.example", 1, "192.0.2.1"}}};
    static const struct stage_row signed_one = {
        0,
        "www.example",
        1,
        0,
        0,
        {{STAGE_AN, "www.example", 1, "192.0.2.9"},
         {STAGE_AN, "www.example", 46, "4000000000"}}};
    struct dns_answer answer = {.connect_us = -1, .tls_us = -1};

    memset(made, 0, sizeof(*made));
    proofs = 0;
    proof.reply = made_message(made, &proven);
    answer.reply = made_message(made, &signed_one);
    start_seat(bed, 3, DNS_SEAT_PROOF | DNS_SEAT_SERIAL, NULL);
    on_proof(bed->seat, DNS_SECURE, "");
    on_answer(bed->seat, &answer);
    assert_int_equal(bed->told, 0);
}

static void
another_answer_wants_proven_keys(void **state)
{
    static const struct {
        enum dns_security keys;
        enum dns_security want;
        const char *why;
    } rows[] = {
        /* The signature of the stage holds for nobody. */
        {DNS_SECURE, DNS_BOGUS,
         "the server's answer is not the one that was validated"},
        {DNS_BOGUS, DNS_BOGUS,
         "the server's answer is not the one that was validated"},
        {DNS_INDETERMINATE, DNS_INDETERMINATE, "no server told"},
    };
    struct made made;
    struct bed bed;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        answer_another(&bed, &made);
        close_one(bed.seat, DNS_SEAT_SERIAL);
        assert_int_equal(proofs, 2);
        assert_int_equal(bed.told, 0);
        on_keys(bed.seat, rows[i].keys, "no server told");
        assert_int_equal(bed.told, 1);
        assert_int_equal(bed.seen.security, rows[i].want);
        assert_string_equal(bed.seen.why, rows[i].why);
        close_bed(&bed);
    }
    answer_another(&bed, &made);
    may_not_begin = true;
    close_one(bed.seat, DNS_SEAT_SERIAL);
    may_not_begin = false;
    assert_int_equal(bed.told, 1);
    assert_int_equal(bed.seen.security, DNS_INDETERMINATE);
    close_bed(&bed);
}

static void
late_no_second_proof_begins(void **state)
{
    struct made made;
    struct bed bed;

    (void)state;
    for (int is_begun = 0; is_begun < 2; is_begun++) {
        answer_another(&bed, &made);
        if (is_begun)
            close_one(bed.seat, DNS_SEAT_SERIAL);
        dns_seat_expire(bed.seat);
        assert_int_equal(proofs, is_begun ? 2 : 1);
        assert_int_equal(bed.told, 1);
        assert_int_equal(bed.seen.security, DNS_INDETERMINATE);
        assert_string_equal(bed.seen.why, "no proof in time");
        close_bed(&bed);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_authoritative_server),
        cmocka_unit_test(a_resolver),
        cmocka_unit_test(expired_and_cancelled),
        cmocka_unit_test(another_answer_wants_proven_keys),
        cmocka_unit_test(late_no_second_proof_begins),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
