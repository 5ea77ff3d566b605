/*
 * fetch_cert.h - a client certificate and its key, from PEM text.
 *
 * Of the fetcher's files alone.  Files of PEM are left to libcurl, which can
 * tell by their names whether a kept connection was made with the same.
 *
 * Ownership   fetch_cert_parse() borrows the texts; fetch_cert_free().
 * Errors      -1 and `why`: what is wrong with which of the two.
 * Threads     none of its own.
 */
#ifndef BASE_FETCH_CERT_H
#define BASE_FETCH_CERT_H

#include <stddef.h>

struct evp_pkey_st;
struct fetch_opts;
struct stack_st_X509;
struct x509_st;

struct fetch_cert {
    struct x509_st *leaf; /* NULL: none is configured */
    struct stack_st_X509 *chain;
    struct evp_pkey_st *key;
};

int fetch_cert_parse(struct fetch_cert *cert, const struct fetch_opts *opts,
                     char *why, size_t cap);
void fetch_cert_free(struct fetch_cert *cert);

/* Shows it to whoever asks on connections made with `ssl_ctx` (an SSL_CTX). */
int fetch_cert_set(const struct fetch_cert *cert, void *ssl_ctx, char *why,
                   size_t cap);

#endif
