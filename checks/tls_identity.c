#include "checks/tls_identity.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <string.h>

#include "base/str.h"

#define CHAIN_MAX 10 /* certificates after the first; further are not sent */

/* A key under a passphrase is no key: nobody is there to type it. */
static int
no_passphrase(char *to, int cap, int is_write, void *cookie)
{
    if (cap > 0)
        to[0] = '\0';
    (void)is_write;
    (void)cookie;
    return -1;
}

static X509 *
read_cert(BIO *bio)
{
    return PEM_read_bio_X509(bio, NULL, no_passphrase, NULL);
}

/* The first certificate, then the chain. */
static int
set_certs(SSL *ssl, const char *text)
{
    BIO *bio = BIO_new_mem_buf(text, -1);
    X509 *cert = bio != NULL ? read_cert(bio) : NULL;
    int rc = cert != NULL && SSL_use_certificate(ssl, cert) == 1 ? 0 : -1;

    for (int i = 0; rc == 0 && i < CHAIN_MAX; i++) {
        X509_free(cert);
        cert = read_cert(bio);
        if (cert == NULL)
            break;
        rc = SSL_add1_chain_cert(ssl, cert) == 1 ? 0 : -1;
    }
    X509_free(cert);
    BIO_free(bio);
    ERR_clear_error();
    return rc;
}

static int
set_key(SSL *ssl, const char *text, char *why, size_t cap)
{
    BIO *bio = BIO_new_mem_buf(text, -1);
    EVP_PKEY *key =
        bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL)
                    : NULL;
    int rc = 0;

    if (key == NULL) {
        (void)str_copy(why, cap,
                       "the client's key cannot be read; write it as PEM "
                       "without a passphrase");
        rc = -1;
    } else if (SSL_use_PrivateKey(ssl, key) != 1) {
        (void)str_copy(why, cap,
                       "the client's key does not belong to its certificate");
        rc = -1;
    }
    EVP_PKEY_free(key);
    BIO_free(bio);
    ERR_clear_error();
    return rc;
}

int
tls_identity_set(SSL *ssl, const char *cert, const char *key, char *why,
                 size_t cap)
{
    if (set_certs(ssl, cert) != 0) {
        (void)str_copy(why, cap, "the client's certificate cannot be read");
        return -1;
    }
    return set_key(ssl, key, why, cap);
}

int
tls_identity_check(const char *cert, char *why, size_t cap)
{
    BIO *bio = BIO_new_mem_buf(cert, -1);
    X509 *first = bio != NULL ? read_cert(bio) : NULL;
    bool is_right = first != NULL;

    if (!is_right)
        (void)str_copy(why, cap, "it holds no certificate in PEM");
    X509_free(first);
    BIO_free(bio);
    ERR_clear_error();
    return is_right ? 0 : -1;
}
