/*
 * tcp_seen.h - what the kernel knows of a TCP connection (TCP_INFO).
 *
 * Units       microseconds.
 * Errors      -1 with errno; what was seen before stays.
 * Threads     any.
 */
#ifndef BASE_TCP_SEEN_H
#define BASE_TCP_SEEN_H

#include <stdbool.h>
#include <stdint.h>

struct tcp_seen {
    int state;      /* TCP_ESTABLISHED, ...; -1 not seen */
    int64_t rtt_us; /* smoothed; -1 not seen, 0 none was measured */
    int retransmits;
};

#define TCP_SEEN_NONE ((struct tcp_seen){-1, -1, 0})

int tcp_seen_get(struct tcp_seen *seen, int fd);

/* It is, or was until the peer took it back.  A SYN that was refused has no
 * round trip. */
bool tcp_seen_is_connected(const struct tcp_seen *seen);

/* How long it took to connect, of a socket that has just connected; `waited_us`
 * is what its owner counted, who may have looked late. */
int64_t tcp_seen_connect_us(const struct tcp_seen *seen, int64_t waited_us);

#endif
