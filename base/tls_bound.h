/*
 * tls_bound.h - no peer keeps the TLS library busy for ever.
 *
 * OpenSSL reads on inside one call for as long as what comes is not for its
 * caller: a server that sends HelloRequest after HelloRequest instead of its
 * part of the handshake, or one session ticket after the other behind it, keeps
 * a loop's thread there, past every deadline.  Here the first HelloRequest in
 * the middle of a handshake ends the connection, and after the handshake each
 * call comes back at the latest with every such message.
 *
 * Not a deadline: those are the caller's.
 *
 * Threads     that of the context.
 */
#ifndef BASE_TLS_BOUND_H
#define BASE_TLS_BOUND_H

#include <stdbool.h>
#include <stddef.h>

struct ssl_ctx_st;
struct ssl_st;

/* For all connections made of `ctx` from now on; takes its message callback. */
void tls_bound_set(struct ssl_ctx_st *ctx);

/* The same for who has a message callback of their own: each message. */
void tls_bound_heed(struct ssl_st *ssl, int is_sent, int kind, const void *data,
                    size_t len);

/* Was this connection ended for what its peer sent?  To it that looks like the
 * end of the stream. */
bool tls_bound_is_cut(struct ssl_st *ssl);

#endif
