/*
 * dns_signature.h - is every record of an answer signed with a zone's keys?
 *
 * For an answer that differs from the one that was validated, as that of a zone
 * may that signs while it answers (by turns, by place).  The keys have to be
 * proven by dns_proof.h.  What is made of a wildcard needs the proof that no
 * nearer name exists (dns_denial.h); what is denied (NXDOMAIN, no data) is not
 * for here.
 *
 * Ownership   borrows everything.
 * Errors      false: not, or not as far as this reads.
 * Threads     any.
 */
#ifndef CHECKS_DNS_SIGNATURE_H
#define CHECKS_DNS_SIGNATURE_H

#include <stdbool.h>

#include "base/clock.h"
#include "checks/dns_name.h"

struct dns_message;

/* Whose keys signed the answer, as it says; false: nobody did. */
bool dns_signature_signer(const struct dns_message *m, struct dns_name *signer);

/* Each set of records in the answer section has a signature, good at `now`, by
 * one of `keys`, which is the answer for the signer's DNSKEY. */
bool dns_signature_holds(const struct dns_message *m,
                         const struct dns_message *keys, wall_t now);

#endif
