/*
 * tls_staple.h - what an OCSP response that came with a handshake says of the
 * leaf (RFC 6960), verified against the leaf's issuer.
 *
 * Asks no responder: only what the server stapled.
 *
 * Ownership   plain values.
 * Units       times are wall_t; next_update 0: the response names none.
 * Errors      TLS_STAPLE_INVALID with `why`.
 * Threads     any.
 */
#ifndef CHECKS_TLS_STAPLE_H
#define CHECKS_TLS_STAPLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

struct stack_st_X509; /* OpenSSL's STACK_OF(X509) */

#define TLS_STAPLE_MAX     65536 /* bytes of a response; longer is invalid */
#define TLS_STAPLE_WHY_MAX 120

enum tls_staple_state {
    TLS_STAPLE_MISSING, /* none was sent */
    TLS_STAPLE_GOOD,
    TLS_STAPLE_REVOKED, /* also when the response is stale */
    TLS_STAPLE_UNKNOWN, /* the responder does not know the certificate */
    TLS_STAPLE_STALE,   /* past its next update, or before its time */
    TLS_STAPLE_INVALID, /* no response for this certificate by its issuer */
};

struct tls_staple {
    enum tls_staple_state state;
    wall_t this_update;
    wall_t next_update;
    wall_t revoked_at; /* TLS_STAPLE_REVOKED */
    char why[TLS_STAPLE_WHY_MAX];
};

/* `der` NULL: none was sent.  `chain` begins with the leaf and its issuer. */
void tls_staple_judge(struct tls_staple *staple, const uint8_t *der, size_t len,
                      struct stack_st_X509 *chain, wall_t now);
const char *tls_staple_name(enum tls_staple_state state); /* "good" */

#endif
