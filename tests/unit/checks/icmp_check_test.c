/*
 * In a network of its own, where this process may send ICMP: the kernel as an
 * honest host, and a raw socket as one that is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/icmp_check.c"

#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/ioctl.h>

#include "tests/lib/check_bed.h"

#define PING_RANGE "/proc/sys/net/ipv4/ping_group_range"
#define IGNORE_ALL "/proc/sys/net/ipv4/icmp_echo_ignore_all"

static void
put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    (void)close(fd);
}

/* Root within, whoever runs this. */
static void
become_root(void)
{
    char map[64];
    unsigned uid = geteuid();
    unsigned gid = getegid();

    assert_int_equal(unshare(CLONE_NEWUSER), 0);
    put("/proc/self/setgroups", "deny");
    (void)snprintf(map, sizeof map, "0 %u 1", uid);
    put("/proc/self/uid_map", map);
    (void)snprintf(map, sizeof map, "0 %u 1", gid);
    put("/proc/self/gid_map", map);
}

static int
own_network(void **state)
{
    struct ifreq lo = {.ifr_name = "lo"};
    int fd;

    (void)state;
    if (geteuid() != 0)
        become_root();
    assert_int_equal(unshare(CLONE_NEWNET), 0);
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(ioctl(fd, SIOCGIFFLAGS, &lo), 0);
    lo.ifr_flags |= IFF_UP;
    assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &lo), 0);
    (void)close(fd);
    put(PING_RANGE, "0 0");
    return 0;
}

static void
open_ping(struct check_bed *bed, const char *host)
{
    check_bed_open(bed, SPEC_ICMP, NULL);
    (void)snprintf(bed->target, sizeof bed->target, "%s", host);
    bed->spec.of.icmp = (struct spec_icmp){.host = bed->target,
                                           .count = 3,
                                           .interval_ns = 5 * NS_PER_MS,
                                           .size = 56};
}

static void
an_honest_host(void **state)
{
    static const char *const hosts[] = {"127.0.0.1", "::1"};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct check_bed bed;

        open_ping(&bed, hosts[i]);
        check_bed_expect(&bed, "loss == 0 and rtt < 5s and rtt.min <= 5s");
        check_bed_expect(&bed, "rtt.max < 5s and ttl >= 64");
        check_bed_reason(&bed, STATUS_UP, "none");
        assert_string_equal(check_bed_text(&bed, FACT_IP), hosts[i]);
        assert_int_equal(check_bed_int(&bed, FACT_PACKETS_SENT), 3);
        assert_int_equal(check_bed_int(&bed, FACT_PACKETS_RECEIVED), 3);
        assert_int_equal(check_bed_int(&bed, FACT_LOSS), 0);
        assert_int_equal(check_bed_int(&bed, FACT_TTL), 64);
        assert_true(check_bed_int(&bed, FACT_RTT_MIN_US) <=
                    check_bed_int(&bed, FACT_RTT_US));
        assert_true(check_bed_int(&bed, FACT_RTT_US) <=
                    check_bed_int(&bed, FACT_RTT_MAX_US));
        assert_int_equal(bed.result->us[PHASE_WAIT],
                         check_bed_int(&bed, FACT_RTT_US));
        assert_int_equal(bed.result->us[PHASE_CONNECT], -1);
        check_bed_close(&bed);
    }
}

static void
sizes(void **state)
{
    struct check_bed bed;

    (void)state;
    open_ping(&bed, "127.0.0.1");
    bed.spec.of.icmp.size = ICMP_PACKET_SIZE_MIN;
    check_bed_reason(&bed, STATUS_UP, "none");
    bed.spec.of.icmp.size = ICMP_PACKET_SIZE_MAX;
    bed.spec.of.icmp.count = 1;
    check_bed_reason(&bed, STATUS_UP, "none");
    assert_int_equal(check_bed_int(&bed, FACT_PACKETS_SENT), 1);
    check_bed_close(&bed);
}

static void
nobody_answers(void **state)
{
    struct check_bed bed;

    (void)state;
    put(IGNORE_ALL, "1");
    open_ping(&bed, "127.0.0.1");
    bed.spec.timeout_ns = 100 * NS_PER_MS;
    check_bed_reason(&bed, STATUS_DOWN, "icmp.timeout");
    assert_string_equal(bed.result->message,
                        "3 packets to 127.0.0.1, and no reply");
    assert_int_equal(check_bed_int(&bed, FACT_LOSS), 100);
    assert_int_equal(check_bed_int(&bed, FACT_RTT_US), -1);
    check_bed_evidence(&bed, "\"rtt_ms\":[\"lost\",\"lost\",\"lost\"]");
    check_bed_close(&bed);
    put(IGNORE_ALL, "0");
}

static void
no_way_there(void **state)
{
    struct check_bed bed;

    (void)state;
    open_ping(&bed, "192.0.2.1");
    check_bed_reason(&bed, STATUS_DOWN, "icmp.unreachable");
    assert_non_null(strstr(bed.result->message, "192.0.2.1"));
    check_bed_close(&bed);
}

static void
without_permission(void **state)
{
    struct check_bed bed;

    (void)state;
    put(PING_RANGE, "1 0");
    open_ping(&bed, "127.0.0.1");
    check_bed_reason(&bed, STATUS_ERROR, "local.config");
    assert_non_null(strstr(bed.result->message, "net.ipv4.ping_group_range"));
    check_bed_close(&bed);
    put(PING_RANGE, "0 0");
}

static void
the_policy_is_asked(void **state)
{
    struct check_bed bed;

    (void)state;
    open_ping(&bed, "169.254.169.254");
    check_bed_reason(&bed, STATUS_ERROR, "policy.blocked");
    check_bed_close(&bed);
}

static void
cancelled_means_never_told(void **state)
{
    struct check_bed bed;
    struct check_run run = {0};

    (void)state;
    open_ping(&bed, "127.0.0.1");
    check_cancel(
        check_start(bed.engine, &bed.spec, &run, check_bed_on_done, &bed));
    check_bed_reason(&bed, STATUS_UP, "none");
    check_bed_close(&bed);
}

/* ---- a host that is not honest ---- */

struct liar {
    int fd;
    pthread_t thread;
    int stop_fd[2];
    /* Makes replies of a request; sends them by liar_send(). */
    void (*answer)(struct liar *liar, uint8_t *icmp, size_t len);
};

static uint16_t
checksum(const uint8_t *data, size_t len)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < len; i++)
        sum += (uint32_t)data[i] << (i % 2 == 0 ? 8 : 0);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static void
liar_send(struct liar *liar, uint8_t *icmp, size_t len)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    uint16_t sum;

    icmp[2] = icmp[3] = 0;
    sum = checksum(icmp, len);
    icmp[2] = (uint8_t)(sum >> 8);
    icmp[3] = (uint8_t)sum;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sendto(liar->fd, icmp, len, 0, (struct sockaddr *)&to, sizeof to);
}

static void *
liar_run(void *cookie)
{
    struct liar *liar = cookie;
    struct pollfd fds[2] = {{.fd = liar->fd, .events = POLLIN},
                            {.fd = liar->stop_fd[0], .events = POLLIN}};

    while (poll(fds, 2, -1) > 0 && fds[1].revents == 0) {
        uint8_t bytes[4096];
        ssize_t len = recv(liar->fd, bytes, sizeof bytes, 0);
        size_t head = len > 20 ? (size_t)(bytes[0] & 15) * 4 : 0;

        if (head >= 20 && (size_t)len > head + 8 && bytes[head] == 8)
            liar->answer(liar, bytes + head, (size_t)len - head);
    }
    return NULL;
}

static void
run_against(struct check_bed *bed, struct liar *liar)
{
    put(IGNORE_ALL, "1");
    liar->fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
    assert_true(liar->fd >= 0);
    assert_int_equal(pipe(liar->stop_fd), 0);
    assert_int_equal(pthread_create(&liar->thread, NULL, liar_run, liar), 0);
    check_bed_run(bed);
    assert_int_equal(write(liar->stop_fd[1], "x", 1), 1);
    pthread_join(liar->thread, NULL);
    (void)close(liar->fd);
    (void)close(liar->stop_fd[0]);
    (void)close(liar->stop_fd[1]);
    put(IGNORE_ALL, "0");
}

static void
answer_twice(struct liar *liar, uint8_t *icmp, size_t len)
{
    icmp[0] = 0;
    liar_send(liar, icmp, len);
    liar_send(liar, icmp, len);
}

/* Of another run, cut, with a sequence that was never sent, a wrong code, and
 * not at all. */
static void
answer_wrongly(struct liar *liar, uint8_t *icmp, size_t len)
{
    icmp[0] = 0;
    icmp[8] ^= 1;
    liar_send(liar, icmp, len);
    icmp[8] ^= 1;
    icmp[len - 1] ^= 1;
    liar_send(liar, icmp, len);
    icmp[len - 1] ^= 1;
    liar_send(liar, icmp, len - 1);
    icmp[1] = 1;
    liar_send(liar, icmp, len);
    icmp[1] = 0;
    icmp[6] = 0x77;
    liar_send(liar, icmp, len);
}

static void
answer_the_second(struct liar *liar, uint8_t *icmp, size_t len)
{
    icmp[0] = 0;
    if (icmp[7] == 1)
        liar_send(liar, icmp, len);
}

/* A far host: the answer to the second comes when the last is on its way. */
static void
answer_the_second_late(struct liar *liar, uint8_t *icmp, size_t len)
{
    icmp[0] = 0;
    if (icmp[7] != 2)
        return;
    icmp[7] = 1;
    liar_send(liar, icmp, len);
}

/* Host unreachable, about the packet it came for. */
static void
answer_unreachable(struct liar *liar, uint8_t *icmp, size_t len)
{
    uint8_t error[8 + 20 + 8] = {3, 1};
    uint8_t *ip = error + 8;

    (void)len;
    ip[0] = 0x45;
    ip[3] = 20 + 64;
    ip[8] = 64;
    ip[9] = IPPROTO_ICMP;
    ip[12] = ip[16] = 127;
    ip[15] = ip[19] = 1;
    memcpy(error + 28, icmp, 8);
    liar_send(liar, error, sizeof error);
}

static void
twice_is_once(void **state)
{
    struct liar liar = {.answer = answer_twice};
    struct check_bed bed;

    (void)state;
    open_ping(&bed, "127.0.0.1");
    check_bed_expect(&bed, "loss > 50");
    run_against(&bed, &liar);
    assert_int_equal(bed.result->reason, REASON_EXPECT_LOSS);
    assert_int_equal(check_bed_int(&bed, FACT_PACKETS_RECEIVED), 3);
    check_bed_evidence(&bed, "\"received\":3");
    check_bed_close(&bed);
}

static void
wrong_is_none(void **state)
{
    struct liar liar = {.answer = answer_wrongly};
    struct check_bed bed;

    (void)state;
    open_ping(&bed, "127.0.0.1");
    bed.spec.timeout_ns = 200 * NS_PER_MS;
    run_against(&bed, &liar);
    assert_int_equal(bed.result->reason, REASON_ICMP_TIMEOUT);
    assert_int_equal(check_bed_int(&bed, FACT_PACKETS_RECEIVED), 0);
    assert_null(strstr(bed.result->evidence, "\"foreign\":0"));
    check_bed_close(&bed);
}

static void
some_are_lost(void **state)
{
    struct liar liar = {.answer = answer_the_second};
    struct check_bed bed;

    (void)state;
    open_ping(&bed, "127.0.0.1");
    bed.spec.timeout_ns = 60 * NS_PER_S; /* it does not wait so long */
    check_bed_expect(&bed, "loss < 60");
    run_against(&bed, &liar);
    assert_int_equal(bed.result->status, STATUS_DOWN);
    assert_string_equal(reason_name(bed.result->reason), "expect.loss");
    assert_int_equal(check_bed_int(&bed, FACT_LOSS), 67);
    assert_non_null(strstr(bed.result->message, "66.6"));
    check_bed_close(&bed);
}

static void
the_first_answer_may_come_after_the_last_question(void **state)
{
    struct liar liar = {.answer = answer_the_second_late};
    struct check_bed bed;

    (void)state;
    open_ping(&bed, "127.0.0.1");
    bed.spec.timeout_ns = 60 * NS_PER_S;
    run_against(&bed, &liar);
    assert_int_equal(bed.result->status, STATUS_UP);
    assert_int_equal(check_bed_int(&bed, FACT_PACKETS_RECEIVED), 1);
    /* The whole timeout was not what it waited for. */
    assert_true(bed.result->us[PHASE_TOTAL] < 59 * NS_PER_S / NS_PER_US);
    check_bed_close(&bed);
}

static void
a_router_says_no(void **state)
{
    struct liar liar = {.answer = answer_unreachable};
    struct check_bed bed;

    (void)state;
    open_ping(&bed, "127.0.0.1");
    bed.spec.timeout_ns = 300 * NS_PER_MS;
    run_against(&bed, &liar);
    if (bed.result->reason != REASON_ICMP_UNREACHABLE)
        fail_msg("%s", bed.result->message);
    assert_non_null(
        strstr(bed.result->message, "host unreachable, says 127.0.0.1"));
    check_bed_close(&bed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_honest_host),
        cmocka_unit_test(sizes),
        cmocka_unit_test(nobody_answers),
        cmocka_unit_test(no_way_there),
        cmocka_unit_test(without_permission),
        cmocka_unit_test(the_policy_is_asked),
        cmocka_unit_test(cancelled_means_never_told),
        cmocka_unit_test(twice_is_once),
        cmocka_unit_test(wrong_is_none),
        cmocka_unit_test(some_are_lost),
        cmocka_unit_test(the_first_answer_may_come_after_the_last_question),
        cmocka_unit_test(a_router_says_no),
    };

    return cmocka_run_group_tests(tests, own_network, NULL);
}
