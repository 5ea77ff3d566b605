/*
 * dns_reply.h - what a small DNS server says: replies from text (the demo shop).
 *
 * Not a server: no sockets, no zone.
 *
 * Ownership   borrows.
 * Errors      -1: data that does not fit its type, a name that is none.
 * Threads     none of its own.
 */
#ifndef CHECKS_DNS_REPLY_H
#define CHECKS_DNS_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct dns_message;

/* Data as dns_codec_format_data() writes it; A, AAAA, CNAME, NS, PTR, MX, TXT,
 * SOA and SRV. */
struct dns_reply_record {
    const char *name;
    uint16_t type;
    uint32_t ttl;
    const char *data;
};

struct dns_reply {
    int rcode;
    bool aa;
    const struct dns_reply_record *record;
    size_t record_count;
    size_t size_max; /* over it the reply is empty and has TC set; a UDP
                        server gives the query's udp_size */
};

int dns_reply_encode(struct buf *out, const struct dns_message *query,
                     const struct dns_reply *reply);

#endif
