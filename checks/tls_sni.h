/*
 * tls_sni.h - the host that a client names in its hello (RFC 6066, 3).
 *
 * Not what its certificate is held against: tls_session.h, dns_tls.h.
 *
 * Ownership   the name is copied.
 * Errors      -1: over 255 bytes, or without memory.
 * Threads     the session's.
 */
#ifndef CHECKS_TLS_SNI_H
#define CHECKS_TLS_SNI_H

struct ssl_st; /* OpenSSL's SSL */

int tls_sni_set(struct ssl_st *ssl, const char *name);

#endif
