/*
 * dns_key.h - one signature under one DNSKEY.
 *
 * The door to OpenSSL's keys for DNSSEC.  Not which bytes are signed
 * (dns_signature.h), and not whether the key itself is believed (dns_proof.h).
 *
 * RSA with SHA-256 and SHA-512, ECDSA P-256 and P-384, Ed25519 and Ed448: what
 * RFC 8624 has anybody sign with.
 *
 * Ownership   borrows everything.
 * Errors      false: it does not hold, or the key cannot be used.
 * Threads     any.
 */
#ifndef CHECKS_DNS_KEY_H
#define CHECKS_DNS_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dns_key_bytes {
    const uint8_t *data;
    size_t len;
};

/* `key` is the data of a DNSKEY record, `signature` an RRSIG's of the same
 * algorithm. */
bool dns_key_verify(struct dns_key_bytes key, struct dns_key_bytes text,
                    struct dns_key_bytes signature);

#endif
