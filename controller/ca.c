/*
 * ca.c - see ca.h.
 *
 * Every certificate is made by the same few steps: serial, dates, names, key,
 * extensions, signature.  A serial is 127 random bits, so that nothing has to
 * be counted and kept.  Certificates begin an hour ago: a probe whose clock is
 * behind must not refuse its own.
 *
 * The key is written before the certificate; a key alone is a first start that
 * was cut off and is made anew, a certificate alone is a lost key, which only
 * a person can settle.
 */
#include "controller/ca.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/pem.h"
#include "base/str.h"

#define DAY_MS       (86400 * MS_PER_S)
#define BACKDATE_MS  (3600 * MS_PER_S)
#define CA_DAYS      (20LL * 365)
#define SERVER_DAYS  90
#define FILE_MAX     65536
#define SERIAL_BYTES 16
#define RSA_MIN_BITS 2048
#define RSA_MAX_BITS 4096 /* checking a larger one's signature costs too much */

struct ca {
    EVP_PKEY *key;
    X509 *cert;
    char *pem;
    char sha256[65];
    char *cert_file, *key_file, *server_cert_file, *server_key_file;
};

/* What a certificate is for. */
struct profile {
    const char *name; /* common name */
    int64_t days;
    const char *basic, *usage, *extended, *alternative; /* NULL: none */
};

static int
give_up(char *why, size_t cap, const char *what, const char *path)
{
    char *text =
        path == NULL ? str_xdup(what) : str_xprintf("%s: %s", path, what);

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
    BIGNUM *number;
    int rc = -1;

    digest_random(bytes, sizeof(bytes));
    bytes[0] = (uint8_t)((bytes[0] & 0x7f) | 0x40); /* positive, full length */
    number = BN_bin2bn(bytes, sizeof(bytes), NULL);
    if (number != NULL &&
        BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) != NULL)
        rc = 0;
    BN_free(number);
    return rc;
}

static int
set_name(X509_NAME *name, const char *text)
{
    return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                      (const unsigned char *)text, -1, -1,
                                      0) == 1
               ? 0
               : -1;
}

static int
add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509_EXTENSION *ext;
    int rc;

    if (value == NULL)
        return 0;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    rc = ext != NULL && X509_add_ext(cert, ext, -1) == 1 ? 0 : -1;
    X509_EXTENSION_free(ext);
    return rc;
}

static int
add_extensions(X509 *cert, X509 *issuer, const struct profile *p)
{
    if (add_extension(cert, issuer, NID_basic_constraints, p->basic) != 0 ||
        add_extension(cert, issuer, NID_key_usage, p->usage) != 0 ||
        add_extension(cert, issuer, NID_ext_key_usage, p->extended) != 0 ||
        add_extension(cert, issuer, NID_subject_alt_name, p->alternative) !=
            0 ||
        add_extension(cert, issuer, NID_subject_key_identifier, "hash") != 0)
        return -1;
    return issuer == cert
               ? 0
               : add_extension(cert, issuer, NID_authority_key_identifier,
                               "keyid:always");
}

static int
set_dates(X509 *cert, wall_t now, int64_t days)
{
    wall_t ends = {now.ms + days * DAY_MS};

    return ASN1_TIME_set(X509_getm_notBefore(cert),
                         (time_t)((now.ms - BACKDATE_MS) / MS_PER_S)) != NULL &&
                   ASN1_TIME_set(X509_getm_notAfter(cert),
                                 (time_t)(ends.ms / MS_PER_S)) != NULL
               ? 0
               : -1;
}

/* Signed by the authority; by itself when there is none yet. */
static X509 *
make_cert(const struct ca *ca, EVP_PKEY *key, const struct profile *p,
          wall_t now)
{
    X509 *cert = X509_new();
    X509 *issuer = ca->cert == NULL ? cert : ca->cert;

    if (cert == NULL || X509_set_version(cert, X509_VERSION_3) != 1 ||
        set_serial(cert) != 0 || set_dates(cert, now, p->days) != 0 ||
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
bio_text(BIO *bio)
{
    char *data = NULL;
    long len = BIO_get_mem_data(bio, &data);

    return len < 0 ? NULL : str_xndup(data, (size_t)len);
}

static char *
cert_text(X509 *cert)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;

    if (bio != NULL && PEM_write_bio_X509(bio, cert) == 1)
        text = bio_text(bio);
    BIO_free(bio);
    return text;
}

static int
write_key(const char *path, EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    char *data = NULL;
    int rc = -1;

    if (bio != NULL &&
        PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1) {
        long len = BIO_get_mem_data(bio, &data);

        rc = file_replace(path, data, (size_t)len, 0600);
    }
    BIO_free(bio);
    return rc;
}

static BIO *
read_bio(const char *path, struct buf *text)
{
    buf_init(text, FILE_MAX);
    if (file_read(path, text) != 0)
        return NULL;
    return BIO_new_mem_buf(text->data, (int)text->len);
}

static X509 *
read_cert(const char *path)
{
    struct buf text;
    BIO *bio = read_bio(path, &text);
    X509 *cert = bio == NULL
                     ? NULL
                     : PEM_read_bio_X509(bio, NULL, pem_no_passphrase, NULL);

    BIO_free(bio);
    buf_free(&text);
    ERR_clear_error();
    return cert;
}

static EVP_PKEY *
read_key(const char *path)
{
    struct buf text;
    BIO *bio = read_bio(path, &text);
    EVP_PKEY *key =
        bio == NULL
            ? NULL
            : PEM_read_bio_PrivateKey(bio, NULL, pem_no_passphrase, NULL);

    BIO_free(bio);
    OPENSSL_cleanse(text.data, text.data == NULL ? 0 : text.len);
    buf_free(&text);
    ERR_clear_error();
    return key;
}

static void
hex_digest(X509 *cert, char to[65])
{
    unsigned char md[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    to[0] = '\0';
    if (X509_digest(cert, EVP_sha256(), md, &len) == 1 &&
        len == DIGEST_SHA256_BYTES)
        str_hex(to, md, len);
}

/* ---- the authority ---- */

static int
make_authority(struct ca *ca, wall_t now, char *why, size_t cap)
{
    static const struct profile self = {
        .name = "Picket probes' authority",
        .days = CA_DAYS,
        .basic = "critical,CA:TRUE,pathlen:0",
        .usage = "critical,keyCertSign,cRLSign",
    };

    ca->key = EVP_EC_gen("P-256");
    if (ca->key == NULL)
        return give_up(why, cap, "cannot make a key (OpenSSL)", NULL);
    ca->cert = make_cert(ca, ca->key, &self, now);
    if (ca->cert == NULL)
        return give_up(why, cap, "cannot make a certificate (OpenSSL)", NULL);
    ca->pem = cert_text(ca->cert);
    if (ca->pem == NULL || write_key(ca->key_file, ca->key) != 0)
        return give_up(why, cap, "cannot write the authority's key",
                       ca->key_file);
    if (file_replace(ca->cert_file, ca->pem, strlen(ca->pem), 0644) != 0)
        return give_up(why, cap, "cannot write the authority", ca->cert_file);
    return 0;
}

static int
open_authority(struct ca *ca, wall_t now, char *why, size_t cap)
{
    if (access(ca->cert_file, F_OK) != 0)
        return make_authority(ca, now, why, cap);
    ca->cert = read_cert(ca->cert_file);
    if (ca->cert == NULL)
        return give_up(why, cap,
                       "is not a certificate; restore it from the backup",
                       ca->cert_file);
    ca->key = read_key(ca->key_file);
    if (ca->key == NULL || X509_check_private_key(ca->cert, ca->key) != 1)
        return give_up(
            why, cap,
            "is not the key of ca.crt beside it; restore it from the "
            "backup, or remove the folder and join every probe again",
            ca->key_file);
    ca->pem = cert_text(ca->cert);
    return ca->pem == NULL ? -1 : 0;
}

static int
write_server(struct ca *ca, EVP_PKEY *key, X509 *cert)
{
    char *leaf = cert_text(cert);
    char *chain = leaf == NULL ? NULL : str_xprintf("%s%s", leaf, ca->pem);
    int rc = -1;

    /* The authority is sent too: who joins knows it by its SHA-256 alone. */
    if (chain != NULL && write_key(ca->server_key_file, key) == 0 &&
        file_replace(ca->server_cert_file, chain, strlen(chain), 0644) == 0)
        rc = 0;
    free(leaf);
    free(chain);
    return rc;
}

static bool
is_server_good(const struct ca *ca, wall_t now)
{
    X509 *cert = read_cert(ca->server_cert_file);
    EVP_PKEY *key = read_key(ca->server_key_file);
    time_t due = (time_t)((now.ms + SERVER_DAYS * DAY_MS / 3) / MS_PER_S);
    bool is_good = cert != NULL && key != NULL &&
                   X509_check_private_key(cert, key) == 1 &&
                   X509_verify(cert, ca->key) == 1 &&
                   X509_cmp_time(X509_get0_notAfter(cert), &due) > 0;

    X509_free(cert);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return is_good;
}

int
ca_renew_server(struct ca *ca, wall_t now, char *why, size_t cap)
{
    static const struct profile server = {
        .name = CA_SERVER_NAME,
        .days = SERVER_DAYS,
        .basic = "critical,CA:FALSE",
        .usage = "critical,digitalSignature",
        .extended = "serverAuth",
        .alternative = "DNS:" CA_SERVER_NAME,
    };
    EVP_PKEY *key;
    X509 *cert = NULL;
    int rc = 1;

    if (is_server_good(ca, now))
        return 0;
    key = EVP_EC_gen("P-256");
    if (key != NULL)
        cert = make_cert(ca, key, &server, now);
    if (cert == NULL || write_server(ca, key, cert) != 0)
        rc = give_up(why, cap, "cannot write the listener's certificate",
                     ca->server_cert_file);
    X509_free(cert);
    EVP_PKEY_free(key);
    return rc;
}

struct ca *
ca_open(const char *dir, wall_t now, char *why, size_t cap)
{
    struct ca *ca = str_xcalloc(1, sizeof(*ca));

    ca->cert_file = file_join(dir, "ca.crt");
    ca->key_file = file_join(dir, "ca.key");
    ca->server_cert_file = file_join(dir, "server.crt");
    ca->server_key_file = file_join(dir, "server.key");
    if (file_make_dirs(dir, 0700) != 0)
        (void)give_up(why, cap, "cannot make this folder", dir);
    else if (open_authority(ca, now, why, cap) == 0 &&
             ca_renew_server(ca, now, why, cap) >= 0) {
        hex_digest(ca->cert, ca->sha256);
        return ca;
    }
    ca_close(ca);
    return NULL;
}

void
ca_close(struct ca *ca)
{
    if (ca == NULL)
        return;
    EVP_PKEY_free(ca->key);
    X509_free(ca->cert);
    free(ca->pem);
    free(ca->cert_file);
    free(ca->key_file);
    free(ca->server_cert_file);
    free(ca->server_key_file);
    free(ca);
}

const char *
ca_pem(const struct ca *ca)
{
    return ca->pem;
}

const char *
ca_sha256(const struct ca *ca)
{
    return ca->sha256;
}

const char *
ca_cert_file(const struct ca *ca)
{
    return ca->cert_file;
}

const char *
ca_server_cert_file(const struct ca *ca)
{
    return ca->server_cert_file;
}

const char *
ca_server_key_file(const struct ca *ca)
{
    return ca->server_key_file;
}

/* ---- probes ---- */

static bool
is_key_good(EVP_PKEY *key)
{
    char group[32];
    size_t len = 0;
    int bits = EVP_PKEY_get_bits(key);

    if (EVP_PKEY_is_a(key, "RSA"))
        return bits >= RSA_MIN_BITS && bits <= RSA_MAX_BITS;
    if (EVP_PKEY_is_a(key, "ED25519"))
        return true;
    return EVP_PKEY_is_a(key, "EC") &&
           EVP_PKEY_get_group_name(key, group, sizeof(group), &len) == 1 &&
           (str_eq(group, "prime256v1") || str_eq(group, "secp384r1"));
}

/* The key of the request, once it is proved that the sender has it. */
static EVP_PKEY *
key_of(const char *csr, char *why, size_t cap)
{
    size_t len = strnlen(csr, CA_CSR_MAX + 1);
    BIO *bio = len > CA_CSR_MAX ? NULL : BIO_new_mem_buf(csr, (int)len);
    X509_REQ *req =
        bio == NULL ? NULL
                    : PEM_read_bio_X509_REQ(bio, NULL, pem_no_passphrase, NULL);
    EVP_PKEY *key = req == NULL ? NULL : X509_REQ_get_pubkey(req);

    if (req == NULL || key == NULL)
        (void)give_up(why, cap, "not a certificate request in PEM", NULL);
    else if (!is_key_good(key))
        (void)give_up(why, cap,
                      "the key must be EC P-256 or P-384, Ed25519, or RSA of "
                      "2048 to 4096 bits",
                      NULL);
    else if (X509_REQ_verify(req, key) == 1)
        goto out;
    else
        (void)give_up(why, cap, "the request is not signed by its own key",
                      NULL);
    EVP_PKEY_free(key);
    key = NULL;
out:
    X509_REQ_free(req);
    BIO_free(bio);
    ERR_clear_error();
    return key;
}

int
ca_sign(struct ca *ca, const struct ca_ask *ask, struct ca_cert *out, char *why,
        size_t cap)
{
    struct profile probe = {
        .name = ask->name,
        .days = CA_PROBE_DAYS,
        .basic = "critical,CA:FALSE",
        .usage = "critical,digitalSignature",
        .extended = "clientAuth",
    };
    EVP_PKEY *key = key_of(ask->csr, why, cap);
    X509 *cert;

    if (key == NULL)
        return -1;
    cert = make_cert(ca, key, &probe, ask->now);
    EVP_PKEY_free(key);
    if (cert == NULL)
        return give_up(why, cap, "cannot make a certificate (OpenSSL)", NULL);
    out->pem = cert_text(cert);
    hex_digest(cert, out->sha256);
    out->ends = (wall_t){ask->now.ms + CA_PROBE_DAYS * DAY_MS};
    X509_free(cert);
    return out->pem == NULL ? give_up(why, cap, "out of memory", NULL) : 0;
}
