#include "tests/lib/dns_server.h"

#include <arpa/inet.h>
#include <assert.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Length of the question at `q`: name, type, class. */
static size_t
question_len(const uint8_t *q, size_t len)
{
    size_t at = 0;

    while (at < len && q[at] != 0)
        at += q[at] + 1U;
    return at + 5;
}

static size_t
add(uint8_t *out, size_t at, const char *address, int n)
{
    bool is_v6 = strchr(address, ':') != NULL;
    size_t size = is_v6 ? 16 : 4;
    static const uint8_t head[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4};

    memcpy(out + at, head, sizeof head);
    out[at + 3] = is_v6 ? 28 : 1;
    out[at + 11] = (uint8_t)size;
    at += sizeof head;
    inet_pton(is_v6 ? AF_INET6 : AF_INET, address, out + at);
    out[at + size - 1] = (uint8_t)(out[at + size - 1] + n);
    return at + size;
}

static size_t
answer(const struct dns_server *server, const uint8_t *in, size_t len,
       uint8_t *out)
{
    size_t question = question_len(in + 12, len - 12);
    int type = in[12 + question - 4] << 8 | in[12 + question - 3];
    const char *address = type == 1 ? server->a : server->aaaa;
    int count = type == 1 && server->a_count ? server->a_count : 1;
    size_t at = 12 + question;
    int i;

    if (type != 1 && type != 28)
        address = NULL;
    memcpy(out, in, at);
    out[2] = 0x81;
    out[3] = (uint8_t)(0x80 | server->rcode);
    memset(out + 6, 0, 6);
    if (server->is_garbage) {
        out[7] = 1;
        return at + 3;
    }
    if (server->rcode != 0 || address == NULL)
        return at;
    for (i = 0; i < count; i++)
        at = add(out, at, address, i);
    out[7] = (uint8_t)count;
    return at;
}

static void *
run(void *cookie)
{
    struct dns_server *server = cookie;
    struct pollfd fds[2] = {{.fd = server->fd, .events = POLLIN},
                            {.fd = server->stop_fd[0], .events = POLLIN}};

    while (poll(fds, 2, -1) > 0 && fds[1].revents == 0) {
        uint8_t in[1500];
        uint8_t out[4096];
        struct sockaddr_in from;
        socklen_t from_len = sizeof from;
        long len = recvfrom(server->fd, in, sizeof in, 0,
                            (struct sockaddr *)&from, &from_len);

        if (len < 17)
            continue;
        server->from[server->asked % 16] = ntohs(from.sin_port);
        server->had_edns = in[11] == 1;
        if (server->asked++ < server->lose)
            continue;
        sendto(server->fd, out, answer(server, in, (size_t)len, out), 0,
               (struct sockaddr *)&from, from_len);
    }
    return NULL;
}

void
dns_server_start(struct dns_server *server)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    socklen_t len = sizeof in;

    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert(bind(server->fd, (struct sockaddr *)&in, sizeof in) == 0);
    getsockname(server->fd, (struct sockaddr *)&in, &len);
    server->port = ntohs(in.sin_port);
    snprintf(server->servers, sizeof server->servers, "127.0.0.1:%u",
             server->port);
    assert(pipe(server->stop_fd) == 0);
    assert(pthread_create(&server->thread, NULL, run, server) == 0);
}

void
dns_server_stop(struct dns_server *server)
{
    assert(write(server->stop_fd[1], "x", 1) == 1);
    pthread_join(server->thread, NULL);
    close(server->fd);
    close(server->stop_fd[0]);
    close(server->stop_fd[1]);
}
