/*
 * full_server.h - a listener whose backlog is full: it answers no further SYN,
 * so that connecting to it takes for ever, or until it is drained.
 *
 * Lifecycle   full_server_open() .. full_server_close().
 * Errors      assertions.
 * Threads     any; the kernel serves.
 */
#ifndef TESTS_LIB_FULL_SERVER_H
#define TESTS_LIB_FULL_SERVER_H

#include <stdint.h>

#define FULL_SERVER_WAITING 4 /* more than a backlog of 0 has room for */

struct full_server {
    int fd;
    int waiting[FULL_SERVER_WAITING];
    uint16_t port; /* on 127.0.0.1 */
};

void full_server_open(struct full_server *full);
/* Takes who waits, and sends them away. */
void full_server_drain(struct full_server *full);
void full_server_close(struct full_server *full);

#endif
