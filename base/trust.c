/*
 * One store for the whole process: curl would read the 145 certificates of
 * Debian's bundle anew for every connection, 40 ms of CPU each.  The store is
 * filled here and never changed after; OpenSSL locks what it must inside.
 */
#include "base/trust.h"

#include <assert.h>
#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pem.h"
#include "base/str.h"

struct trust {
    X509_STORE *store;
    size_t count; /* certificates added, doubles left out by the store too */
    atomic_int refs;
};

/* Why reading stopped: the end of the text is not an error. */
static bool
ended_well(void)
{
    unsigned long err = ERR_peek_last_error();
    bool is_end = err == 0 || ERR_GET_REASON(err) == PEM_R_NO_START_LINE;

    ERR_clear_error();
    return is_end;
}

/* Adds every certificate of `bio`; -1 when one is malformed. */
static int
add_all(struct trust *trust, BIO *bio)
{
    X509 *cert;

    ERR_clear_error();
    while ((cert = PEM_read_bio_X509_AUX(bio, NULL, pem_no_passphrase, NULL)) !=
           NULL) {
        int added = X509_STORE_add_cert(trust->store, cert);
        X509_free(cert);
        if (added != 1)
            return -1;
        trust->count++;
    }
    return ended_well() ? 0 : -1;
}

static int
add_file(struct trust *trust, const char *file, char *why, size_t cap)
{
    BIO *bio = BIO_new_file(file, "r");
    size_t before = trust->count;
    int rc;

    if (bio == NULL) {
        snprintf(why, cap, "%s: %s; install ca-certificates or name a bundle",
                 file, strerror(errno));
        ERR_clear_error();
        return -1;
    }
    rc = add_all(trust, bio);
    BIO_free(bio);
    if (rc != 0 || trust->count == before) {
        snprintf(why, cap, "%s: %s", file,
                 rc != 0 ? "holds a malformed certificate"
                         : "holds no PEM certificate");
        return -1;
    }
    return 0;
}

static int
add_text(struct trust *trust, const char *pem, char *why, size_t cap)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    size_t before = trust->count;
    int rc = bio ? add_all(trust, bio) : -1;

    BIO_free(bio);
    if (rc != 0 || trust->count == before) {
        snprintf(why, cap, "the CA text holds %s",
                 rc != 0 ? "a malformed certificate" : "no PEM certificate");
        return -1;
    }
    return 0;
}

struct trust *
trust_create(const char *file, const char *pem, char *why, size_t cap)
{
    struct trust *trust = str_xcalloc(1, sizeof *trust);

    atomic_init(&trust->refs, 1);
    trust->store = X509_STORE_new();
    assert(trust->store != NULL);
    if (file == NULL)
        file = TRUST_SYSTEM;
    if (file[0] != '\0' && add_file(trust, file, why, cap) != 0)
        goto fail;
    if (pem != NULL && add_text(trust, pem, why, cap) != 0)
        goto fail;
    return trust;

fail:
    trust_free(trust);
    return NULL;
}

struct trust *
trust_ref(struct trust *trust)
{
    int before = atomic_fetch_add(&trust->refs, 1);

    assert(before > 0);
    return trust;
}

void
trust_free(struct trust *trust)
{
    if (trust == NULL || atomic_fetch_sub(&trust->refs, 1) > 1)
        return;
    X509_STORE_free(trust->store);
    free(trust);
}

X509_STORE *
trust_store(struct trust *trust)
{
    return trust->store;
}

size_t
trust_count(const struct trust *trust)
{
    return trust->count;
}
