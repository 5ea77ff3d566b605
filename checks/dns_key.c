#include "checks/dns_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <string.h>

#define HEAD_BYTES  4    /* flags, protocol, algorithm */
#define FLAG_ZONE   0x01 /* of the first byte of flags */
#define FLAG_REVOKE 0x80 /* of the second */
#define PROTOCOL    3
#define COORD_MAX   48 /* bytes of a number on P-384 */

enum algorithm {
    RSA_SHA256 = 8,
    RSA_SHA512 = 10,
    ECDSA_P256 = 13,
    ECDSA_P384 = 14,
    ED25519 = 15,
    ED448 = 16
};

/* ---- keys ---- */

static EVP_PKEY *
make_key(const char *type, OSSL_PARAM_BLD *build)
{
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *key = NULL;

    if (params == NULL || ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    return key;
}

/* RFC 3110: the exponent's length in one byte, or in two behind a zero. */
static EVP_PKEY *
read_rsa(const uint8_t *data, size_t len)
{
    size_t at = 1;
    size_t exponent = len > 0 ? data[0] : 0;
    OSSL_PARAM_BLD *build;
    BIGNUM *e;
    BIGNUM *n;
    EVP_PKEY *key = NULL;

    if (exponent == 0 && len > 2) {
        exponent = (size_t)data[1] << 8 | data[2];
        at = 3;
    }
    if (exponent == 0 || len <= at + exponent)
        return NULL;
    build = OSSL_PARAM_BLD_new();
    e = BN_bin2bn(data + at, (int)exponent, NULL);
    n = BN_bin2bn(data + at + exponent, (int)(len - at - exponent), NULL);
    if (build != NULL && e != NULL && n != NULL &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1)
        key = make_key("RSA", build);
    OSSL_PARAM_BLD_free(build);
    BN_free(e);
    BN_free(n);
    return key;
}

/* RFC 6605: both coordinates of the point. */
static EVP_PKEY *
read_ec(const char *group, size_t coord, const uint8_t *data, size_t len)
{
    uint8_t point[1 + 2 * COORD_MAX] = {POINT_CONVERSION_UNCOMPRESSED};
    OSSL_PARAM_BLD *build;
    EVP_PKEY *key = NULL;

    if (len != 2 * coord)
        return NULL;
    memcpy(point + 1, data, len);
    build = OSSL_PARAM_BLD_new();
    if (build != NULL &&
        OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME,
                                        group, 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point,
                                         1 + len) == 1)
        key = make_key("EC", build);
    OSSL_PARAM_BLD_free(build);
    return key;
}

static EVP_PKEY *
read_key(int algorithm, const uint8_t *data, size_t len)
{
    switch (algorithm) {
    case RSA_SHA256:
    case RSA_SHA512:
        return read_rsa(data, len);
    case ECDSA_P256:
        return read_ec("P-256", 32, data, len);
    case ECDSA_P384:
        return read_ec("P-384", COORD_MAX, data, len);
    case ED25519:
        return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, data, len);
    case ED448:
        return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED448, NULL, data, len);
    default: /* a number of the zone's, not an enum of ours */
        return NULL;
    }
}

static const EVP_MD *
digest_of(int algorithm)
{
    if (algorithm == RSA_SHA256 || algorithm == ECDSA_P256)
        return EVP_sha256();
    if (algorithm == ECDSA_P384)
        return EVP_sha384();
    return algorithm == RSA_SHA512 ? EVP_sha512() : NULL;
}

/* ---- signatures ---- */

static bool
holds(EVP_PKEY *key, const EVP_MD *digest, struct dns_key_bytes text,
      struct dns_key_bytes signature)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool is_right = ctx != NULL &&
                    EVP_DigestVerifyInit(ctx, NULL, digest, NULL, key) == 1 &&
                    EVP_DigestVerify(ctx, signature.data, signature.len,
                                     text.data, text.len) == 1;

    EVP_MD_CTX_free(ctx);
    return is_right;
}

/* On the wire two numbers of one length, for OpenSSL in DER. */
static bool
holds_ec(EVP_PKEY *key, const EVP_MD *digest, struct dns_key_bytes text,
         struct dns_key_bytes signature)
{
    int half = (int)(signature.len / 2);
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature.data, half, NULL);
    BIGNUM *s = BN_bin2bn(signature.data + half, half, NULL);
    uint8_t *der = NULL;
    bool is_right = false;
    int len = -1;

    if (pair != NULL && r != NULL && s != NULL &&
        ECDSA_SIG_set0(pair, r, s) == 1) {
        r = s = NULL; /* the pair's */
        len = i2d_ECDSA_SIG(pair, &der);
    }
    if (len > 0)
        is_right =
            holds(key, digest, text, (struct dns_key_bytes){der, (size_t)len});
    OPENSSL_free(der);
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(pair);
    return is_right;
}

bool
dns_key_verify(struct dns_key_bytes key, struct dns_key_bytes text,
               struct dns_key_bytes signature)
{
    int algorithm = key.len > HEAD_BYTES ? key.data[3] : 0;
    EVP_PKEY *pkey = NULL;
    bool is_right = false;

    if (algorithm != 0 && (key.data[0] & FLAG_ZONE) != 0 &&
        (key.data[1] & FLAG_REVOKE) == 0 && key.data[2] == PROTOCOL)
        pkey = read_key(algorithm, key.data + HEAD_BYTES, key.len - HEAD_BYTES);
    if (pkey != NULL && (algorithm == ECDSA_P256 || algorithm == ECDSA_P384))
        is_right = signature.len == (algorithm == ECDSA_P256 ? 64U : 96U) &&
                   holds_ec(pkey, digest_of(algorithm), text, signature);
    else if (pkey != NULL)
        is_right = holds(pkey, digest_of(algorithm), text, signature);
    EVP_PKEY_free(pkey);
    ERR_clear_error();
    return is_right;
}
