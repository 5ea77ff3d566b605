/*
 * tiny_server.h - a server of one thread for tests: each connection is given to
 * a function that may answer as wrongly as it likes.
 *
 * Header only: a unit test links no test library.
 *
 * Lifecycle   tiny_start(), then tiny_stop(), which ends and joins the thread.
 * Errors      assertions.
 * Threads     `serve` runs on the server's thread, one connection at a time.
 */
#ifndef TESTS_LIB_TINY_SERVER_H
#define TESTS_LIB_TINY_SERVER_H

#include <arpa/inet.h>
#include <assert.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct tiny;

/* One accepted connection, TLS or not. */
struct tiny_conn {
    struct tiny *tiny;
    int fd;
    SSL *ssl;           /* NULL: plain */
    char request[4096]; /* what tiny_read_head() read */
    size_t request_len;
};

struct tiny {
    int listen_fd;
    int stop_fd[2];
    const char *ip; /* NULL: 127.0.0.1 */
    uint16_t port;  /* 0: any, and here is which */
    /* These may change between two connections. */
    SSL_CTX *_Atomic ctx; /* NULL: plain */
    void (*_Atomic serve)(struct tiny_conn *conn);
    const void *_Atomic arg;
    atomic_int accepted;
    atomic_int refused; /* TLS handshakes that failed */
    char last[4096];    /* newest request, for the test to read after a reply */
    pthread_t thread;
};

static inline long
tiny_read(struct tiny_conn *conn, void *to, size_t len)
{
    if (conn->ssl != NULL)
        return SSL_read(conn->ssl, to, (int)len);
    return recv(conn->fd, to, len, 0);
}

static inline void
tiny_write(struct tiny_conn *conn, const void *data, size_t len)
{
    if (len == 0)
        return;
    if (conn->ssl != NULL)
        SSL_write(conn->ssl, data, (int)len);
    else
        send(conn->fd, data, len, MSG_NOSIGNAL);
}

static inline void
tiny_say(struct tiny_conn *conn, const char *text)
{
    tiny_write(conn, text, strlen(text));
}

/* Reads up to the empty line; false when the client left before. */
static inline bool
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

/* The head and the body it announces: who closes with bytes unread resets. */
static inline bool
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

/* Waits until the client leaves or the server is told to stop. */
static inline void
tiny_hold(struct tiny_conn *conn)
{
    struct pollfd fds[2] = {{.fd = conn->fd, .events = POLLRDHUP},
                            {.fd = conn->tiny->stop_fd[0], .events = POLLIN}};

    poll(fds, 2, -1);
}

/* Closes with a reset instead of an end. */
static inline void
tiny_reset(struct tiny_conn *conn)
{
    struct linger linger = {1, 0};

    setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

static inline void
tiny_serve_one(struct tiny *tiny, int fd)
{
    struct tiny_conn conn = {.tiny = tiny, .fd = fd};

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
        tiny->serve(&conn);
    }
    SSL_free(conn.ssl);
    close(fd);
}

static inline void *
tiny_run(void *cookie)
{
    struct tiny *tiny = cookie;
    struct pollfd fds[2] = {{.fd = tiny->listen_fd, .events = POLLIN},
                            {.fd = tiny->stop_fd[0], .events = POLLIN}};

    while (poll(fds, 2, -1) > 0 && fds[1].revents == 0) {
        int fd = accept(tiny->listen_fd, NULL, NULL);
        if (fd >= 0)
            tiny_serve_one(tiny, fd);
    }
    return NULL;
}

static inline void
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
    assert(pthread_create(&tiny->thread, NULL, tiny_run, tiny) == 0);
}

static inline void
tiny_stop(struct tiny *tiny)
{
    assert(write(tiny->stop_fd[1], "x", 1) == 1);
    pthread_join(tiny->thread, NULL);
    close(tiny->listen_fd);
    close(tiny->stop_fd[0]);
    close(tiny->stop_fd[1]);
}

#endif
