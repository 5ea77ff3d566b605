#include "probe/identity.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/pem.h"
#include "base/str.h"
#include "base/units.h"

#define FILE_MAX (256u << 10) /* bytes of any of the three */

struct identity {
    char *dir;
    char *key_file;
    char *cert_file;
    char *ca_file;
    EVP_PKEY *key;
    wall_t begins;
    wall_t ends;
    bool has_joined;
};

static X509 *
parse_cert(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *cert = NULL;

    if (bio != NULL)
        cert = PEM_read_bio_X509(bio, NULL, pem_no_passphrase, NULL);
    BIO_free(bio);
    ERR_clear_error();
    return cert;
}

static wall_t
wall_of(const ASN1_TIME *at)
{
    struct tm tm;

    if (at == NULL || ASN1_TIME_to_tm(at, &tm) != 1)
        return (wall_t){0};
    return units_wall(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                      ((tm.tm_hour * 60 + tm.tm_min) * 60LL + tm.tm_sec) *
                          MS_PER_S);
}

/* Takes the dates of a certificate for our key. */
static int
take_cert(struct identity *id, const char *pem, char *why, size_t cap)
{
    X509 *cert = parse_cert(pem);
    int rc = -1;

    if (cert == NULL) {
        (void)snprintf(why, cap, "not a PEM certificate");
    } else if (X509_check_private_key(cert, id->key) != 1) {
        (void)snprintf(why, cap, "the certificate is not for the key in %s",
                       id->key_file);
    } else {
        id->begins = wall_of(X509_get0_notBefore(cert));
        id->ends = wall_of(X509_get0_notAfter(cert));
        rc = 0;
    }
    ERR_clear_error();
    X509_free(cert);
    return rc;
}

static int
write_key(const struct identity *id)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data = NULL;
    long len;
    int rc = -1;

    if (bio != NULL && PEM_write_bio_PrivateKey(bio, id->key, NULL, NULL, 0,
                                                NULL, NULL) == 1) {
        len = BIO_get_mem_data(bio, &data);
        rc = file_replace(id->key_file, data, (size_t)len, 0600);
    }
    BIO_free(bio);
    return rc;
}

static int
open_key(struct identity *id, char *why, size_t cap)
{
    struct buf pem;
    BIO *bio;

    buf_init(&pem, FILE_MAX);
    if (file_read(id->key_file, &pem) == 0) {
        bio = BIO_new_mem_buf(buf_text(&pem), -1);
        id->key = PEM_read_bio_PrivateKey(bio, NULL, pem_no_passphrase, NULL);
        BIO_free(bio);
        OPENSSL_cleanse(pem.data, pem.len);
        buf_free(&pem);
        ERR_clear_error();
        if (id->key != NULL)
            return 0;
        (void)snprintf(why, cap,
                       "%s is not a private key; join again with a "
                       "new invitation after moving it away",
                       id->key_file);
        return -1;
    }
    buf_free(&pem);
    if (errno == ENOENT) {
        id->key = EVP_EC_gen("P-256");
        if (id->key != NULL && write_key(id) == 0)
            return 0;
    }
    (void)snprintf(why, cap, "%s: %s", id->key_file, strerror(errno));
    return -1;
}

static int
open_cert(struct identity *id, char *why, size_t cap)
{
    char fault[256];
    struct buf pem;
    int rc = 0;

    buf_init(&pem, FILE_MAX);
    if (file_read(id->cert_file, &pem) == 0) {
        rc = take_cert(id, buf_text(&pem), fault, sizeof(fault));
        id->has_joined = rc == 0;
        if (rc != 0)
            (void)snprintf(why, cap, "%s: %s; join again", id->cert_file,
                           fault);
    } else if (errno != ENOENT) {
        (void)snprintf(why, cap, "%s: %s", id->cert_file, strerror(errno));
        rc = -1;
    }
    buf_free(&pem);
    return rc;
}

struct identity *
identity_open(const char *dir, char *why, size_t cap)
{
    struct identity *id = str_xcalloc(1, sizeof(*id));

    id->dir = str_xdup(dir);
    id->key_file = file_join(dir, "key.pem");
    id->cert_file = file_join(dir, "cert.pem");
    id->ca_file = file_join(dir, "ca.pem");
    if (file_make_dirs(dir, 0700) != 0)
        (void)snprintf(why, cap, "%s: %s", dir, strerror(errno));
    else if (open_key(id, why, cap) == 0 && open_cert(id, why, cap) == 0)
        return id;
    identity_free(id);
    return NULL;
}

void
identity_free(struct identity *id)
{
    if (id == NULL)
        return;
    EVP_PKEY_free(id->key);
    free(id->dir);
    free(id->key_file);
    free(id->cert_file);
    free(id->ca_file);
    free(id);
}

bool
identity_has_joined(const struct identity *id)
{
    return id->has_joined;
}

const char *
identity_key_file(const struct identity *id)
{
    return id->key_file;
}

const char *
identity_cert_file(const struct identity *id)
{
    return id->cert_file;
}

const char *
identity_ca_file(const struct identity *id)
{
    return id->ca_file;
}

wall_t
identity_ends(const struct identity *id)
{
    return id->ends;
}

wall_t
identity_renew_at(const struct identity *id)
{
    return (wall_t){id->begins.ms + (id->ends.ms - id->begins.ms) / 3 * 2};
}

static int
sign_request(X509_REQ *request, EVP_PKEY *key, const char *name)
{
    X509_NAME *subject = X509_REQ_get_subject_name(request);

    if (X509_REQ_set_version(request, X509_REQ_VERSION_1) != 1 ||
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                   (const unsigned char *)name, -1, -1,
                                   0) != 1 ||
        X509_REQ_set_pubkey(request, key) != 1)
        return -1;
    return X509_REQ_sign(request, key, EVP_sha256()) > 0 ? 0 : -1;
}

char *
identity_csr(const struct identity *id, const char *name)
{
    X509_REQ *request = X509_REQ_new();
    BIO *bio = BIO_new(BIO_s_mem());
    char *data = NULL, *pem = NULL;
    long len;

    if (request != NULL && bio != NULL &&
        sign_request(request, id->key, name) == 0 &&
        PEM_write_bio_X509_REQ(bio, request) == 1) {
        len = BIO_get_mem_data(bio, &data);
        pem = str_xndup(data, (size_t)len);
    }
    ERR_clear_error();
    BIO_free(bio);
    X509_REQ_free(request);
    return pem;
}

int
identity_set(struct identity *id, const char *cert, const char *ca, char *why,
             size_t cap)
{
    X509 *authority;

    if (take_cert(id, cert, why, cap) != 0)
        return -1;
    if (ca != NULL) {
        authority = parse_cert(ca);
        X509_free(authority);
        if (authority == NULL) {
            (void)snprintf(why, cap, "the CA is not a PEM certificate");
            return -1;
        }
    }
    if ((ca != NULL && file_replace(id->ca_file, ca, strlen(ca), 0644) != 0) ||
        file_replace(id->cert_file, cert, strlen(cert), 0644) != 0) {
        (void)snprintf(why, cap, "%s: %s", id->dir, strerror(errno));
        return -1;
    }
    id->has_joined = true;
    return 0;
}
