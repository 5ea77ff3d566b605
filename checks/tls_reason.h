/*
 * tls_reason.h - what is wrong with a certificate chain or a handshake, by name.
 *
 * One table for TLS checks and for the https of HTTP checks.
 *
 * Ownership   plain values.
 * Errors      an error of OpenSSL that is in no row is tls.untrusted: what
 *             cannot be verified is not trusted.
 * Threads     any.
 */
#ifndef CHECKS_TLS_REASON_H
#define CHECKS_TLS_REASON_H

#include <stddef.h>
#include <stdint.h>

#include "wire/reason.h"

struct certs;

/* A set of tls.* reasons. */
struct tls_faults {
    uint32_t bits;
};

/* The fewest bits a key may have; 0: TLS_POLICY_RSA_BITS, TLS_POLICY_EC_BITS. */
struct tls_policy {
    int rsa_bits;
    int ec_bits;
};

#define TLS_POLICY_RSA_BITS 2048
#define TLS_POLICY_EC_BITS  224

/* `error` is X509_V_ERR_*; X509_V_OK adds nothing. */
void tls_reason_add_verify(struct tls_faults *faults, int error,
                           const struct certs *certs);
/* Keys and signatures, of what the server sent and of the path, that are too
 * weak. */
void tls_reason_add_weak(struct tls_faults *faults, const struct certs *certs,
                         const struct tls_policy *policy);
void tls_reason_add(struct tls_faults *faults, enum reason reason);
void tls_reason_remove(struct tls_faults *faults, enum reason reason);
/* Takes away what `insecure` lets pass: all but what a check asks for by name
 * (pins, application protocols). */
void tls_reason_forgive(struct tls_faults *faults);
/* The fault to name first; REASON_NONE when there is none. */
enum reason tls_reason_worst(const struct tls_faults *faults);
/* "expired, hostname": worst first. */
const char *tls_reason_format(char *to, size_t cap,
                              const struct tls_faults *faults);
/* One sentence about `reason` for this chain and host. */
const char *tls_reason_message(char *to, size_t cap, enum reason reason,
                               const struct certs *certs, const char *host);
/* A fatal alert (RFC 8446, 6) the server sent. */
enum reason tls_reason_of_alert(int alert);
/* One sentence about it, and what is usually behind it. */
const char *tls_reason_alert_message(char *to, size_t cap, int alert);

#endif
