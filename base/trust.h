/*
 * trust.h - which certificate authorities are believed: one shared X509 store.
 *
 * Reading Debian's bundle costs 30 ms, so it happens once a process; curl and
 * our own TLS use the same store.  With a CAPATH libcurl would read the bundle
 * for every exchange; base/fetch_easy.c sets CAINFO and CAPATH to NULL.
 *
 * Ownership   counted: trust_ref()/trust_free().
 * Errors      NULL, and `why` says what, with the path.
 * Threads     read-only once made: any.
 */
#ifndef BASE_TRUST_H
#define BASE_TRUST_H

#include <stddef.h>
#include <stdint.h>

struct x509_store_st; /* OpenSSL's X509_STORE */
struct trust;

#define TRUST_SYSTEM "/etc/ssl/certs/ca-certificates.crt"

/* `file` PEM bundle; NULL is the system's, "" is none.  `pem` (may be NULL)
 * adds the certificates of a text. */
struct trust *trust_create(const char *file, const char *pem, char *why,
                           size_t cap);
struct trust *trust_ref(struct trust *trust);
void trust_free(struct trust *trust);
struct x509_store_st *trust_store(struct trust *trust);
size_t trust_count(const struct trust *trust);

#endif
