/*
 * The signature is asked of a store that holds the leaf's issuer and nothing
 * else: the issuer itself may have signed, or a responder it vouches for by the
 * extended key usage OCSPSigning (RFC 6960, 4.2.2.2).  Whether the issuer is
 * trusted is the chain's business, not the staple's.
 *
 * A response may name the certificate by any hash, so that each of its answers
 * is compared under its own.
 */
#include "checks/tls_staple.h"

#include <assert.h>
#include <openssl/ocsp.h>
#include <openssl/x509.h>
#include <stdio.h>

#include "base/certs.h"
#include "base/str.h"
#include "base/units.h"

#define SKEW_MS (5LL * 60 * MS_PER_S) /* clocks differ */

static void
set_invalid(struct tls_staple *staple, const char *why)
{
    staple->state = TLS_STAPLE_INVALID;
    (void)str_copy(staple->why, sizeof(staple->why), why);
}

/* Signed by the issuer, or by whom it lets sign? */
static bool
is_signed(OCSP_BASICRESP *basic, STACK_OF(X509) * chain, X509 *issuer)
{
    X509_STORE *store = X509_STORE_new();
    bool is_right = false;

    if (store != NULL && X509_STORE_add_cert(store, issuer) == 1 &&
        X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN |
                                        X509_V_FLAG_NO_CHECK_TIME) == 1)
        is_right = OCSP_basic_verify(basic, chain, store, 0) == 1;
    X509_STORE_free(store);
    return is_right;
}

/* Is `id` the leaf's, by the hash it uses itself? */
static bool
is_about(const OCSP_CERTID *id, X509 *leaf, X509 *issuer)
{
    ASN1_OBJECT *name = NULL;
    const EVP_MD *md;
    OCSP_CERTID *ours;
    bool is_same;

    /* OpenSSL takes it without const, and only reads it. */
    if (OCSP_id_get0_info(NULL, &name, NULL, NULL,
                          (OCSP_CERTID *)(uintptr_t)id) != 1)
        return false;
    md = EVP_get_digestbyobj(name);
    ours = md != NULL ? OCSP_cert_to_id(md, leaf, issuer) : NULL;
    is_same = ours != NULL && OCSP_id_cmp(ours, id) == 0;
    OCSP_CERTID_free(ours);
    return is_same;
}

static OCSP_SINGLERESP *
find_answer(OCSP_BASICRESP *basic, X509 *leaf, X509 *issuer)
{
    for (int i = 0; i < OCSP_resp_count(basic); i++) {
        OCSP_SINGLERESP *one = OCSP_resp_get0(basic, i);

        if (is_about(OCSP_SINGLERESP_get0_id(one), leaf, issuer))
            return one;
    }
    return NULL;
}

static void
judge_dates(struct tls_staple *staple, wall_t now)
{
    char day[UNITS_TEXT_MAX];

    if (staple->this_update.ms > now.ms + SKEW_MS) {
        staple->state = TLS_STAPLE_STALE;
        (void)snprintf(staple->why, sizeof(staple->why), "it begins on %s",
                       units_format_time(day, staple->this_update));
    } else if (staple->next_update.ms != 0 &&
               staple->next_update.ms + SKEW_MS < now.ms) {
        staple->state = TLS_STAPLE_STALE;
        (void)snprintf(staple->why, sizeof(staple->why), "it ended on %s",
                       units_format_time(day, staple->next_update));
    }
}

static void
judge_answer(struct tls_staple *staple, OCSP_SINGLERESP *one, wall_t now)
{
    ASN1_GENERALIZEDTIME *revoked = NULL, *from = NULL, *to = NULL;
    int cause = 0;
    int status = OCSP_single_get0_status(one, &cause, &revoked, &from, &to);

    staple->this_update = certs_time(from);
    if (to != NULL)
        staple->next_update = certs_time(to);
    if (status == V_OCSP_CERTSTATUS_REVOKED) {
        staple->state = TLS_STAPLE_REVOKED;
        if (revoked != NULL)
            staple->revoked_at = certs_time(revoked);
        if (cause >= 0)
            (void)str_copy(staple->why, sizeof(staple->why),
                           OCSP_crl_reason_str(cause));
        return;
    }
    staple->state =
        status == V_OCSP_CERTSTATUS_GOOD ? TLS_STAPLE_GOOD : TLS_STAPLE_UNKNOWN;
    judge_dates(staple, now);
}

static void
judge_basic(struct tls_staple *staple, OCSP_BASICRESP *basic,
            STACK_OF(X509) * chain, wall_t now)
{
    X509 *leaf = sk_X509_value(chain, 0);
    X509 *issuer = sk_X509_num(chain) > 1 ? sk_X509_value(chain, 1) : leaf;
    OCSP_SINGLERESP *one;

    if (!is_signed(basic, chain, issuer)) {
        set_invalid(staple, "its signature is not of the certificate's issuer");
        return;
    }
    one = find_answer(basic, leaf, issuer);
    if (one == NULL)
        set_invalid(staple, "it is about another certificate");
    else
        judge_answer(staple, one, now);
}

void
tls_staple_judge(struct tls_staple *staple, const uint8_t *der, size_t len,
                 STACK_OF(X509) * chain, wall_t now)
{
    const unsigned char *at = der;
    OCSP_RESPONSE *response;
    OCSP_BASICRESP *basic = NULL;

    *staple = (struct tls_staple){.state = TLS_STAPLE_MISSING};
    if (der == NULL || len == 0 || sk_X509_num(chain) < 1)
        return;
    response =
        len <= TLS_STAPLE_MAX ? d2i_OCSP_RESPONSE(NULL, &at, (long)len) : NULL;
    if (response == NULL)
        set_invalid(staple, "it is no OCSP response");
    else if (OCSP_response_status(response) != OCSP_RESPONSE_STATUS_SUCCESSFUL)
        set_invalid(staple,
                    OCSP_response_status_str(OCSP_response_status(response)));
    else if ((basic = OCSP_response_get1_basic(response)) == NULL)
        set_invalid(staple, "it is no basic OCSP response");
    else
        judge_basic(staple, basic, chain, now);
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(response);
}

const char *
tls_staple_name(enum tls_staple_state state)
{
    static const char *const names[] = {"missing", "good",  "revoked",
                                        "unknown", "stale", "invalid"};

    assert((size_t)state < sizeof(names) / sizeof(names[0]));
    return names[state];
}
