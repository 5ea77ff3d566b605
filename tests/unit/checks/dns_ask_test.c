/* One question to one server, which may be as wrong as it likes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/dns_ask.c"

#include <arpa/inet.h>

#include "checks/engine.h"
#include "tests/lib/hostile_dns.h"
#include "tests/lib/tiny_server.h"

static const uint8_t one_a[] = {0xc0, 12, 0, 1, 0,   1, 0, 0,
                                0,    60, 0, 4, 192, 0, 2, 1};
/* An MX whose name points into the question. */
static const uint8_t one_mx[] = {0xc0, 12,  0,   15,  0,   1,    0,
                                 0,    0,   60,  0,   9,   0,    10,
                                 4,    'm', 'a', 'i', 'l', 0xc0, 16};
static const uint8_t cut[] = {0xc0, 12, 0, 1, 0};

#define GOOD                                                                   \
    {                                                                          \
        {0x85, 0x80}, 1, 0, one_a, sizeof(one_a)                               \
    }

struct bed {
    struct loop *loop;
    struct engine *engine;
    struct dns_ask *ask;
    int told;
    struct dns_answer answer;
    uint16_t type;
    enum dns_transport transport;
};

static void
open_bed(struct bed *bed)
{
    *bed = (struct bed){.loop = loop_create(), .type = DNS_A};
    bed->engine = engine_create(
        &(struct engine_opts){.loop = bed->loop, .resolvers = "127.0.0.1:9"});
    assert_non_null(bed->engine);
}

static void
close_bed(struct bed *bed)
{
    dns_ask_cancel(bed->ask);
    engine_free(bed->engine);
    loop_free(bed->loop);
}

static void
on_answer(void *cookie, const struct dns_answer *answer)
{
    struct bed *bed = cookie;

    bed->told++;
    bed->answer = *answer;
    loop_stop(bed->loop);
}

static void
start_on(struct bed *bed, const char *server, int64_t timeout_ns)
{
    struct dns_ask_opts opts = {
        .question = {.type = bed->type, .udp_size = 1232, .recurse = true},
        .transport = bed->transport,
        .timeout_ns = timeout_ns,
    };

    dns_ask_cancel(bed->ask);
    bed->told = 0;
    assert_int_equal(dns_name_parse(&opts.question.name, "www.a.example"), 0);
    assert_int_equal(addr_parse(&opts.server, server, 53), 0);
    bed->ask = dns_ask_start(bed->engine, &opts, on_answer, bed);
    assert_non_null(bed->ask);
    assert_int_equal(bed->told, 0);
}

static void
ask(struct bed *bed, struct hostile_dns *server, const char *reason)
{
    hostile_start(server);
    start_on(bed, server->ask, 300 * NS_PER_MS);
    loop_run(bed->loop);
    hostile_stop(server);
    assert_int_equal(bed->told, 1);
    if (reason == NULL && bed->answer.reason != REASON_NONE)
        fail_msg("%s", bed->answer.message);
    if (reason != NULL)
        assert_string_equal(reason_name(bed->answer.reason), reason);
    assert_true((bed->answer.reply != NULL) == (reason == NULL));
}

static void
names_in_the_answer_are_as_asked(void **state)
{
    struct hostile_dns server = {
        .udp = {{0x85, 0x80}, 1, 0, one_mx, sizeof(one_mx)}};
    struct bed bed;
    struct buf text;

    (void)state;
    open_bed(&bed);
    bed.type = DNS_MX;
    ask(&bed, &server, NULL);
    buf_init(&text, 100);
    assert_int_equal(dns_codec_format_data(bed.answer.reply,
                                           &bed.answer.reply->record[0], &text),
                     0);
    assert_string_equal(buf_text(&text), "10 mail.a.example");
    buf_free(&text);
    assert_int_equal(bed.answer.transport, DNS_OVER_UDP);
    assert_int_equal(bed.answer.connect_us, -1);
    close_bed(&bed);
}

/* Of 40 questions hardly two have the same id, port and letters. */
static void
ids_ports_and_letters_are_random(void **state)
{
    struct hostile_dns server = {.udp = GOOD};
    struct bed bed;
    int same = 0;
    int same_letters = 0;
    struct hostile_question last = {.from_port = 0};

    (void)state;
    open_bed(&bed);
    hostile_start(&server);
    for (int i = 0; i < 40; i++) {
        struct hostile_question now;

        start_on(&bed, server.ask, NS_PER_S);
        loop_run(bed.loop);
        assert_non_null(bed.answer.reply);
        now = hostile_newest(&server);
        same += memcmp(last.bytes, now.bytes, 2) == 0;
        same += last.from_port == now.from_port;
        same_letters += memcmp(last.bytes + 12, now.bytes + 12, 14) == 0;
        last = now;
    }
    hostile_stop(&server);
    assert_true(same <= 2);
    assert_true(same_letters <= 3);
    close_bed(&bed);
}

static void
what_is_not_for_us(void **state)
{
    struct hostile_dns right = {.udp = GOOD, .mood = WRONG_THEN_RIGHT};
    struct hostile_dns id = {.udp = GOOD, .mood = WRONG_ID};
    struct hostile_dns question = {.udp = GOOD, .mood = WRONG_QUESTION};
    struct hostile_dns silent = {.mood = SILENT};
    struct bed bed;

    (void)state;
    open_bed(&bed);
    ask(&bed, &right, NULL);
    ask(&bed, &id, "dns.mismatch");
    ask(&bed, &question, "dns.mismatch");
    ask(&bed, &silent, "dns.timeout");
    assert_non_null(strstr(bed.answer.message, "asked 1 time"));
    close_bed(&bed);
}

/* It may be forged: TCP decides. */
static void
other_letters_go_to_tcp(void **state)
{
    struct hostile_dns server = {.udp = GOOD, .tcp = GOOD, .mood = OTHER_CASE};
    struct hostile_dns closes = {
        .udp = GOOD, .mood = OTHER_CASE, .tcp_closes = true};
    struct bed bed;

    (void)state;
    open_bed(&bed);
    ask(&bed, &server, NULL);
    assert_int_equal(bed.answer.transport, DNS_OVER_TCP);
    assert_false(bed.answer.was_cut);
    assert_true(bed.answer.has_other_case);
    ask(&bed, &closes, "dns.malformed");
    close_bed(&bed);
}

static void
what_was_cut_comes_over_tcp(void **state)
{
    struct hostile_dns server = {.udp = {{0x87, 0x80}, 1, 0, cut, sizeof(cut)},
                                 .tcp = GOOD};
    struct hostile_dns closes = {.udp = {.flags = {0x87, 0x80}},
                                 .tcp_closes = true};
    struct hostile_dns again = {.udp = {.flags = {0x87, 0x80}},
                                .tcp = {.flags = {0x87, 0x80}}};
    struct bed bed;

    (void)state;
    open_bed(&bed);
    ask(&bed, &server, NULL);
    assert_true(bed.answer.was_cut);
    assert_int_equal(bed.answer.transport, DNS_OVER_TCP);
    assert_true(bed.answer.connect_us >= 0);
    ask(&bed, &closes, "dns.truncated");
    ask(&bed, &again, "dns.truncated");
    close_bed(&bed);
}

static void
tcp_alone(void **state)
{
    struct hostile_dns server = {.tcp = GOOD};
    struct hostile_dns garbage = {
        .tcp = {{0x85, 0x80}, 1, 0, cut, sizeof(cut)}};
    struct hostile_dns closes = {.tcp_closes = true};
    struct bed bed;

    (void)state;
    open_bed(&bed);
    bed.transport = DNS_OVER_TCP;
    ask(&bed, &server, NULL);
    assert_int_equal(server.asked, 0);
    ask(&bed, &garbage, "dns.malformed");
    ask(&bed, &closes, "dns.malformed");
    close_bed(&bed);
}

/* Over a connection nobody else can have sent it. */
static void
no_message_over_tcp(void **state)
{
    struct hostile_dns empty = {.tcp = GOOD, .mood = EMPTY};
    struct hostile_dns garbage = {.tcp = {{0x85, 0x80}, 1, 0, cut, sizeof(cut)},
                                  .mood = WRONG_ID};
    struct hostile_dns id = {.tcp = GOOD, .mood = WRONG_ID};
    struct bed bed;

    (void)state;
    open_bed(&bed);
    bed.transport = DNS_OVER_TCP;
    ask(&bed, &empty, "dns.malformed");
    assert_non_null(strstr(bed.answer.message, "sent 0 bytes over tcp"));
    ask(&bed, &garbage, "dns.malformed");
    ask(&bed, &id, "dns.mismatch");
    close_bed(&bed);
}

static void
more_than_a_datagram_may_have(void **state)
{
    struct hostile_dns server = {.mood = SILENT};
    struct sockaddr_in to;
    socklen_t len = sizeof(to);
    uint8_t big[5000] = {0};
    struct bed bed;

    (void)state;
    open_bed(&bed);
    hostile_start(&server);
    start_on(&bed, server.ask, 10 * NS_PER_S);
    getsockname(bed.ask->fd, (struct sockaddr *)&to, &len);
    memcpy(big, bed.ask->query.data, 2);
    sendto(server.udp_fd, big, sizeof(big), 0, (struct sockaddr *)&to, len);
    loop_run(bed.loop);
    hostile_stop(&server);
    assert_int_equal(bed.answer.reason, REASON_DNS_MALFORMED);
    assert_non_null(strstr(bed.answer.message,
                           "sent 5000 bytes over udp, where 1232 were "
                           "allowed"));
    close_bed(&bed);
}

static void
garbage_and_nobody(void **state)
{
    struct hostile_dns garbage = {
        .udp = {{0x85, 0x80}, 1, 0, cut, sizeof(cut)}};
    struct bed bed;

    (void)state;
    open_bed(&bed);
    ask(&bed, &garbage, "dns.malformed");
    for (int i = DNS_OVER_UDP; i <= DNS_OVER_TCP; i++) {
        bed.transport = (enum dns_transport)i;
        start_on(&bed, "127.0.0.1:9", NS_PER_S);
        loop_run(bed.loop);
        assert_int_equal(bed.answer.reason, REASON_DNS_UNREACHABLE);
        assert_non_null(strstr(bed.answer.message, "127.0.0.1:9"));
    }
    close_bed(&bed);
}

static void
a_flood_ends(void **state)
{
    struct hostile_dns server = {.mood = SILENT};
    struct bed bed;

    (void)state;
    open_bed(&bed);
    hostile_start(&server);
    start_on(&bed, server.ask, 10 * NS_PER_S);
    bed.ask->datagrams = DATAGRAMS_MAX - 1;
    /* Sent by the server's own socket, so that the port is the right one. */
    {
        struct sockaddr_in to;
        socklen_t len = sizeof(to);

        getsockname(bed.ask->fd, (struct sockaddr *)&to, &len);
        sendto(server.udp_fd, "garbage-of-nobody", 17, 0,
               (struct sockaddr *)&to, len);
    }
    loop_run(bed.loop);
    hostile_stop(&server);
    assert_int_equal(bed.answer.reason, REASON_DNS_MISMATCH);
    close_bed(&bed);
}

static void
cancelled_or_expired(void **state)
{
    struct hostile_dns server = {.mood = SILENT};
    struct bed bed;

    (void)state;
    open_bed(&bed);
    hostile_start(&server);
    start_on(&bed, server.ask, 0);
    dns_ask_cancel(bed.ask);
    bed.ask = NULL;
    assert_int_equal(bed.told, 0);
    start_on(&bed, server.ask, 0);
    dns_ask_expire(bed.ask);
    assert_int_equal(bed.told, 1);
    assert_int_equal(bed.answer.reason, REASON_DNS_TIMEOUT);
    hostile_stop(&server);
    close_bed(&bed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_in_the_answer_are_as_asked),
        cmocka_unit_test(ids_ports_and_letters_are_random),
        cmocka_unit_test(what_is_not_for_us),
        cmocka_unit_test(other_letters_go_to_tcp),
        cmocka_unit_test(what_was_cut_comes_over_tcp),
        cmocka_unit_test(tcp_alone),
        cmocka_unit_test(no_message_over_tcp),
        cmocka_unit_test(more_than_a_datagram_may_have),
        cmocka_unit_test(garbage_and_nobody),
        cmocka_unit_test(a_flood_ends),
        cmocka_unit_test(cancelled_or_expired),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
