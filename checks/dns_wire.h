/*
 * dns_wire.h - names inside a message, where compression lets them jump.
 *
 * Not names by themselves (dns_name.h), not whole messages (dns_codec.h).
 *
 * Ownership   borrows the bytes.
 * Errors      -1: a name that is none, runs over the span, or whose pointers
 *             do not lead backwards.
 * Threads     any.
 */
#ifndef CHECKS_DNS_WIRE_H
#define CHECKS_DNS_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "checks/dns_name.h"

struct buf_reader;

/* The bytes a name may be in: a message, or the part of it up to the end of
 * one record, so that no field runs over into the next. */
struct dns_span {
    const uint8_t *data;
    size_t len;
};

struct buf_reader dns_wire_reader(struct dns_span span, size_t at);
size_t dns_wire_offset(struct dns_span span, const struct buf_reader *r);
/* The name at `r`, which is left after it (after its first pointer). */
int dns_wire_get_name(struct dns_span span, struct buf_reader *r,
                      struct dns_name *name);

#endif
