/*
 * dns_stage.h - several name servers of one thread, for tests of what asks more
 * than one: each a loopback address, all on one port, answering from rows.
 *
 * Bytes are put together here and not by the codec.
 *
 * Lifecycle   stage_open() with rows that outlive it, stage_close().
 * Errors      cmocka's assertions.
 * Threads     its own.
 */
#ifndef TESTS_LIB_DNS_STAGE_H
#define TESTS_LIB_DNS_STAGE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STAGE_SERVERS 4
#define STAGE_RRS     6

enum { STAGE_AN = 6, STAGE_AU = 8, STAGE_AD = 10 }; /* where the count stands */

struct stage_rr {
    int section;
    const char *owner;
    int type;         /* 1 A, 2 NS, 5 CNAME, 6 SOA, 46 RRSIG of an A */
    const char *data; /* an address, a name; of SOA the serial, of RRSIG the
                         second it ends */
};

struct stage_row {
    int at; /* the server: 127.0.0.10 and on */
    const char *name;
    int type; /* 0: any */
    int rcode;
    bool aa;
    struct stage_rr rr[STAGE_RRS];
};

struct stage {
    const struct stage_row *row; /* what is in no row is REFUSED */
    size_t row_count;
    int fd[STAGE_SERVERS];
    int stop_fd[2];
    uint16_t port;
    atomic_int asked[STAGE_SERVERS];
    atomic_int recursive[STAGE_SERVERS]; /* questions with RD */
    pthread_t thread;
};

void stage_open(struct stage *stage, const struct stage_row *row, size_t count);
void stage_close(struct stage *stage);

/* "127.0.0.10:PORT" of a server. */
const char *stage_at(const struct stage *stage, int server, char to[32]);

/* What `server` answers to the question in `in`; its length. */
size_t stage_answer(struct stage *stage, int server, const uint8_t *in,
                    uint8_t *out);

/* A name, and a number of so many bytes, at `at`; where the next goes. */
size_t stage_put_name(uint8_t *out, size_t at, const char *text);
size_t stage_put(uint8_t *out, size_t at, unsigned value, int bytes);

#endif
