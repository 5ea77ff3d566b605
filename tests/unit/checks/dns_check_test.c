/* DNS checks against a server that answers as wrongly as a test asks for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/dns_check.c"

#include <poll.h>
#include <pthread.h>

#include "tests/lib/check_bed.h"

/* Bytes after the question, by hand: the codec is what is judged here. */
struct reply {
    uint8_t flags[2];
    uint8_t answers;
    uint8_t authority;
    const uint8_t *data;
    size_t len;
};

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
static const uint8_t cut[] = {0xc0, 12, 0, 1, 0};

#define OK(d, n)                                                               \
    {                                                                          \
        {0x85, 0x80}, n, 0, d, sizeof(d)                                       \
    }

static const struct reply good = OK(one_a, 1);

enum mood { PLAIN, WRONG_ID, WRONG_QUESTION, WRONG_THEN_RIGHT, SILENT };

struct server {
    struct reply udp;
    struct reply tcp;
    enum mood mood;
    int lose;
    bool tcp_closes;
    int udp_fd;
    int tcp_fd;
    int stop_fd[2];
    char ask[32];
    int asked;
    pthread_t thread;
};

static size_t
answer(const struct reply *reply, const uint8_t *in, uint8_t *out)
{
    size_t question = 12;

    while (in[question] != 0)
        question += in[question] + 1u;
    question += 5;
    memcpy(out, in, question);
    memcpy(out + 2, reply->flags, 2);
    memset(out + 6, 0, 6);
    out[7] = reply->answers;
    out[9] = reply->authority;
    if (reply->len > 0)
        memcpy(out + question, reply->data, reply->len);
    return question + reply->len;
}

static void
serve_udp(struct server *server)
{
    uint8_t in[600];
    uint8_t out[2000];
    struct sockaddr_storage from;
    socklen_t len = sizeof(from);
    size_t size;

    if (recvfrom(server->udp_fd, in, sizeof(in), 0, (struct sockaddr *)&from,
                 &len) < 17)
        return;
    if (server->asked++ < server->lose || server->mood == SILENT)
        return;
    size = answer(&server->udp, in, out);
    if (server->mood == WRONG_ID || server->mood == WRONG_THEN_RIGHT)
        out[0] ^= 0xff;
    if (server->mood == WRONG_QUESTION)
        out[13] ^= 0x01;
    (void)sendto(server->udp_fd, out, size, 0, (struct sockaddr *)&from, len);
    if (server->mood != WRONG_THEN_RIGHT)
        return;
    out[0] ^= 0xff;
    (void)sendto(server->udp_fd, out, size, 0, (struct sockaddr *)&from, len);
}

static void
serve_tcp(struct server *server)
{
    int fd = accept(server->tcp_fd, NULL, NULL);
    uint8_t in[600];
    uint8_t out[2000];
    size_t size;

    if (recv(fd, in, sizeof(in), 0) > 18 && !server->tcp_closes) {
        size = answer(&server->tcp, in + 2, out + 2);
        out[0] = (uint8_t)(size >> 8);
        out[1] = (uint8_t)size;
        /* In two pieces, so that the length alone is no whole message. */
        (void)send(fd, out, 1, MSG_NOSIGNAL);
        (void)send(fd, out + 1, size + 1, MSG_NOSIGNAL);
    }
    (void)close(fd);
}

static void *
serve(void *cookie)
{
    struct server *server = cookie;
    struct pollfd fds[3] = {{.fd = server->udp_fd, .events = POLLIN},
                            {.fd = server->tcp_fd, .events = POLLIN},
                            {.fd = server->stop_fd[0], .events = POLLIN}};

    while (poll(fds, 3, -1) > 0 && fds[2].revents == 0) {
        if (fds[0].revents != 0)
            serve_udp(server);
        if (fds[1].revents != 0)
            serve_tcp(server);
    }
    return NULL;
}

/* Both transports on one port that the kernel chose. */
static void
server_start(struct server *server)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    socklen_t len = sizeof(in);

    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (;;) {
        in.sin_port = 0;
        server->tcp_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        server->udp_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        assert_int_equal(
            bind(server->tcp_fd, (struct sockaddr *)&in, sizeof(in)), 0);
        getsockname(server->tcp_fd, (struct sockaddr *)&in, &len);
        if (bind(server->udp_fd, (struct sockaddr *)&in, sizeof(in)) == 0)
            break;
        (void)close(server->tcp_fd);
        (void)close(server->udp_fd);
    }
    assert_int_equal(listen(server->tcp_fd, 8), 0);
    assert_int_equal(pipe(server->stop_fd), 0);
    (void)snprintf(server->ask, sizeof(server->ask), "127.0.0.1:%u",
                   ntohs(in.sin_port));
    assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void
server_stop(struct server *server)
{
    assert_int_equal(write(server->stop_fd[1], "x", 1), 1);
    pthread_join(server->thread, NULL);
    (void)close(server->udp_fd);
    (void)close(server->tcp_fd);
    (void)close(server->stop_fd[0]);
    (void)close(server->stop_fd[1]);
}

static void
open_bed(struct check_bed *bed, const char *expect)
{
    static char name[] = "www.a.example";
    static char record[] = "A";

    check_bed_open(bed, SPEC_DNS, NULL);
    bed->spec.of.dns.name = name;
    bed->spec.of.dns.record = record;
    if (expect != NULL)
        check_bed_expect(bed, expect);
}

static void
run_on(struct check_bed *bed, struct server *server, enum status status,
       const char *reason)
{
    server_start(server);
    bed->one[0] = server->ask;
    bed->spec.of.dns.ask = (struct spec_list){bed->one, 1};
    check_bed_reason(bed, status, reason);
    server_stop(server);
}

static void
an_answer(void **state)
{
    struct server server = {.udp = good};
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
    struct server server = {.udp = OK(alias, 3)};
    struct server loop = {.udp = OK(circle, 2)};
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
        struct server server = {
            .udp = {.flags = {0x81, (uint8_t)(0x80 | rows[i].rcode)}}};

        run_on(&bed, &server, STATUS_DOWN, rows[i].reason);
        check_bed_evidence(&bed, "\"rcode\":\"");
    }
    check_bed_close(&bed);
}

static void
an_rcode_may_be_wanted(void **state)
{
    struct server server = {.udp = {.flags = {0x81, 0x83}}};
    struct server there = {.udp = good};
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
    struct server nodata = {.udp = {.flags = {0x81, 0x80}}};
    struct server lame = {.udp = {.flags = {0x81, 0x00}}};
    struct check_bed bed;

    (void)state;
    open_bed(&bed, NULL);
    run_on(&bed, &nodata, STATUS_DOWN, "dns.nodata");
    run_on(&bed, &lame, STATUS_DOWN, "dns.lame");
    check_bed_close(&bed);
}

static void
what_is_not_for_us_is_ignored(void **state)
{
    struct server right = {.udp = good, .mood = WRONG_THEN_RIGHT};
    struct server id = {.udp = good, .mood = WRONG_ID};
    struct server question = {.udp = good, .mood = WRONG_QUESTION};
    struct server garbage = {.udp = {{0x81, 0x80}, 1, 0, cut, sizeof(cut)}};
    struct server silent = {.mood = SILENT};
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
    struct server server = {.udp = good, .lose = 1};
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
    struct server server = {.udp = {{0x87, 0x80}, 1, 0, cut, sizeof(cut)},
                            .tcp = OK(one_a, 1)};
    struct server closes = {.udp = {.flags = {0x87, 0x80}}, .tcp_closes = true};
    struct server garbage = {.udp = {.flags = {0x87, 0x80}},
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
    static char no_address[] = "ns.example";
    struct check_bed bed;

    (void)state;
    open_bed(&bed, NULL);
    bed.spec.of.dns.ask = (struct spec_list){bed.one, 1};
    bed.one[0] = closed;
    check_bed_reason(&bed, STATUS_DOWN, "dns.unreachable");
    bed.one[0] = no_address;
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
        cmocka_unit_test(what_is_not_for_us_is_ignored),
        cmocka_unit_test(a_lost_datagram_is_sent_again),
        cmocka_unit_test(a_cut_answer_is_asked_for_over_tcp),
        cmocka_unit_test(nobody_there_and_nobody_to_ask),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
