/*
 * dns_type.h - record types and response codes: their names, and for types
 * whose data is known, its grammar.
 *
 * How the grammar is read is dns_rdata.c.
 *
 * Ownership   constant.
 * Errors      0 for a type, as no record can have it.
 * Threads     any.
 */
#ifndef CHECKS_DNS_TYPE_H
#define CHECKS_DNS_TYPE_H

#include <stdbool.h>
#include <stdint.h>

enum dns_type {
    DNS_A = 1,
    DNS_NS = 2,
    DNS_CNAME = 5,
    DNS_SOA = 6,
    DNS_PTR = 12,
    DNS_MX = 15,
    DNS_TXT = 16,
    DNS_AAAA = 28,
    DNS_SRV = 33,
    DNS_NAPTR = 35,
    DNS_DNAME = 39,
    DNS_OPT = 41,
    DNS_DS = 43,
    DNS_RRSIG = 46,
    DNS_NSEC = 47,
    DNS_DNSKEY = 48,
    DNS_NSEC3 = 50,
    DNS_TLSA = 52,
    DNS_SVCB = 64,
    DNS_HTTPS = 65,
    DNS_CAA = 257,
};

enum dns_rcode {
    DNS_NOERROR = 0,
    DNS_FORMERR = 1,
    DNS_SERVFAIL = 2,
    DNS_NXDOMAIN = 3,
    DNS_NOTIMP = 4,
    DNS_REFUSED = 5,
    DNS_NOTAUTH = 9,
};

#define DNS_CLASS_IN 1

/* 1 for "A" in any case; 65280 for "TYPE65280"; 0: no type. */
uint16_t dns_type_parse(const char *name);
/* "A"; "TYPE65280" is written to `to`. */
#define DNS_TYPE_TEXT 16
const char *dns_type_format(char to[DNS_TYPE_TEXT], uint16_t type);
/* A record of a zone, and not a question only (ANY, AXFR) or a part of the
 * message itself (OPT, TSIG). */
bool dns_type_is_data(uint16_t type);
/* NULL: data of this type is not known here. */
const char *dns_type_grammar(uint16_t type);
/* The name nearest to `name`, or NULL. */
const char *dns_type_nearest(const char *name);
/* "NOERROR"; "RCODE77" is written to `to`. */
const char *dns_type_format_rcode(char to[DNS_TYPE_TEXT], int rcode);

#endif
