/*
 * tls_bound.c - how a call of OpenSSL is kept short.
 *
 * A HelloRequest in a handshake is passed over by RFC 5246 (7.4.1.1), and no
 * server has a reason to send it: that is the whole of the first rule.  A
 * message callback cannot fail, so it takes away what is read from: the next
 * read finds the end of the stream.
 *
 * The second rule is SSL_MODE_AUTO_RETRY switched off: SSL_read() then says
 * WANT_READ after each message that is not application data.  OpenSSL keeps
 * nothing unread then (we never set read-ahead), so a level-triggered wait on
 * the socket misses nothing.
 */
#include "base/tls_bound.h"

#include <openssl/ssl.h>

void
tls_bound_heed(SSL *ssl, int is_sent, int kind, const void *data, size_t len)
{
    const unsigned char *message = data;
    /* Behind a handshake it asks for a new one, as servers do that want a
     * certificate for one path alone: the one that begins it is heard. */
    OSSL_HANDSHAKE_STATE at = SSL_get_state(ssl);
    bool is_asked = at == TLS_ST_OK || at == TLS_ST_CR_HELLO_REQ;
    BIO *end;

    /* A server refuses it by itself. */
    if (is_sent || SSL_is_server(ssl) || kind != SSL3_RT_HANDSHAKE ||
        len == 0 || message[0] != SSL3_MT_HELLO_REQUEST || is_asked)
        return;
    end = BIO_new(BIO_s_null());
    if (end != NULL)
        SSL_set0_rbio(ssl, end);
}

/* OpenSSL's type. */
static void /* NOLINTNEXTLINE(readability-function-size) */
on_message(int is_sent, int version, int kind, const void *data, size_t len,
           SSL *ssl, void *cookie)
{
    (void)version;
    (void)cookie;
    tls_bound_heed(ssl, is_sent, kind, data, len);
}

void
tls_bound_set(SSL_CTX *ctx)
{
    SSL_CTX_set_msg_callback(ctx, on_message);
    SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
}

bool
tls_bound_is_cut(SSL *ssl)
{
    BIO *in = SSL_get_rbio(ssl);

    return in != NULL && BIO_method_type(in) == BIO_TYPE_NULL;
}
