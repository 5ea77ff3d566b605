/*
 * dns_server.h - a name server of one thread for tests: UDP, one answer for
 * each type, and as many losses as asked for.
 *
 * hostile_dns.h answers as no server should, dns_stage.h is several at once.
 *
 * Lifecycle   fill in the wishes, dns_server_start(), dns_server_stop().
 * Errors      assertions.
 * Threads     its own; what is atomic may be set and read while it serves.
 */
#ifndef TESTS_LIB_DNS_SERVER_H
#define TESTS_LIB_DNS_SERVER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct dns_server {
    const char *_Atomic a; /* address, or NULL: none of this type */
    const char *_Atomic aaaa;
    atomic_int rcode;   /* not 0: instead of an answer */
    atomic_int lose;    /* so many of the first questions are not answered */
    atomic_int a_count; /* A records, counted up from `a`; 0: one */
    bool is_garbage;
    int fd;
    int stop_fd[2];
    uint16_t port;
    char servers[32]; /* for resolver_create() */
    atomic_int asked;
    atomic_bool had_edns;
    _Atomic uint16_t from[16]; /* source ports seen */
    pthread_t thread;
};

void dns_server_start(struct dns_server *server);
void dns_server_stop(struct dns_server *server);

#endif
