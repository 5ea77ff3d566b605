/*
 * ocsp.h - OCSP responses for tests, as right or as wrong as they ask for.
 *
 * Ownership   the DER is the caller's, by OPENSSL_free().
 * Errors      assertions.
 */
#ifndef TESTS_LIB_OCSP_H
#define TESTS_LIB_OCSP_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/lib/pki.h"

struct ocsp_opts {
    int status;               /* V_OCSP_CERTSTATUS_*; 0 is good */
    long from_s;              /* seconds from now; 0: an hour ago */
    long to_s;                /* 0: in two days */
    bool is_endless;          /* names no next update */
    const char *md;           /* of the certificate's name; NULL: SHA1 */
    const struct pki *signer; /* NULL: the issuer */
};

/* Of `leaf`, which `issuer` signed; the length of `*der`. */
int ocsp_make(uint8_t **der, const struct pki *leaf, const struct pki *issuer,
              const struct ocsp_opts *opts);

#endif
