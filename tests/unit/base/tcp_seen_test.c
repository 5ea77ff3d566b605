/* What the kernel says of sockets that connected, and of one that did not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/tcp_seen.c"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int
listen_on_loopback(struct sockaddr_in *at)
{
    socklen_t len = sizeof *at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    *at = (struct sockaddr_in){.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(bind(fd, (struct sockaddr *)at, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)at, &len), 0);
    assert_int_equal(listen(fd, 1), 0);
    return fd;
}

static int
connect_to(const struct sockaddr_in *at)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)connect(fd, (const struct sockaddr *)at, sizeof *at);
    return fd;
}

static void
one_that_stands_has_a_round_trip(void **state)
{
    struct tcp_seen seen = TCP_SEEN_NONE;
    struct sockaddr_in at;
    int server = listen_on_loopback(&at);
    int fd = connect_to(&at);

    (void)state;
    assert_int_equal(tcp_seen_get(&seen, fd), 0);
    assert_int_equal(seen.state, TCP_ESTABLISHED);
    assert_true(seen.rtt_us > 0);
    assert_int_equal(seen.retransmits, 0);
    assert_true(tcp_seen_is_connected(&seen));
    close(fd);
    close(server);
}

static void
one_that_was_taken_back_did_connect(void **state)
{
    struct linger hard = {1, 0}; /* close() resets */
    struct tcp_seen seen = TCP_SEEN_NONE;
    struct sockaddr_in at;
    int server = listen_on_loopback(&at);
    int fd = connect_to(&at);
    int taken = accept(server, NULL, NULL);
    char byte;

    (void)state;
    assert_int_equal(
        setsockopt(taken, SOL_SOCKET, SO_LINGER, &hard, sizeof hard), 0);
    close(taken);
    assert_int_equal(recv(fd, &byte, 1, 0), -1);
    assert_int_equal(errno, ECONNRESET);
    assert_int_equal(tcp_seen_get(&seen, fd), 0);
    assert_int_not_equal(seen.state, TCP_ESTABLISHED);
    assert_true(tcp_seen_is_connected(&seen));
    close(fd);
    close(server);
}

static void
one_that_was_refused_did_not(void **state)
{
    struct tcp_seen seen = TCP_SEEN_NONE;
    struct sockaddr_in at;
    int fd;

    (void)state;
    close(listen_on_loopback(&at));
    fd = connect_to(&at);
    assert_int_equal(tcp_seen_get(&seen, fd), 0);
    assert_false(tcp_seen_is_connected(&seen));
    close(fd);
}

static void
what_is_no_tcp_socket_changes_nothing(void **state)
{
    struct tcp_seen seen = TCP_SEEN_NONE;
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    (void)state;
    assert_int_equal(tcp_seen_get(&seen, fd), -1);
    assert_int_equal(errno, ENOTSOCK);
    assert_int_equal(seen.state, -1);
    assert_int_equal(seen.rtt_us, -1);
    assert_false(tcp_seen_is_connected(&seen));
    close(fd);
}

static void
the_kernels_figure_counts_when_it_means_something(void **state)
{
    static const struct {
        struct tcp_seen seen;
        int64_t waited_us, connect_us;
    } cases[] = {
        {{TCP_ESTABLISHED, 900, 0}, 5000, 900},   /* we looked late */
        {{TCP_ESTABLISHED, 900, 1}, 5000, 5000},  /* a SYN was sent again */
        {{TCP_ESTABLISHED, 0, 0}, 5000, 5000},    /* none was measured */
        {{TCP_ESTABLISHED, -1, 0}, 5000, 5000},   /* none was seen */
        {{TCP_ESTABLISHED, 6000, 0}, 5000, 5000}, /* of a coarser clock */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(
            tcp_seen_connect_us(&cases[i].seen, cases[i].waited_us),
            cases[i].connect_us);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_stands_has_a_round_trip),
        cmocka_unit_test(one_that_was_taken_back_did_connect),
        cmocka_unit_test(one_that_was_refused_did_not),
        cmocka_unit_test(what_is_no_tcp_socket_changes_nothing),
        cmocka_unit_test(the_kernels_figure_counts_when_it_means_something),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
