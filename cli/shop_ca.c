/*
 * shop_ca.c - see shop_ca.h.
 *
 *     shop-ca.pem                       the authority, for `picket run --ca`
 *     shop-good.pem  shop-expired.pem   the shop's certificates
 *     shop-live.pem                     a link to one of them
 *     shop-key.pem                      the key of both, 0600
 *
 * The link is made beside and renamed, so that a server that reads it at any
 * moment finds one of the two.
 */
#include "cli/shop_ca.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/str.h"

#define DAY_S        86400
#define SERIAL_BYTES 16
#define GOOD         "shop-good.pem"
#define EXPIRED      "shop-expired.pem"

struct shop_ca {
    EVP_PKEY *key, *server_key;
    X509 *cert;
    char *pem;
    char *file, *good_file, *expired_file, *live_file, *live_new, *key_file;
};

struct profile {
    const char *name; /* common name */
    int64_t from_days, to_days;
    const char *basic, *usage, *extended, *alternative; /* NULL: none */
};

static const struct profile authority = {
    .name = "Picket demo shop's throw-away authority",
    .from_days = -90, /* before the expired certificate began */
    .to_days = 30,
    .basic = "critical,CA:TRUE,pathlen:0",
    .usage = "critical,keyCertSign,cRLSign",
};

static const struct profile good = {
    .name = "shop.test",
    .from_days = -1,
    .to_days = 30,
    .basic = "CA:FALSE",
    .usage = "critical,digitalSignature",
    .extended = "serverAuth",
    .alternative = "DNS:shop.test,DNS:*.shop.test,IP:127.0.0.1",
};

static int
give_up(char *why, size_t cap, const char *what, const char *path)
{
    char *text = path == NULL
                     ? str_xprintf("the demo shop's authority: %s", what)
                     : str_xprintf("%s: %s: %s", path, what, strerror(errno));
    (void)str_copy(why, cap, text);
    free(text);
    ERR_clear_error();
    return -1;
}

/* ---- making one ---- */

static int
set_serial(X509 *cert)
{
    uint8_t bytes[SERIAL_BYTES];
    digest_random(bytes, sizeof bytes);
    bytes[0] = (uint8_t)((bytes[0] & 0x7f) | 0x40); /* positive, full length */
    BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    int rc = number != NULL && BN_to_ASN1_INTEGER(
                                   number, X509_get_serialNumber(cert)) != NULL
                 ? 0
                 : -1;
    BN_free(number);
    return rc;
}

static int
set_dates(X509 *cert, const struct profile *p, wall_t now)
{
    int64_t now_s = now.ms / MS_PER_S;
    ASN1_TIME *from = ASN1_TIME_set(X509_getm_notBefore(cert),
                                    (time_t)(now_s + p->from_days * DAY_S));
    ASN1_TIME *to = ASN1_TIME_set(X509_getm_notAfter(cert),
                                  (time_t)(now_s + p->to_days * DAY_S));
    return from != NULL && to != NULL ? 0 : -1;
}

static int
set_name(X509_NAME *name, const char *text)
{
    const unsigned char *bytes = (const unsigned char *)text;
    return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, bytes, -1, -1,
                                      0) == 1
               ? 0
               : -1;
}

static int
add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    if (value == NULL)
        return 0;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    int rc = ext != NULL && X509_add_ext(cert, ext, -1) == 1 ? 0 : -1;
    X509_EXTENSION_free(ext);
    return rc;
}

static int
add_extensions(X509 *cert, X509 *issuer, const struct profile *p)
{
    const struct {
        int nid;
        const char *value;
    } all[] = {
        {NID_basic_constraints, p->basic},
        {NID_key_usage, p->usage},
        {NID_ext_key_usage, p->extended},
        {NID_subject_alt_name, p->alternative},
        {NID_subject_key_identifier, "hash"},
        {NID_authority_key_identifier, issuer == cert ? NULL : "keyid:always"},
    };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (add_extension(cert, issuer, all[i].nid, all[i].value) != 0)
            return -1;
    }
    return 0;
}

/* Signed by the authority; by itself when there is none yet. */
static X509 *
make_cert(const struct shop_ca *ca, EVP_PKEY *key, const struct profile *p,
          wall_t now)
{
    X509 *cert = X509_new();
    X509 *issuer = ca->cert == NULL ? cert : ca->cert;
    if (cert == NULL || X509_set_version(cert, X509_VERSION_3) != 1 ||
        set_serial(cert) != 0 || set_dates(cert, p, now) != 0 ||
        set_name(X509_get_subject_name(cert), p->name) != 0 ||
        X509_set_issuer_name(cert, X509_get_subject_name(issuer)) != 1 ||
        X509_set_pubkey(cert, key) != 1 ||
        add_extensions(cert, issuer, p) != 0 ||
        X509_sign(cert, ca->key, EVP_sha256()) == 0) {
        X509_free(cert);
        return NULL;
    }
    return cert;
}

/* ---- files ---- */

static char *
cert_text(X509 *cert)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data = NULL, *text = NULL;
    if (bio != NULL && PEM_write_bio_X509(bio, cert) == 1) {
        long len = BIO_get_mem_data(bio, &data);
        text = str_xndup(data, (size_t)len);
    }
    BIO_free(bio);
    return text;
}

static int
write_cert(const struct shop_ca *ca, const struct profile *p, const char *path,
           wall_t now)
{
    X509 *cert = make_cert(ca, ca->server_key, p, now);
    char *text = cert == NULL ? NULL : cert_text(cert);
    int rc = text == NULL ? -1 : file_replace(path, text, strlen(text), 0644);
    X509_free(cert);
    free(text);
    return rc;
}

static int
write_key(const struct shop_ca *ca)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    char *data = NULL;
    int rc = -1;
    if (bio != NULL && PEM_write_bio_PrivateKey(bio, ca->server_key, NULL, NULL,
                                                0, NULL, NULL) == 1) {
        long len = BIO_get_mem_data(bio, &data);
        rc = file_replace(ca->key_file, data, (size_t)len, 0600);
    }
    BIO_free(bio);
    return rc;
}

static int
make_authority(struct shop_ca *ca, wall_t now, char *why, size_t cap)
{
    ca->key = EVP_EC_gen("P-256");
    ca->server_key = EVP_EC_gen("P-256");
    if (ca->key == NULL || ca->server_key == NULL)
        return give_up(why, cap, "cannot make a key (OpenSSL)", NULL);
    ca->cert = make_cert(ca, ca->key, &authority, now);
    ca->pem = ca->cert == NULL ? NULL : cert_text(ca->cert);
    if (ca->pem == NULL)
        return give_up(why, cap, "cannot make a certificate (OpenSSL)", NULL);
    if (file_replace(ca->file, ca->pem, strlen(ca->pem), 0644) != 0)
        return give_up(why, cap, "cannot be written", ca->file);
    return 0;
}

static int
make_server(struct shop_ca *ca, wall_t now, char *why, size_t cap)
{
    struct profile ended = good;
    ended.from_days = -60;
    ended.to_days = -1;
    if (write_key(ca) != 0)
        return give_up(why, cap, "cannot be written", ca->key_file);
    if (write_cert(ca, &good, ca->good_file, now) != 0)
        return give_up(why, cap, "cannot be written", ca->good_file);
    if (write_cert(ca, &ended, ca->expired_file, now) != 0)
        return give_up(why, cap, "cannot be written", ca->expired_file);
    return shop_ca_set_expired(ca, false, why, cap);
}

struct shop_ca *
shop_ca_create(const char *dir, wall_t now, char *why, size_t cap)
{
    struct shop_ca *ca = str_xcalloc(1, sizeof *ca);
    ca->file = file_join(dir, "shop-ca.pem");
    ca->good_file = file_join(dir, GOOD);
    ca->expired_file = file_join(dir, EXPIRED);
    ca->live_file = file_join(dir, "shop-live.pem");
    ca->live_new = file_join(dir, "shop-live.new");
    ca->key_file = file_join(dir, "shop-key.pem");
    if (make_authority(ca, now, why, cap) != 0 ||
        make_server(ca, now, why, cap) != 0) {
        shop_ca_free(ca);
        return NULL;
    }
    return ca;
}

void
shop_ca_free(struct shop_ca *ca)
{
    if (ca == NULL)
        return;
    EVP_PKEY_free(ca->key);
    EVP_PKEY_free(ca->server_key);
    X509_free(ca->cert);
    free(ca->pem);
    free(ca->file);
    free(ca->good_file);
    free(ca->expired_file);
    free(ca->live_file);
    free(ca->live_new);
    free(ca->key_file);
    free(ca);
}

int
shop_ca_set_expired(struct shop_ca *ca, bool expired, char *why, size_t cap)
{
    (void)unlink(ca->live_new); /* left by one that was killed here */
    if (symlink(expired ? EXPIRED : GOOD, ca->live_new) != 0 ||
        rename(ca->live_new, ca->live_file) != 0)
        return give_up(why, cap, "cannot be made", ca->live_file);
    return 0;
}

const char *
shop_ca_pem(const struct shop_ca *ca)
{
    return ca->pem;
}

const char *
shop_ca_file(const struct shop_ca *ca)
{
    return ca->file;
}

const char *
shop_ca_cert_file(const struct shop_ca *ca)
{
    return ca->live_file;
}

const char *
shop_ca_key_file(const struct shop_ca *ca)
{
    return ca->key_file;
}
