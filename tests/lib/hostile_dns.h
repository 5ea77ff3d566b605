/*
 * hostile_dns.h - a name server of one thread for tests, UDP and TCP on one
 * port: bytes by hand after the question, as wrong as a test asks for.
 *
 * dns_server.h answers properly.
 *
 * Lifecycle   fill in the wishes, hostile_start(), hostile_stop().
 * Ownership   the bytes of a reply stay the test's.
 * Errors      cmocka's assertions.
 * Threads     its own; `asked` and hostile_newest() may be read at any time.
 */
#ifndef TESTS_LIB_HOSTILE_DNS_H
#define TESTS_LIB_HOSTILE_DNS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes after the question, by hand: the codec is what is judged here. */
struct hostile_reply {
    uint8_t flags[2];
    uint8_t answers;
    uint8_t authority;
    const uint8_t *data;
    size_t len;
};

enum mood {
    PLAIN,
    WRONG_ID,
    WRONG_QUESTION,
    WRONG_THEN_RIGHT,
    OTHER_CASE, /* over UDP the question's letters come back small */
    SILENT,
    EMPTY, /* over TCP a message of no bytes */
};

/* As it came over UDP. */
struct hostile_question {
    uint8_t bytes[600];
    uint16_t from_port;
};

struct hostile_dns {
    struct hostile_reply udp;
    struct hostile_reply tcp;
    enum mood mood;
    int lose; /* so many of the first questions over UDP */
    bool tcp_closes;
    int udp_fd;
    int tcp_fd;
    int stop_fd[2];
    char ask[32];     /* "127.0.0.1:PORT" */
    atomic_int asked; /* over UDP */
    struct hostile_question newest;
    pthread_mutex_t lock; /* of it: a question may be sent again at any time */
    pthread_t thread;
};

/* Both transports on one port that the kernel chose. */
void hostile_start(struct hostile_dns *server);
void hostile_stop(struct hostile_dns *server);

struct hostile_question hostile_newest(struct hostile_dns *server);

#endif
