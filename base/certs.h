/*
 * certs.h - what a certificate chain says, as plain values (OpenSSL's door).
 *
 * Units       times are wall_t; days are whole days left, floor, negative when
 *             past.
 * Ownership   made by certs_of(), freed by certs_free(); texts inside.
 * Threads     none of its own.
 */
#ifndef BASE_CERTS_H
#define BASE_CERTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

#define CERTS_MAX       10 /* of a chain; further ones are not looked at */
#define CERTS_NAMES_MAX 100

struct stack_st_X509;

struct cert {
    char subject[256]; /* common name, or the whole name */
    char issuer[256];
    char serial[64]; /* hex */
    wall_t not_before;
    wall_t not_after;
    char key_type[16]; /* "RSA", "EC", "Ed25519" */
    int key_bits;
    char signature[48]; /* "ecdsa-with-SHA256" */
    bool is_ca;
    bool is_self_signed;
    char sha256[65];
    char spki[48]; /* base64 of SHA-256 of the public key */
};

struct certs {
    size_t count; /* [0] is the leaf */
    struct cert cert[CERTS_MAX];
    char (*names)[256]; /* the leaf's DNS names and addresses */
    size_t name_count;
    int64_t chain_days; /* the fewest of the verified, else the sent chain */
};

struct certs *certs_of(const struct stack_st_X509 *chain, wall_t now);
void certs_free(struct certs *certs);
/* chain_days from the chain that verification built (with its root). */
void certs_set_verified(struct certs *certs,
                        const struct stack_st_X509 *verified, wall_t now);
int64_t certs_days(const struct cert *cert, wall_t now);

#endif
