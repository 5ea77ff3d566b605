#include "tests/lib/tiny_server.h"

#include <arpa/inet.h>
#include <assert.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

long
tiny_read(struct tiny_conn *conn, void *to, size_t len)
{
    if (conn->ssl != NULL)
        return SSL_read(conn->ssl, to, (int)len);
    return recv(conn->fd, to, len, 0);
}

void
tiny_write(struct tiny_conn *conn, const void *data, size_t len)
{
    if (len == 0)
        return;
    if (conn->ssl != NULL)
        SSL_write(conn->ssl, data, (int)len);
    else
        send(conn->fd, data, len, MSG_NOSIGNAL);
}

void
tiny_say(struct tiny_conn *conn, const char *text)
{
    tiny_write(conn, text, strlen(text));
}

bool
tiny_read_head(struct tiny_conn *conn)
{
    conn->request_len = 0;
    while (conn->request_len < sizeof conn->request - 1) {
        long n = tiny_read(conn, conn->request + conn->request_len,
                           sizeof conn->request - 1 - conn->request_len);
        if (n <= 0)
            return false;
        conn->request_len += (size_t)n;
        conn->request[conn->request_len] = '\0';
        if (strstr(conn->request, "\r\n\r\n") != NULL) {
            memcpy(conn->tiny->last, conn->request, conn->request_len + 1);
            return true;
        }
    }
    return false;
}

bool
tiny_read_request(struct tiny_conn *conn)
{
    char rest[4096];
    const char *length, *end;
    size_t want, got;

    if (!tiny_read_head(conn))
        return false;
    length = strcasestr(conn->request, "\r\nContent-Length:");
    want = length != NULL ? strtoul(length + 17, NULL, 10) : 0;
    end = strstr(conn->request, "\r\n\r\n") + 4;
    got = conn->request_len - (size_t)(end - conn->request);
    while (got < want) {
        long n = tiny_read(conn, rest, sizeof rest);
        if (n <= 0)
            return false;
        got += (size_t)n;
    }
    return true;
}

void
tiny_hold(struct tiny_conn *conn)
{
    struct pollfd fds[2] = {{.fd = conn->fd, .events = POLLRDHUP},
                            {.fd = conn->tiny->stop_fd[0], .events = POLLIN}};

    poll(fds, 2, -1);
}

void
tiny_reset(struct tiny_conn *conn)
{
    struct linger linger = {1, 0};

    setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

static void
serve_one(struct tiny *tiny, int fd)
{
    struct tiny_conn conn = {.tiny = tiny, .fd = fd};
    /* gcc would read it plainly for the call. */
    void (*serve)(struct tiny_conn *) = atomic_load(&tiny->serve);

    tiny->accepted++;
    if (tiny->ctx != NULL) {
        conn.ssl = SSL_new(tiny->ctx);
        SSL_set_fd(conn.ssl, fd);
    }
    if (conn.ssl != NULL && SSL_accept(conn.ssl) != 1) {
        tiny->refused++;
        /* Closing with bytes unread would reset, and overtake our alert. */
        shutdown(fd, SHUT_WR);
        while (recv(fd, conn.request, sizeof conn.request, 0) > 0)
            continue;
    } else {
        serve(&conn);
    }
    SSL_free(conn.ssl);
    close(fd);
}

static void *
run(void *cookie)
{
    struct tiny *tiny = cookie;
    struct pollfd fds[2] = {{.fd = tiny->listen_fd, .events = POLLIN},
                            {.fd = tiny->stop_fd[0], .events = POLLIN}};

    while (poll(fds, 2, -1) > 0 && fds[1].revents == 0) {
        int fd = accept(tiny->listen_fd, NULL, NULL);
        if (fd >= 0)
            serve_one(tiny, fd);
    }
    return NULL;
}

void
tiny_start(struct tiny *tiny)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    bool is_v6 = tiny->ip != NULL && strchr(tiny->ip, ':') != NULL;
    void *at = is_v6 ? (void *)&in6 : (void *)&in;
    socklen_t len = is_v6 ? sizeof in6 : sizeof in;

    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    in.sin_port = in6.sin6_port = htons(tiny->port);
    if (is_v6)
        assert(inet_pton(AF_INET6, tiny->ip, &in6.sin6_addr) == 1);
    else if (tiny->ip != NULL)
        assert(inet_pton(AF_INET, tiny->ip, &in.sin_addr) == 1);
    tiny->listen_fd =
        socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert(bind(tiny->listen_fd, at, len) == 0);
    assert(listen(tiny->listen_fd, 64) == 0);
    getsockname(tiny->listen_fd, at, &len);
    tiny->port = ntohs(is_v6 ? in6.sin6_port : in.sin_port);
    assert(pipe(tiny->stop_fd) == 0);
    assert(pthread_create(&tiny->thread, NULL, run, tiny) == 0);
}

void
tiny_stop(struct tiny *tiny)
{
    assert(write(tiny->stop_fd[1], "x", 1) == 1);
    pthread_join(tiny->thread, NULL);
    close(tiny->listen_fd);
    close(tiny->stop_fd[0]);
    close(tiny->stop_fd[1]);
}
