/*
 * dns_tls.h - TLS over a connected socket, verified or refused.
 *
 * The door to OpenSSL for DNS over TLS.  Not a TLS check (tls_session.h): a
 * name server that cannot prove who it is gets no question.
 *
 * Lifecycle   dns_tls_open(); handshake, write and read until they say
 *             DNS_TLS_DONE; dns_tls_close().
 * Ownership   borrows the descriptor; the texts belong to the session.
 * Errors      DNS_TLS_FAILED, and dns_tls_why() says what.
 * Threads     the loop thread only.
 */
#ifndef CHECKS_DNS_TLS_H
#define CHECKS_DNS_TLS_H

#include <stddef.h>
#include <stdint.h>

#include "wire/reason.h"

struct dns_tls;
struct engine;
struct trust;

enum dns_tls_step {
    DNS_TLS_DONE,
    DNS_TLS_WANT_READ,
    DNS_TLS_WANT_WRITE,
    DNS_TLS_FAILED,
};

/* NULL: without memory, or `name` is none a certificate can be for. */
struct dns_tls *dns_tls_open(struct engine *engine, int fd, const char *name,
                             struct trust *trust);
void dns_tls_close(struct dns_tls *tls);

enum dns_tls_step dns_tls_handshake(struct dns_tls *tls);
/* `*len`: bytes there were, then bytes that went. */
enum dns_tls_step dns_tls_write(struct dns_tls *tls, const uint8_t *bytes,
                                size_t *len);
enum dns_tls_step dns_tls_read(struct dns_tls *tls, uint8_t *bytes,
                               size_t *len);

enum reason dns_tls_reason(const struct dns_tls *tls);
const char *dns_tls_why(const struct dns_tls *tls);

#endif
