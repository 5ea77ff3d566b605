/*
 * pki.h - throw-away authorities and certificates for tests, made at run time.
 *
 * Ownership   pki_free() what pki_make() filled; texts are the caller's.
 * Errors      assertions: a test without its certificates proves nothing.
 */
#ifndef TESTS_LIB_PKI_H
#define TESTS_LIB_PKI_H

#include <openssl/types.h>
#include <stdbool.h>

struct pki {
    EVP_PKEY *key;
    X509 *cert;
};

struct pki_opts {
    const char *name;  /* common name */
    const char *san;   /* "DNS:localhost,IP:127.0.0.1", or NULL */
    const char *usage; /* extended key usage; NULL: serverAuth,clientAuth */
    long from_s;       /* seconds from now; 0: an hour ago */
    long to_s;         /* 0: in 30 days */
    bool is_ca;
    const char *curve;   /* NULL: P-256 */
    unsigned rsa_bits;   /* an RSA key instead; 0: none */
    const char *md;      /* of the signature; NULL: SHA256 */
    const char *feature; /* "status_request": must be stapled; or NULL */
};

/* `issuer` NULL: signs itself. */
void pki_make(struct pki *out, const struct pki *issuer,
              const struct pki_opts *opts);
void pki_free(struct pki *pki);

char *pki_pem(const struct pki *pki);
char *pki_key_pem(const struct pki *pki);
/* As a configuration has it between quotes. */
char *pki_quoted_pem(const struct pki *pki);

/* The certificate under a passphrase, which nobody does, and the standard input
 * says it, were anybody to ask. */
#define PKI_PASSPHRASE "sesame"
char *pki_locked_pem(const struct pki *pki);
void pki_say_passphrase(void);

/* Certificate, the issuer's after it when not NULL, and the key, to files. */
void pki_write(const struct pki *pki, const struct pki *chain,
               const char *cert_file, const char *key_file);

#endif
