#include "tests/lib/hostile_dns.h"

#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static size_t
answer(const struct hostile_reply *reply, const uint8_t *in, uint8_t *out)
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
serve_udp(struct hostile_dns *server)
{
    uint8_t in[600];
    uint8_t out[2000];
    struct sockaddr_storage from;
    socklen_t len = sizeof(from);
    size_t size;

    if (recvfrom(server->udp_fd, in, sizeof(in), 0, (struct sockaddr *)&from,
                 &len) < 17)
        return;
    pthread_mutex_lock(&server->lock);
    memcpy(server->newest.bytes, in, sizeof(in));
    server->newest.from_port = ntohs(((struct sockaddr_in *)&from)->sin_port);
    pthread_mutex_unlock(&server->lock);
    if (server->asked++ < server->lose || server->mood == SILENT)
        return;
    size = answer(&server->udp, in, out);
    if (server->mood == WRONG_ID || server->mood == WRONG_THEN_RIGHT)
        out[0] ^= 0xff;
    if (server->mood == WRONG_QUESTION)
        out[13] ^= 0x01;
    for (size_t i = 12; server->mood == OTHER_CASE && out[i] != 0; i++)
        if (out[i] >= 'A' && out[i] <= 'Z')
            out[i] = (uint8_t)(out[i] | 0x20);
    (void)sendto(server->udp_fd, out, size, 0, (struct sockaddr *)&from, len);
    if (server->mood != WRONG_THEN_RIGHT)
        return;
    out[0] ^= 0xff;
    (void)sendto(server->udp_fd, out, size, 0, (struct sockaddr *)&from, len);
}

static void
serve_tcp(struct hostile_dns *server)
{
    int fd = accept(server->tcp_fd, NULL, NULL);
    uint8_t in[600];
    uint8_t out[2000];
    size_t size;

    if (recv(fd, in, sizeof(in), 0) > 18 && !server->tcp_closes) {
        size = answer(&server->tcp, in + 2, out + 2);
        size = server->mood == EMPTY ? 0 : size;
        out[2] ^= server->mood == WRONG_ID ? 0xff : 0;
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
    struct hostile_dns *server = cookie;
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

void
hostile_start(struct hostile_dns *server)
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
    assert_int_equal(pthread_mutex_init(&server->lock, NULL), 0);
    assert_int_equal(listen(server->tcp_fd, 8), 0);
    assert_int_equal(pipe(server->stop_fd), 0);
    (void)snprintf(server->ask, sizeof(server->ask), "127.0.0.1:%u",
                   ntohs(in.sin_port));
    assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

struct hostile_question
hostile_newest(struct hostile_dns *server)
{
    struct hostile_question newest;

    pthread_mutex_lock(&server->lock);
    newest = server->newest;
    pthread_mutex_unlock(&server->lock);
    return newest;
}

void
hostile_stop(struct hostile_dns *server)
{
    assert_int_equal(write(server->stop_fd[1], "x", 1), 1);
    pthread_join(server->thread, NULL);
    pthread_mutex_destroy(&server->lock);
    (void)close(server->udp_fd);
    (void)close(server->tcp_fd);
    (void)close(server->stop_fd[0]);
    (void)close(server->stop_fd[1]);
}
