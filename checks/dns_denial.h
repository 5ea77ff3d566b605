/*
 * dns_denial.h - an NSEC or NSEC3 record that says: no nearer name exists.
 *
 * For an answer that was made of a wildcard, which speaks only for names that
 * do not exist and have no nearer wildcard (RFC 4035, 5.3.4; RFC 5155, 8.8).
 *
 * Not whether the record itself is signed (dns_signature.h).
 *
 * Ownership   borrows everything.
 * Errors      false: it does not, or not as far as this reads.
 * Threads     any.
 */
#ifndef CHECKS_DNS_DENIAL_H
#define CHECKS_DNS_DENIAL_H

#include <stdbool.h>
#include <stddef.h>

struct dns_message;
struct dns_name;
struct dns_record;

struct dns_denial {
    const struct dns_name *name; /* that was answered for */
    size_t labels;               /* of it, that the wildcard stands before */
    const struct dns_name *zone; /* that the record has to be of */
};

bool dns_denial_covers(const struct dns_message *m,
                       const struct dns_record *record,
                       const struct dns_denial *denial);

#endif
