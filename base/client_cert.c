#include "base/client_cert.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

#include "base/pem.h"
#include "base/str.h"

static int
refuse(char *why, size_t cap, const char *words)
{
    ERR_clear_error();
    (void)str_copy(why, cap, words);
    return -1;
}

static BIO *
open_text(const char *pem, size_t len)
{
    return len <= INT_MAX ? BIO_new_mem_buf(pem, (int)len) : NULL;
}

static int
parse_certs(struct client_cert *cert, const char *pem, size_t len)
{
    BIO *bio = open_text(pem, len);
    X509 *next = NULL;

    if (bio == NULL)
        return -1;
    cert->leaf = PEM_read_bio_X509(bio, NULL, pem_no_passphrase, NULL);
    cert->chain = sk_X509_new_null();
    while (cert->leaf != NULL && cert->chain != NULL &&
           (next = PEM_read_bio_X509(bio, NULL, pem_no_passphrase, NULL)) !=
               NULL) {
        if (sk_X509_push(cert->chain, next) > 0)
            continue;
        X509_free(next);
        break;
    }
    /* The end of the text is an error too; a broken block is another. */
    BIO_free(bio);
    if (cert->leaf == NULL || cert->chain == NULL ||
        ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        return -1;
    ERR_clear_error();
    return 0;
}

int
client_cert_parse(struct client_cert *cert, const struct client_cert_text *text,
                  char *why, size_t cap)
{
    bool is_alone = text->key == NULL;
    bool is_locked = false;
    BIO *bio;

    ERR_clear_error();
    if (parse_certs(cert, text->cert, text->cert_len) != 0)
        return refuse(why, cap, "the client certificate is no PEM text");
    bio = is_alone ? open_text(text->cert, text->cert_len)
                   : open_text(text->key, text->key_len);
    if (bio != NULL)
        cert->key =
            PEM_read_bio_PrivateKey(bio, NULL, pem_no_passphrase, &is_locked);
    BIO_free(bio);
    if (is_locked)
        return refuse(why, cap,
                      "the key of the client certificate has a passphrase; "
                      "store it without");
    if (cert->key == NULL)
        return refuse(why, cap,
                      is_alone ? "the client certificate comes without a key"
                               : "the key of the client certificate is no PEM "
                                 "text");
    if (X509_check_private_key(cert->leaf, cert->key) != 1)
        return refuse(why, cap,
                      "the key is not that of the client certificate");
    return 0;
}

void
client_cert_free(struct client_cert *cert)
{
    X509_free(cert->leaf);
    sk_X509_pop_free(cert->chain, X509_free);
    EVP_PKEY_free(cert->key);
    memset(cert, 0, sizeof *cert);
}

/* What TLS itself does not take: a key too short, a digest too weak. */
static int
refuse_use(char *why, size_t cap)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());

    (void)snprintf(why, cap, "the client certificate cannot be used: %s",
                   reason ? reason : "no memory");
    ERR_clear_error();
    return -1;
}

int
client_cert_set_all(const struct client_cert *cert, SSL_CTX *ctx, char *why,
                    size_t cap)
{
    if (cert->leaf == NULL)
        return 0;
    ERR_clear_error();
    if (SSL_CTX_use_certificate(ctx, cert->leaf) == 1 &&
        SSL_CTX_use_PrivateKey(ctx, cert->key) == 1 &&
        SSL_CTX_set1_chain(ctx, cert->chain) == 1)
        return 0;
    return refuse_use(why, cap);
}

int
client_cert_set(const struct client_cert *cert, SSL *ssl, char *why, size_t cap)
{
    if (cert->leaf == NULL)
        return 0;
    ERR_clear_error();
    if (SSL_use_certificate(ssl, cert->leaf) == 1 &&
        SSL_use_PrivateKey(ssl, cert->key) == 1 &&
        SSL_set1_chain(ssl, cert->chain) == 1)
        return 0;
    return refuse_use(why, cap);
}

bool
client_cert_is_readable(const char *pem)
{
    struct client_cert cert = {0};
    int rc;

    ERR_clear_error();
    rc = parse_certs(&cert, pem, strlen(pem));
    ERR_clear_error();
    client_cert_free(&cert);
    return rc == 0;
}
