/*
 * tls_identity.h - the client's certificate and key, for a server that asks.
 *
 * Ownership   both texts are read and not kept; the session holds copies, that
 *             go with it.
 * Errors      -1, and `why` says which of the two is wrong, never what it is.
 * Threads     any.
 */
#ifndef CHECKS_TLS_IDENTITY_H
#define CHECKS_TLS_IDENTITY_H

#include <stddef.h>

struct ssl_st; /* OpenSSL's SSL */

/* `cert` PEM: the certificate, then what stands between it and a root. */
int tls_identity_set(struct ssl_st *ssl, const char *cert, const char *key,
                     char *why, size_t cap);
/* Is `cert` PEM with at least one certificate? */
int tls_identity_check(const char *cert, char *why, size_t cap);

#endif
