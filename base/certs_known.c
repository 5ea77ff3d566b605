/*
 * A row does not hold the certificates that were sent, only their places: the
 * next handshake brings the same ones along.  What the path took of the store
 * is counted up there and costs nothing.  The key names the store by its
 * address, which stays its own because the row holds on to it.
 */
#include "base/certs_known.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/certs.h"
#include "base/str.h"
#include "base/trust.h"

#define PATH_MAX_KEPT 8 /* certificates; longer paths are verified each time */

struct place {
    int at;     /* among those that were sent; -1: of the store */
    X509 *cert; /* of the store */
};

struct row {
    struct certs_known_key key;
    struct trust *trust; /* NULL: the row is empty */
    wall_t from;         /* every date of the path holds, both included */
    wall_t to;
    size_t count;
    struct place path[PATH_MAX_KEPT];
};

struct certs_known {
    struct row *row[CERTS_KNOWN_MAX];
    size_t hits;
};

struct certs_known *
certs_known_create(void)
{
    return str_xcalloc(1, sizeof(struct certs_known));
}

static void
free_row(struct row *row)
{
    if (row == NULL)
        return;
    for (size_t i = 0; i < row->count; i++)
        X509_free(row->path[i].cert);
    trust_free(row->trust);
    free(row);
}

void
certs_known_free(struct certs_known *known)
{
    if (known == NULL)
        return;
    for (size_t i = 0; i < CERTS_KNOWN_MAX; i++)
        free_row(known->row[i]);
    free(known);
}

/* False: OpenSSL could not, which is no reason to take one chain for another. */
static bool
digest(EVP_MD_CTX *md, struct certs_known_key *key, const STACK_OF(X509) * sent,
       const struct trust *trust, const char *host)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    int count = sk_X509_num(sent);
    bool ok = md != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1 &&
              EVP_DigestUpdate(md, &trust, sizeof(trust)) == 1 &&
              EVP_DigestUpdate(md, host, strlen(host) + 1) == 1;

    for (int i = 0; ok && i < count; i++)
        ok =
            X509_digest(sk_X509_value(sent, i), EVP_sha256(), sum, &len) == 1 &&
            EVP_DigestUpdate(md, sum, len) == 1;
    return ok && EVP_DigestFinal_ex(md, key->sum, NULL) == 1;
}

void
certs_known_key(struct certs_known_key *key, const STACK_OF(X509) * sent,
                const struct trust *trust, const char *host)
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();

    if (!digest(md, key, sent, trust, host))
        memset(key, 0, sizeof(*key));
    EVP_MD_CTX_free(md);
}

static bool
is_none(const struct certs_known_key *key)
{
    static const struct certs_known_key none;

    return memcmp(key, &none, sizeof(none)) == 0;
}

static size_t
slot_of(const struct certs_known_key *key)
{
    return ((size_t)key->sum[0] << 8 | key->sum[1]) % CERTS_KNOWN_MAX;
}

/* Counts `cert` into `path`; false when it is not there. */
static bool
push(STACK_OF(X509) * path, X509 *cert)
{
    if (cert == NULL || X509_up_ref(cert) != 1)
        return false;
    if (sk_X509_push(path, cert) > 0)
        return true;
    X509_free(cert);
    return false;
}

STACK_OF(X509) * certs_known_find(struct certs_known *known,
                                  const struct certs_known_key *key,
                                  const STACK_OF(X509) * sent, wall_t now)
{
    const struct row *row = known->row[slot_of(key)];
    STACK_OF(X509) * path;

    if (row == NULL || is_none(key) ||
        memcmp(&row->key, key, sizeof(*key)) != 0 || now.ms < row->from.ms ||
        now.ms > row->to.ms)
        return NULL;
    path = sk_X509_new_null();
    for (size_t i = 0; path != NULL && i < row->count; i++) {
        const struct place *place = &row->path[i];

        if (!push(path, place->at >= 0 ? sk_X509_value(sent, place->at)
                                       : place->cert)) {
            sk_X509_pop_free(path, X509_free);
            return NULL;
        }
    }
    known->hits++;
    return path;
}

static int
find_sent(const STACK_OF(X509) * sent, const X509 *cert)
{
    int count = sk_X509_num(sent);

    for (int i = 0; i < count; i++)
        if (X509_cmp(sk_X509_value(sent, i), cert) == 0)
            return i;
    return -1;
}

static void
fill_row(struct row *row, const STACK_OF(X509) * sent,
         const STACK_OF(X509) * path)
{
    int count = sk_X509_num(path);

    for (int i = 0; i < count; i++) {
        X509 *cert = sk_X509_value(path, i);
        wall_t from = certs_time(X509_get0_notBefore(cert));
        wall_t to = certs_time(X509_get0_notAfter(cert));
        struct place *place = &row->path[row->count++];

        if (i == 0 || from.ms > row->from.ms)
            row->from = from;
        if (i == 0 || to.ms < row->to.ms)
            row->to = to;
        place->at = find_sent(sent, cert);
        if (place->at < 0 && X509_up_ref(cert) == 1)
            place->cert = cert;
    }
}

void
certs_known_add(struct certs_known *known, const struct certs_known_key *key,
                struct trust *trust, const STACK_OF(X509) * sent,
                const STACK_OF(X509) * path)
{
    size_t slot = slot_of(key);
    int count = sk_X509_num(path);
    struct row *row;

    if (count < 1 || count > PATH_MAX_KEPT || is_none(key))
        return;
    row = str_xcalloc(1, sizeof(*row));
    row->key = *key;
    row->trust = trust_ref(trust);
    fill_row(row, sent, path);
    free_row(known->row[slot]);
    known->row[slot] = row;
}

size_t
certs_known_hits(const struct certs_known *known)
{
    return known->hits;
}
