/*
 * dns_name.h - a domain name: text to wire form and back.
 *
 * Not compression, which belongs to whole messages (dns_codec.h).
 *
 * Ownership   plain values.
 * Units       bytes.
 * Errors      -1: an empty or too long label or name, or a bad escape.
 * Threads     any.
 */
#ifndef CHECKS_DNS_NAME_H
#define CHECKS_DNS_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

#define DNS_NAME_MAX  255 /* on the wire, the root's zero included */
#define DNS_LABEL_MAX 63
#define DNS_NAME_TEXT 1024 /* as text: each byte may become \DDD */

struct dns_name {
    uint8_t byte[DNS_NAME_MAX]; /* labels as on the wire, no compression */
    size_t len;
};

/* "www.example.com", a last dot may be there; \. and \DDD as in zone files. */
int dns_name_parse(struct dns_name *name, const char *text);
/* Without the last dot, but for the root's ".". */
const char *dns_name_format(char to[DNS_NAME_TEXT],
                            const struct dns_name *name);
/* One byte of a text: as zone files have it between quotes, and for people,
 * who want it as it is but for what does not print. */
void dns_name_quote_byte(struct buf *out, uint8_t c);
void dns_name_plain_byte(struct buf *out, uint8_t c);
/* Case of ASCII letters does not matter, to any of these. */
bool dns_name_eq(const struct dns_name *a, const struct dns_name *b);
/* `name` is `zone` or below it. */
bool dns_name_in(const struct dns_name *name, const struct dns_name *zone);
/* As zones are sorted (RFC 4034, 6.1): below 0, 0 or above. */
int dns_name_order(const struct dns_name *a, const struct dns_name *b);
/* Labels, the root's not among them. */
size_t dns_name_labels(const struct dns_name *name);
/* How many labels both end with. */
size_t dns_name_shared(const struct dns_name *a, const struct dns_name *b);
/* Its last `labels`, of as many or more. */
void dns_name_cut(struct dns_name *name, size_t labels);
/* Without its first label; false: it is the root and stays. */
bool dns_name_up(struct dns_name *name);
void dns_name_lower(struct dns_name *name);

#endif
