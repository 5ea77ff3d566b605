/*
 * digest.h - SHA, HMAC, CRC-32C and random bytes (OpenSSL's).
 *
 * SHA-1 is here for what others demand (one-time codes, signed requests), never
 * for a decision of ours.
 *
 * Errors      a failing random generator ends the process: there is no safe
 *             way on without one.
 * Threads     any.
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_SHA256_BYTES 32
#define DIGEST_SHA1_BYTES   20
#define DIGEST_MAX          64 /* bytes of the longest digest */

enum digest_kind { DIGEST_SHA1, DIGEST_SHA256, DIGEST_SHA512 };

struct digest_bytes {
    const void *data;
    size_t len;
};

/* The digest of that kind; returns its bytes. */
size_t digest_hash(enum digest_kind kind, uint8_t out[DIGEST_MAX],
                   struct digest_bytes data);
size_t digest_hmac(enum digest_kind kind, uint8_t out[DIGEST_MAX],
                   struct digest_bytes key, struct digest_bytes data);
void digest_sha256(uint8_t out[DIGEST_SHA256_BYTES], const void *data,
                   size_t len);
/* For protocols that have it in their handshake, never to trust in. */
void digest_sha1(uint8_t out[DIGEST_SHA1_BYTES], const void *data, size_t len);
void digest_hmac_sha256(uint8_t out[DIGEST_SHA256_BYTES], const void *key,
                        size_t key_len, const void *data, size_t len);
/* RFC 3720's CRC-32C, continued from `crc` (0 to begin). */
uint32_t digest_crc32c(uint32_t crc, const void *data, size_t len);
void digest_random(void *out, size_t len);
/* Compares in time that does not depend on the contents. */
int digest_equal(const void *a, const void *b, size_t len); /* 1 equal */

#endif
