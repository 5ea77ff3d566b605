/*
 * dns_svcb.h - the parameters of SVCB and HTTPS records (RFC 9460, 9461).
 *
 * Ownership   borrows.
 * Errors      -1: out of order, of the wrong length, or empty where no value
 *             may be.
 * Threads     any.
 */
#ifndef CHECKS_DNS_SVCB_H
#define CHECKS_DNS_SVCB_H

struct buf;
struct buf_reader;

/* Reads all that is left of `r`.  Each parameter is printed with a space
 * before it; `out` NULL: only checked. */
int dns_svcb_walk(struct buf_reader *r, struct buf *out);

#endif
