/*
 * icmp_packet.h - the bytes of an echo request, and which reply is one of ours.
 *
 * For a datagram socket of ICMP: the kernel fills in the identifier and the
 * checksum of what is sent, and hands over replies without their IP header.
 * Sending, waiting and counting are icmp_check.c.
 *
 * Ownership   borrows.
 * Units       bytes.
 * Errors      whatever is not ours is refused; nothing is read past its end.
 * Threads     any.
 */
#ifndef CHECKS_ICMP_PACKET_H
#define CHECKS_ICMP_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/id.h"

#define ICMP_PACKET_HEAD     8
#define ICMP_PACKET_SIZE_MIN 16   /* of the payload: the token */
#define ICMP_PACKET_SIZE_MAX 4096 /* of the payload: cut in parts on the way */
#define ICMP_PACKET_MAX      (ICMP_PACKET_HEAD + ICMP_PACKET_SIZE_MAX)

struct icmp_packet {
    bool is_v6;
    uint16_t id; /* of the socket; the kernel writes it itself when sending */
    uint16_t sequence;
    struct id token; /* of the run: begins the payload */
    size_t size;     /* of the payload */
};

/* Returns the bytes written. */
size_t icmp_packet_encode(uint8_t to[ICMP_PACKET_MAX],
                          const struct icmp_packet *packet);
/* True when `data` is the reply to a request like `sent`, of whatever
 * sequence, and whole; *sequence says which. */
bool icmp_packet_answers(const void *data, size_t len,
                         const struct icmp_packet *sent, uint16_t *sequence);
/* What an ICMP error says: "host unreachable"; never NULL. */
const char *icmp_packet_error_text(bool is_v6, unsigned type, unsigned code);

#endif
