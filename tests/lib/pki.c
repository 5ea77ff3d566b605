#include "tests/lib/pki.h"

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
extend(X509 *cert, const X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509_EXTENSION *ext;

    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, (X509 *)(uintptr_t)issuer, cert, NULL, NULL, 0);
    ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    assert(ext != NULL);
    assert(X509_add_ext(cert, ext, -1) == 1);
    X509_EXTENSION_free(ext);
}

void
pki_make(struct pki *out, const struct pki *issuer, const struct pki_opts *opts)
{
    const struct pki *by = issuer ? issuer : out;
    X509_NAME *name;
    BIGNUM *serial = BN_new();

    out->key = opts->rsa_bits ? EVP_RSA_gen(opts->rsa_bits)
                              : EVP_EC_gen(opts->curve ? opts->curve : "P-256");
    out->cert = X509_new();
    assert(out->key != NULL && out->cert != NULL);
    X509_set_version(out->cert, X509_VERSION_3);
    assert(BN_rand(serial, 96, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1);
    BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(out->cert));
    BN_free(serial);
    X509_gmtime_adj(X509_getm_notBefore(out->cert),
                    opts->from_s ? opts->from_s : -3600L);
    X509_gmtime_adj(X509_getm_notAfter(out->cert),
                    opts->to_s ? opts->to_s : 30L * 24 * 3600);
    name = X509_get_subject_name(out->cert);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                               (const unsigned char *)opts->name, -1, -1, 0);
    X509_set_issuer_name(out->cert, X509_get_subject_name(by->cert));
    X509_set_pubkey(out->cert, out->key);
    extend(out->cert, by->cert, NID_basic_constraints,
           opts->is_ca ? "critical,CA:TRUE" : "CA:FALSE");
    extend(out->cert, by->cert, NID_subject_key_identifier, "hash");
    if (opts->san != NULL)
        extend(out->cert, by->cert, NID_subject_alt_name, opts->san);
    if (!opts->is_ca)
        extend(out->cert, by->cert, NID_ext_key_usage,
               opts->usage ? opts->usage : "serverAuth,clientAuth");
    if (opts->feature != NULL)
        extend(out->cert, by->cert, NID_tlsfeature, opts->feature);
    assert(X509_sign(out->cert, by->key,
                     EVP_get_digestbyname(opts->md ? opts->md : "SHA256")) > 0);
}

void
pki_free(struct pki *pki)
{
    X509_free(pki->cert);
    EVP_PKEY_free(pki->key);
    pki->cert = NULL;
    pki->key = NULL;
}

char *
pki_pem(const struct pki *pki)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data = NULL;
    char *text;
    long len;

    assert(PEM_write_bio_X509(bio, pki->cert) == 1);
    len = BIO_get_mem_data(bio, &data);
    text = strndup(data, (size_t)len);
    BIO_free(bio);
    return text;
}

char *
pki_locked_pem(const struct pki *pki)
{
    BIO *bio = BIO_new(BIO_s_mem());
    const unsigned char *pass = (const unsigned char *)PKI_PASSPHRASE;
    char *data = NULL;
    char *text;
    long len;

    assert(PEM_ASN1_write_bio((i2d_of_void *)i2d_X509, PEM_STRING_X509, bio,
                              pki->cert, EVP_aes_128_cbc(), pass,
                              (int)strlen(PKI_PASSPHRASE), NULL, NULL) == 1);
    len = BIO_get_mem_data(bio, &data);
    text = strndup(data, (size_t)len);
    BIO_free(bio);
    return text;
}

void
pki_say_passphrase(void)
{
    static const char line[] = PKI_PASSPHRASE "\n";
    int ends[2];

    assert(pipe(ends) == 0);
    assert(write(ends[1], line, sizeof(line) - 1) == sizeof(line) - 1);
    assert(dup2(ends[0], STDIN_FILENO) == STDIN_FILENO);
    assert(close(ends[0]) == 0 && close(ends[1]) == 0);
}

char *
pki_key_pem(const struct pki *pki)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data = NULL;
    char *text;
    long len;

    assert(PEM_write_bio_PrivateKey(bio, pki->key, NULL, NULL, 0, NULL, NULL) ==
           1);
    len = BIO_get_mem_data(bio, &data);
    text = strndup(data, (size_t)len);
    BIO_free(bio);
    return text;
}

char *
pki_quoted_pem(const struct pki *pki)
{
    char *pem = pki_pem(pki);
    char *quoted = calloc(2, strlen(pem) + 1); /* each byte may become two */
    char *to = quoted;

    assert(quoted != NULL);
    for (const char *at = pem; *at != '\0'; at++) {
        if (*at == '\n')
            *to++ = '\\';
        *to++ = *at == '\n' ? 'n' : *at;
    }
    free(pem);
    return quoted;
}

void
pki_write(const struct pki *pki, const struct pki *chain, const char *cert_file,
          const char *key_file)
{
    FILE *f = fopen(cert_file, "w");

    assert(f != NULL);
    assert(PEM_write_X509(f, pki->cert) == 1);
    if (chain != NULL)
        assert(PEM_write_X509(f, chain->cert) == 1);
    fclose(f);
    if (key_file == NULL)
        return;
    f = fopen(key_file, "w");
    assert(f != NULL);
    assert(PEM_write_PrivateKey(f, pki->key, NULL, NULL, 0, NULL, NULL) == 1);
    fclose(f);
}
