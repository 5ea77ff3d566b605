/*
 * dns_codec.h - DNS messages to and from bytes (RFC 1035, 3596, 6891).
 *
 * Not a client (dns_ask.h) and not a server (dns_reply.h).  Takes apart
 * whatever a stranger sends, so every length is checked, every name bounded,
 * and a compression pointer may only point backwards.  Record data is
 * dns_rdata.h.
 *
 * Ownership   a decoded message borrows the bytes it was made from.
 * Units       ttl seconds, everything else as on the wire.
 * Errors      -1: decoding something that is not a whole, well-formed message
 *             (of the known types the record data too); encoding a name or
 *             data that no DNS message can hold.
 * Threads     none of its own.
 */
#ifndef CHECKS_DNS_CODEC_H
#define CHECKS_DNS_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checks/dns_ede.h"
#include "checks/dns_name.h"
#include "checks/dns_type.h"

struct buf;

#define DNS_RECORDS_MAX 128 /* kept of a message; further ones are counted */
#define DNS_MESSAGE_MAX 65535
#define DNS_UDP_SIZE    1232 /* announced by EDNS: fits any path unfragmented */
#define DNS_ANSWER_TEXT 8192 /* bytes of one record's data as text */

enum dns_section { DNS_IN_ANSWER, DNS_IN_AUTHORITY, DNS_IN_ADDITIONAL };

struct dns_record {
    uint16_t name_at; /* offsets into the message */
    uint16_t data_at;
    uint16_t data_len;
    uint16_t type;
    uint16_t class;
    uint32_t ttl;
    enum dns_section section;
    bool is_answer; /* see dns_codec_is_answer() */
};

/* What a message says before its records. */
struct dns_head {
    uint16_t id;
    int opcode;
    int rcode; /* with the upper bits of EDNS */
    bool is_response;
    bool aa, tc, rd, ra, ad, cd;
    bool has_question; /* a server that does not understand sends none */
    struct dns_name name;
    uint16_t type;
    uint16_t class;
};

struct dns_message {
    const uint8_t *data;
    size_t len;
    struct dns_head head;
    bool has_edns;
    bool dnssec_ok;  /* DO */
    size_t udp_size; /* what the sender takes; 512 without EDNS */
    struct dns_ede ede;
    const char *fault; /* what is wrong with it, for people; NULL: nothing */
    size_t answers; /* records that answer the question, those not kept too */
    size_t foreign; /* of the asked type in the answer section, and of another
                        name or class */
    size_t record_count;
    struct dns_record record[DNS_RECORDS_MAX];
};

/* A head and its question, for so many records to follow. */
int dns_codec_encode_head(struct buf *out, const struct dns_head *head,
                          size_t answers, size_t additional);
/* The record of EDNS: the size a sender takes, and DO. */
int dns_codec_encode_edns(struct buf *out, uint16_t udp_size, bool want_dnssec);

/* What is asked. */
struct dns_question {
    struct dns_name name;
    uint16_t type;
    uint16_t udp_size; /* 0: no EDNS, and so no DO */
    bool recurse;      /* RD */
    bool authentic;    /* AD: a resolver says whether it validated */
    bool unchecked;    /* CD */
    bool want_dnssec;  /* DO */
};

int dns_codec_encode_query(struct buf *out, uint16_t id,
                           const struct dns_question *question);

int dns_codec_decode(struct dns_message *message, const void *data, size_t len);
int dns_codec_get_owner(const struct dns_message *message,
                        const struct dns_record *record, struct dns_name *name);
/* The name that the data is (CNAME, NS, PTR); -1: it is of another type. */
int dns_codec_get_target(const struct dns_message *message,
                         const struct dns_record *record,
                         struct dns_name *name);
/* dns_rdata.h: as text, and canonical. */
int dns_codec_format_data(const struct dns_message *message,
                          const struct dns_record *record, struct buf *out);
int dns_codec_canonical_data(const struct dns_message *message,
                             const struct dns_record *record, struct buf *out);
/* The alias of `name` in the answer; false: it has none and stays. */
bool dns_codec_follow(const struct dns_message *message, struct dns_name *name);
/* Where the aliases of the asked name lead; false: it has none, or they were
 * asked for.  In a circle: some name of it. */
bool dns_codec_get_end(const struct dns_message *message,
                       struct dns_name *name);
/* Record `at` answers the question: class IN, of the asked type, in the answer
 * section, of the name that the aliases of the asked one lead to. */
bool dns_codec_is_answer(const struct dns_message *message, size_t at);
/* What an RRSIG covers, and until when (seconds since 1970); 0: none. */
uint16_t dns_codec_get_rrsig(const struct dns_message *message,
                             const struct dns_record *record, uint32_t *until);
/* The serial of a SOA; false: it is none. */
bool dns_codec_get_serial(const struct dns_message *message,
                          const struct dns_record *record, uint32_t *serial);

#endif
