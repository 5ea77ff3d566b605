/* Questions are asked and answers read by libresolv and raw sockets. */
#include "cli/shop_dns.c"

#include <arpa/nameser.h>
#include <poll.h>
#include <pthread.h>
#include <resolv.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define WAIT_MS 5000

struct bed {
    struct loop *loop;
    struct shop_dns *dns;
    pthread_t thread;
};

static void *
turn(void *cookie)
{
    struct bed *bed = cookie;
    loop_run(bed->loop);
    return NULL;
}

static int
set_up(void **state)
{
    static struct bed bed;
    char why[256];
    bed.loop = loop_create();
    bed.dns = shop_dns_open(bed.loop, "127.0.0.1:0", why, sizeof why);
    *state = &bed;
    return bed.dns == NULL ||
           pthread_create(&bed.thread, NULL, turn, &bed) != 0;
}

static int
tear_down(void **state)
{
    struct bed *bed = *state;
    loop_stop(bed->loop);
    pthread_join(bed->thread, NULL);
    shop_dns_close(bed->dns);
    loop_free(bed->loop);
    return 0;
}

static int
dial(const struct bed *bed, int type)
{
    struct addr at;
    int fd = socket(AF_INET, type, 0);
    assert_int_equal(addr_parse_ip(&at, "127.0.0.1", shop_dns_port(bed->dns)),
                     0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&at.ss, at.len), 0);
    return fd;
}

static int
question(uint8_t *to, int cap, const char *name, int type)
{
    int n =
        res_mkquery(ns_o_query, name, ns_c_in, type, NULL, 0, NULL, to, cap);
    assert_true(n > 0);
    return n;
}

static size_t
read_some(int fd, uint8_t *to, size_t cap)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&p, 1, WAIT_MS), 1);
    ssize_t n = recv(fd, to, cap, 0);
    assert_true(n >= 0);
    return (size_t)n;
}

/* Asks over UDP; the reply's rcode, and its answers counted. */
static int
ask(const struct bed *bed, const char *name, int type, ns_msg *msg,
    uint8_t reply[DNS_MESSAGE_MAX])
{
    uint8_t query[512];
    int n = question(query, sizeof query, name, type);
    int fd = dial(bed, SOCK_DGRAM);
    assert_int_equal(send(fd, query, (size_t)n, 0), n);
    size_t got = read_some(fd, reply, DNS_MESSAGE_MAX);
    assert_memory_equal(query, reply, 2);
    assert_int_equal(ns_initparse(reply, (int)got, msg), 0);
    close(fd);
    return ns_msg_getflag(*msg, ns_f_rcode);
}

static void
the_zone(void **state)
{
    static const struct {
        const char *name;
        int type, rcode, answers;
    } rows[] = {
        {"shop.test", ns_t_a, 0, 1},     {"www.shop.test", ns_t_a, 0, 1},
        {"API.Shop.Test", ns_t_a, 0, 1}, {"pay.shop.test", ns_t_a, 0, 1},
        {"shop.test", ns_t_mx, 0, 1},    {"shop.test", ns_t_ns, 0, 1},
        {"shop.test", ns_t_soa, 0, 1},   {"shop.test", ns_t_txt, 0, 1},
        {"shop.test", ns_t_aaaa, 0, 0},  {"no.shop.test", ns_t_a, 3, 0},
        {"example.com", ns_t_a, 5, 0},   {"myshop.test", ns_t_a, 5, 0},
    };

    static uint8_t reply[DNS_MESSAGE_MAX];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ns_msg msg;
        int rcode = ask(*state, rows[i].name, rows[i].type, &msg, reply);
        assert_int_equal(rcode, rows[i].rcode);
        assert_int_equal(ns_msg_count(msg, ns_s_an), rows[i].answers);
        assert_int_equal(ns_msg_getflag(msg, ns_f_aa), rcode != 5);
    }
}

static void
an_address(void **state)
{
    static uint8_t reply[DNS_MESSAGE_MAX];
    static const uint8_t loopback[] = {127, 0, 0, 1};
    ns_msg msg;
    ns_rr rr;
    assert_int_equal(ask(*state, "www.shop.test", ns_t_a, &msg, reply), 0);
    assert_int_equal(ns_parserr(&msg, ns_s_an, 0, &rr), 0);
    assert_int_equal(ns_rr_rdlen(rr), 4);
    assert_memory_equal(ns_rr_rdata(rr), loopback, 4);
}

struct order {
    struct shop_dns *dns;
    bool broken;
    sem_t done;
};

static void
obey(void *cookie)
{
    struct order *order = cookie;
    shop_dns_set_broken(order->dns, order->broken);
    sem_post(&order->done);
}

/* On the server's own thread, and back when it is done. */
static void
set_broken(const struct bed *bed, bool broken)
{
    struct order order = {.dns = bed->dns, .broken = broken};
    sem_init(&order.done, 0, 0);
    loop_post(bed->loop, obey, &order);
    sem_wait(&order.done);
    sem_destroy(&order.done);
}

static void
broken_and_mended(void **state)
{
    static uint8_t reply[DNS_MESSAGE_MAX];
    struct bed *bed = *state;
    ns_msg msg;
    set_broken(bed, true);
    assert_int_equal(ask(bed, "shop.test", ns_t_a, &msg, reply), 2);
    assert_int_equal(ns_msg_count(msg, ns_s_an), 0);
    set_broken(bed, false);
    assert_int_equal(ask(bed, "shop.test", ns_t_a, &msg, reply), 0);
}

/* Two questions in one segment, and one in pieces, on one connection. */
static void
over_tcp(void **state)
{
    uint8_t out[1024], in[1024];
    int fd = dial(*state, SOCK_STREAM);
    int n = question(out + 2, 512, "shop.test", ns_t_a);
    out[0] = 0;
    out[1] = (uint8_t)n;
    memcpy(out + n + 2, out, (size_t)n + 2);
    assert_int_equal(send(fd, out, (size_t)(2 * (n + 2)), 0), 2 * (n + 2));
    size_t got = 0, one = 0;
    while (got < 2 || got < 2 * one) {
        got += read_some(fd, in + got, sizeof in - got);
        one = got < 2 ? 0 : 2 + ((size_t)in[0] << 8 | in[1]);
    }
    assert_int_equal(got, 2 * one);
    assert_memory_equal(in, in + one, one);

    for (int i = 0; i < n + 2; i++)
        assert_int_equal(send(fd, out + i, 1, 0), 1);
    got = 0;
    while (got < one)
        got += read_some(fd, in + got, sizeof in - got);
    assert_int_equal(got, one);
    close(fd);
}

/* What is no question gets no answer, and what follows is served. */
static void
garbage(void **state)
{
    static uint8_t reply[DNS_MESSAGE_MAX];
    uint8_t junk[300], in[16];
    ns_msg msg;
    memset(junk, 0xff, sizeof junk);
    int udp = dial(*state, SOCK_DGRAM);
    for (size_t len = 0; len < sizeof junk; len += 7)
        send(udp, junk, len, 0);
    close(udp);
    int tcp = dial(*state, SOCK_STREAM);
    junk[0] = 0;
    junk[1] = 20;
    send(tcp, junk, 22, MSG_NOSIGNAL);
    assert_int_equal(read_some(tcp, in, sizeof in), 2); /* length 0, closed */
    assert_int_equal(read_some(tcp, in, sizeof in), 0);
    close(tcp);
    assert_int_equal(ask(*state, "shop.test", ns_t_a, &msg, reply), 0);
}

static void
a_port_that_is_taken(void **state)
{
    struct bed *bed = *state;
    char why[256],
        *listen = str_xprintf("127.0.0.1:%u", shop_dns_port(bed->dns));
    assert_null(shop_dns_open(bed->loop, listen, why, sizeof why));
    assert_non_null(strstr(why, "is taken"));
    assert_non_null(strstr(why, strchr(listen, ':') + 1));
    free(listen);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_zone),
        cmocka_unit_test(an_address),
        cmocka_unit_test(broken_and_mended),
        cmocka_unit_test(over_tcp),
        cmocka_unit_test(garbage),
        cmocka_unit_test(a_port_that_is_taken),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
