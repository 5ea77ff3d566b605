/*
 * tiny_server.h - a server of one thread for tests: each connection is given to
 * a function that may answer as wrongly as it likes.
 *
 * Not a server that does right: base/httpd.h is one.
 *
 * Lifecycle   set `serve` and what else is not as when zeroed, tiny_start(),
 *             then tiny_stop(), which ends and joins the thread.
 * Ownership   `ctx` stays the test's; a connection is closed once `serve`
 *             returns.
 * Errors      assertions; what goes wrong on a connection ends it.
 * Threads     `serve` runs on the server's thread, one connection at a time.
 */
#ifndef TESTS_LIB_TINY_SERVER_H
#define TESTS_LIB_TINY_SERVER_H

#include <openssl/types.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
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

void tiny_start(struct tiny *tiny);
void tiny_stop(struct tiny *tiny);

/* ---- for `serve` ---- */

/* As read(2): 0 or less when the client left. */
long tiny_read(struct tiny_conn *conn, void *to, size_t len);
void tiny_write(struct tiny_conn *conn, const void *data, size_t len);
void tiny_say(struct tiny_conn *conn, const char *text);

/* Reads up to the empty line; false when the client left before. */
bool tiny_read_head(struct tiny_conn *conn);
/* The head and the body it announces: who closes with bytes unread resets. */
bool tiny_read_request(struct tiny_conn *conn);

/* Waits until the client leaves or the server is told to stop. */
void tiny_hold(struct tiny_conn *conn);
/* Closes with a reset instead of an end. */
void tiny_reset(struct tiny_conn *conn);

#endif
