/*
 * certs_known.h - chains that were verified already.
 *
 * Not of what a verification is made: the caller keeps one table for each set
 * of rules (security level, purposes).
 *
 * Verifying costs an eighth of a TLS check's CPU, and most runs meet the chain
 * they met before.  The same bytes, for the same host, under the same
 * authorities, give the same path for as long as every certificate on it is in
 * its dates; nothing else goes into a verification (there are no revocation
 * lists; staples are judged at each handshake).  Only what verified without
 * any fault is kept.
 *
 * Ownership   holds what it needs of trust and certificates.
 * Errors      a chain that is not known is verified; a full table forgets.
 * Threads     the caller's; none of its own.
 */
#ifndef BASE_CERTS_KNOWN_H
#define BASE_CERTS_KNOWN_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/digest.h"

struct stack_st_X509;
struct certs_known;
struct trust;

#define CERTS_KNOWN_MAX                                                        \
    1024 /* chains; two of the same place displace another */

struct certs_known_key {
    uint8_t sum[DIGEST_SHA256_BYTES];
};

struct certs_known *certs_known_create(void);
void certs_known_free(struct certs_known *known);

/* All zero when it cannot be made: such a chain is never known. */
void certs_known_key(struct certs_known_key *key,
                     const struct stack_st_X509 *sent,
                     const struct trust *trust, const char *host);
/* The path, leaf first, the caller's; NULL: not known, or out of its dates. */
struct stack_st_X509 *certs_known_find(struct certs_known *known,
                                       const struct certs_known_key *key,
                                       const struct stack_st_X509 *sent,
                                       wall_t now);
void certs_known_add(struct certs_known *known,
                     const struct certs_known_key *key, struct trust *trust,
                     const struct stack_st_X509 *sent,
                     const struct stack_st_X509 *path);
/* How often one was found. */
size_t certs_known_hits(const struct certs_known *known);

#endif
