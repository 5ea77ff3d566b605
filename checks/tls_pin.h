/*
 * tls_pin.h - keys and certificates that a check insists on.
 *
 * "sha256/BASE64" is the SHA-256 of a public key (SubjectPublicKeyInfo), as
 * curl and RFC 7469 write it: it holds for any certificate of the verified
 * path, so that an authority may be pinned too; when nothing was verified, for
 * the leaf alone.  "leaf/HEX" is the SHA-256 of the leaf itself.
 *
 * Ownership   plain values.
 * Errors      tls_pin_parse() -1: neither of the two.
 * Threads     any.
 */
#ifndef CHECKS_TLS_PIN_H
#define CHECKS_TLS_PIN_H

#include <stdbool.h>
#include <stddef.h>

struct certs;

#define TLS_PIN_MAX 20 /* of a check */

struct tls_pin {
    bool is_leaf;
    char value[65]; /* base64 of the key's hash; hex of the leaf's */
};

int tls_pin_parse(struct tls_pin *pin, const char *text);
bool tls_pin_holds(const struct tls_pin *pin, const struct certs *certs);

#endif
