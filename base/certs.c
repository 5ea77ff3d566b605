/*
 * Every text here came from a stranger: names are cut to their field, control
 * bytes become '?', and a name with a NUL inside (the trick that once fooled
 * browsers) shows it as '?' instead of ending there.
 */
#include "base/certs.h"

#include <arpa/inet.h>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/str.h"

#define MS_PER_DAY   (24LL * 3600 * MS_PER_S)
#define NAME_BYTES   256
#define SERIAL_MAX   20 /* bytes, RFC 5280 4.1.2.2; longer ones are cut */
#define SECS_PER_DAY (24LL * 3600)

#define STATUS_REQUEST 5 /* the staple among TLS extensions */

/* `len` bytes that a stranger wrote, as one printable line. */
static void
copy_printable(char *to, size_t cap, const uint8_t *from, size_t len)
{
    size_t i;
    size_t n = len < cap - 1 ? len : cap - 1;

    memcpy(to, from, n);
    for (i = 0; i < n; i++) {
        if (from[i] < 0x20 || from[i] == 0x7f)
            to[i] = '?';
    }
    to[n] = '\0';
    if (!str_is_utf8(to, n)) {
        for (i = 0; i < n; i++) {
            if ((uint8_t)to[i] >= 0x80)
                to[i] = '?';
        }
    }
}

/* The common name, or the whole name when it has none. */
static void
copy_name(char to[NAME_BYTES], const X509_NAME *name)
{
    int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    uint8_t *text = NULL;
    int len = -1;
    char whole[NAME_BYTES];

    if (at >= 0) {
        const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, at);
        len = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry));
    }
    if (len > 0) {
        copy_printable(to, NAME_BYTES, text, (size_t)len);
    } else {
        X509_NAME_oneline(name, whole, sizeof whole);
        copy_printable(to, NAME_BYTES, (const uint8_t *)whole, strlen(whole));
    }
    OPENSSL_free(text);
}

wall_t
certs_time(const ASN1_TIME *time)
{
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    wall_t at = {0};
    int days = 0;
    int secs = 0;

    if (epoch != NULL && ASN1_TIME_diff(&days, &secs, epoch, time) == 1)
        at.ms = (days * SECS_PER_DAY + secs) * MS_PER_S;
    ASN1_TIME_free(epoch);
    return at;
}

static void
copy_serial(char *to, const X509 *x)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(x);
    size_t len = (size_t)ASN1_STRING_length(serial);

    str_hex(to, ASN1_STRING_get0_data(serial),
            len < SERIAL_MAX ? len : SERIAL_MAX);
}

static void
copy_key(struct cert *cert, const X509 *x)
{
    const EVP_PKEY *key = X509_get0_pubkey(x);
    int type = key ? EVP_PKEY_get_base_id(key) : NID_undef;
    const char *name = key ? OBJ_nid2sn(type) : NULL;

    if (type == EVP_PKEY_RSA)
        name = "RSA";
    else if (type == EVP_PKEY_EC)
        name = "EC";
    else if (type == EVP_PKEY_ED25519)
        name = "Ed25519";
    str_copy(cert->key_type, sizeof cert->key_type, name ? name : "unknown");
    cert->key_bits = key ? EVP_PKEY_get_bits(key) : 0;
}

static void
copy_digests(struct cert *cert, const X509 *x)
{
    uint8_t sum[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    uint8_t *der = NULL;
    int der_len;
    char *text;

    /* OpenSSL keeps the DER it parsed, so this encodes nothing. */
    if (X509_digest(x, EVP_sha256(), sum, &len) == 1)
        str_hex(cert->sha256, sum, DIGEST_SHA256_BYTES);
    der_len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der);
    if (der_len <= 0)
        return;
    digest_sha256(sum, der, (size_t)der_len);
    OPENSSL_free(der);
    text = str_base64(sum, DIGEST_SHA256_BYTES);
    str_copy(cert->spki, sizeof cert->spki, text);
    free(text);
}

static void
copy_cert(struct cert *cert, X509 *x)
{
    const char *signature = OBJ_nid2ln(X509_get_signature_nid(x));

    copy_name(cert->subject, X509_get_subject_name(x));
    copy_name(cert->issuer, X509_get_issuer_name(x));
    copy_serial(cert->serial, x);
    cert->not_before = certs_time(X509_get0_notBefore(x));
    cert->not_after = certs_time(X509_get0_notAfter(x));
    copy_key(cert, x);
    str_copy(cert->signature, sizeof cert->signature,
             signature ? signature : "unknown");
    cert->is_ca = X509_check_ca(x) > 0;
    cert->is_self_signed = X509_self_signed(x, 0) == 1;
    copy_digests(cert, x);
}

/* One subject alternative name; false when it is of a kind we do not show. */
static bool
copy_alt_name(char to[NAME_BYTES], const GENERAL_NAME *name)
{
    int kind = 0;
    const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &kind);
    const uint8_t *data;
    size_t len;

    if (kind != GEN_DNS && kind != GEN_IPADD)
        return false;
    data = ASN1_STRING_get0_data(value);
    len = (size_t)ASN1_STRING_length(value);
    if (kind == GEN_DNS) {
        copy_printable(to, NAME_BYTES, data, len);
        return true;
    }
    if (len != 4 && len != 16)
        return false;
    return inet_ntop(len == 4 ? AF_INET : AF_INET6, data, to, NAME_BYTES) !=
           NULL;
}

static void
copy_alt_names(struct certs *certs, const X509 *leaf)
{
    GENERAL_NAMES *all =
        X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
    int count = sk_GENERAL_NAME_num(all);
    int i;

    if (count > 0)
        certs->names = str_xcalloc(count < CERTS_NAMES_MAX ? (size_t)count
                                                           : CERTS_NAMES_MAX,
                                   sizeof *certs->names);
    for (i = 0; i < count; i++) {
        char name[NAME_BYTES];

        if (!copy_alt_name(name, sk_GENERAL_NAME_value(all, i)))
            continue;
        certs->name_total++;
        if (certs->name_count < CERTS_NAMES_MAX)
            memcpy(certs->names[certs->name_count++], name, NAME_BYTES);
    }
    GENERAL_NAMES_free(all);
}

static int64_t
days_until(wall_t end, wall_t now)
{
    int64_t left = end.ms - now.ms;
    int64_t days = left / MS_PER_DAY;

    return left % MS_PER_DAY < 0 ? days - 1 : days;
}

int64_t
certs_days(const struct cert *cert, wall_t now)
{
    return days_until(cert->not_after, now);
}

/* RFC 7633: a list of TLS extensions that the server promises to answer. */
static bool
asks_for_staple(const X509 *leaf)
{
    TLS_FEATURE *features = X509_get_ext_d2i(leaf, NID_tlsfeature, NULL, NULL);
    bool asks = false;

    for (int i = 0; i < sk_ASN1_INTEGER_num(features); i++)
        asks |= ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, i)) ==
                STATUS_REQUEST;
    TLS_FEATURE_free(features);
    return asks;
}

struct certs *
certs_of(const STACK_OF(X509) * chain, wall_t now)
{
    struct certs *certs = str_xcalloc(1, sizeof *certs);
    int count = sk_X509_num(chain);
    int i;

    for (i = 0; i < count && i < CERTS_MAX; i++) {
        int64_t days;

        copy_cert(&certs->cert[i], sk_X509_value(chain, i));
        days = certs_days(&certs->cert[i], now);
        if (i == 0 || days < certs->sent_days)
            certs->sent_days = days;
        if (i == 0 || certs->cert[i].not_after.ms < certs->sent_ends.ms)
            certs->sent_ends = certs->cert[i].not_after;
        certs->count++;
    }
    certs->total = certs->count;
    certs->chain_days = certs->sent_days;
    if (certs->count > 0) {
        copy_alt_names(certs, sk_X509_value(chain, 0));
        certs->must_staple = asks_for_staple(sk_X509_value(chain, 0));
    }
    return certs;
}

/* Its place in cert[], where it is put if it was not sent; -1: no room. */
static int
place_of(struct certs *certs, X509 *x)
{
    uint8_t sum[EVP_MAX_MD_SIZE];
    char sha256[2 * DIGEST_SHA256_BYTES + 1] = "";
    unsigned len = 0;

    if (X509_digest(x, EVP_sha256(), sum, &len) == 1)
        str_hex(sha256, sum, DIGEST_SHA256_BYTES);
    for (size_t i = 0; i < certs->total; i++)
        if (str_eq(certs->cert[i].sha256, sha256))
            return (int)i;
    if (certs->total == CERTS_PATH_MAX)
        return -1;
    copy_cert(&certs->cert[certs->total], x);
    return (int)certs->total++;
}

bool
certs_has_path(int error)
{
    return error == X509_V_OK || error == X509_V_ERR_CERT_HAS_EXPIRED ||
           error == X509_V_ERR_CERT_NOT_YET_VALID;
}

void
certs_set_verified(struct certs *certs, const STACK_OF(X509) * verified,
                   wall_t now)
{
    int count = sk_X509_num(verified);
    int i;

    certs->path_count = 0;
    certs->total = certs->count;
    for (i = 0; i < count && i < CERTS_PATH_MAX; i++) {
        int at = place_of(certs, sk_X509_value(verified, i));
        int64_t days;

        if (at < 0)
            return;
        certs->path[certs->path_count++] = (uint8_t)at;
        days = certs_days(&certs->cert[at], now);
        if (i == 0 || days < certs->chain_days)
            certs->chain_days = days;
    }
}

void
certs_free(struct certs *certs)
{
    if (certs == NULL)
        return;
    free(certs->names);
    free(certs);
}
