/*
 * dns_rdata.h - the data of one record: is it well-formed, as text, and in the
 * one form that equal data has.
 *
 * Ownership   borrows.
 * Errors      -1: the data does not fit its type, or `out` is full.
 * Threads     any.
 */
#ifndef CHECKS_DNS_RDATA_H
#define CHECKS_DNS_RDATA_H

#include <stddef.h>
#include <stdint.h>

#include "checks/dns_wire.h"

struct buf;

/* Where the data is: from `at` to the end of the span. */
struct dns_rdata {
    struct dns_span span;
    size_t at;
    uint16_t type;
    uint16_t class;
};

/* Data of a type that is not known here is well-formed. */
int dns_rdata_check(const struct dns_rdata *data);
/*
 * As `dig +short` prints it, but names without their last dot and TXT as one
 * text without quotes: "192.0.2.1", "10 mail.example.com", "v=spf1 -all".
 * Unknown types as RFC 3597 has it: "\# 2 09AB".
 */
int dns_rdata_format(const struct dns_rdata *data, struct buf *out);
/* RFC 4034, 6.2, and 6840, 5.1: names whole and, but for those of newer types
 * and of NSEC, in lower case.  Also valid data itself. */
int dns_rdata_canonical(const struct dns_rdata *data, struct buf *out);

#endif
