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

#define CERTS_MAX       10 /* sent; further ones are not looked at */
#define CERTS_STORE_MAX 4  /* of the path and not sent; further are not kept */
#define CERTS_PATH_MAX  (CERTS_MAX + CERTS_STORE_MAX)
#define CERTS_NAMES_MAX 100

struct asn1_string_st; /* OpenSSL's ASN1_TIME */
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

/*
 * Two chains are told apart: what the server sent, in its order, and the path
 * that verification built from it and the store, from the leaf to its root.
 * What was sent may hold more (a certificate nobody needs, an old cross-signed
 * one that expires first) and never has to hold the root.
 */
struct certs {
    size_t count;                     /* sent; [0] is the leaf */
    size_t total;                     /* and what the path took of the store */
    struct cert cert[CERTS_PATH_MAX]; /* sent, then of the store */
    uint8_t path[CERTS_PATH_MAX];     /* indices of cert[], leaf first */
    size_t path_count;                /* 0: none led to a root */
    char (*names)[256];               /* the leaf's DNS names and addresses */
    size_t name_count;                /* kept; at most CERTS_NAMES_MAX */
    size_t name_total;                /* that the leaf has */
    int64_t chain_days; /* the fewest of the path; without one, of the sent */
    int64_t sent_days;  /* the fewest of the sent */
    wall_t sent_ends;   /* the first end of the sent */
    bool must_staple;   /* the leaf asks for a staple (RFC 7633) */
};

struct certs *certs_of(const struct stack_st_X509 *chain, wall_t now);
void certs_free(struct certs *certs);
/* Whether a verification that ended with `error` (X509_V_*) had a path up to a
 * trusted root: all was well, or a date alone was wrong. */
bool certs_has_path(int error);
/* Keeps the path, and chain_days of it. */
void certs_set_verified(struct certs *certs,
                        const struct stack_st_X509 *verified, wall_t now);
int64_t certs_days(const struct cert *cert, wall_t now);
/* The epoch when it cannot be read: long past rather than fine. */
wall_t certs_time(const struct asn1_string_st *time);

#endif
