/*
 * dns_ede.h - why a DNS server answers as it does: Extended DNS Errors
 * (RFC 8914), from the options of a reply's OPT record.
 *
 * SERVFAIL says nothing; a resolver that validates says "DNSSEC Bogus" or "No
 * Reachable Authority" beside it.
 *
 * Not a reason: servers need not send it, and nothing vouches for it.
 *
 * Ownership   borrows the message's bytes.
 * Errors      options that are cut short hold nothing.
 * Threads     any.
 */
#ifndef CHECKS_DNS_EDE_H
#define CHECKS_DNS_EDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_EDE_TEXT 160 /* bytes of one as text, NUL included */

struct dns_ede {
    bool is_there;
    uint16_t code;
    const uint8_t *words; /* the server's own; a stranger's bytes */
    size_t len;
};

/* The first one among the options. */
void dns_ede_decode(struct dns_ede *ede, const uint8_t *options, size_t len);
/* "No Reachable Authority (EDE 22): at delegation example"; "" without one. */
const char *dns_ede_format(char to[DNS_EDE_TEXT], const struct dns_ede *ede);

#endif
