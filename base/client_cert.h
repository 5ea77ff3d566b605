/*
 * client_cert.h - a client certificate and its key, from PEM text.
 *
 * Ownership   client_cert_parse() borrows the texts; client_cert_free().
 * Errors      -1 and `why`: what is wrong with which of the two, never what it
 *             is.
 * Threads     none of its own.
 */
#ifndef BASE_CLIENT_CERT_H
#define BASE_CLIENT_CERT_H

#include <stdbool.h>
#include <stddef.h>

struct evp_pkey_st;
struct ssl_ctx_st; /* OpenSSL's SSL_CTX */
struct ssl_st;     /* OpenSSL's SSL */
struct stack_st_X509;
struct x509_st;

struct client_cert {
    struct x509_st *leaf; /* NULL: none is configured */
    struct stack_st_X509 *chain;
    struct evp_pkey_st *key;
};

struct client_cert_text {
    const char *cert; /* the certificate, then what stands between it and a
                         root */
    size_t cert_len;
    const char *key; /* NULL: it is in `cert` */
    size_t key_len;
};

int client_cert_parse(struct client_cert *cert,
                      const struct client_cert_text *text, char *why,
                      size_t cap);
void client_cert_free(struct client_cert *cert);

/* Shows it to whoever asks: on connections made with `ctx`, or on `ssl`. */
int client_cert_set_all(const struct client_cert *cert, struct ssl_ctx_st *ctx,
                        char *why, size_t cap);
int client_cert_set(const struct client_cert *cert, struct ssl_st *ssl,
                    char *why, size_t cap);

/* Certificates alone: could they be shown, with the right key? */
bool client_cert_is_readable(const char *pem);

#endif
