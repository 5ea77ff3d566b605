/*
 * Several things may be wrong with one chain.  They stand in the order of
 * WORST: the first is the reason, all are in the fact `tls_faults`.  A date
 * goes before trust because it is the commonest and the surest; what follows
 * from another fault (an expired certificate is no trusted one) goes after it.
 */
#include "checks/tls_reason.h"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/certs.h"
#include "base/str.h"
#include "base/units.h"

static const enum reason WORST[] = {
    REASON_TLS_REVOKED,       REASON_TLS_EXPIRED,
    REASON_TLS_NOT_YET_VALID, REASON_TLS_HOSTNAME,
    REASON_TLS_SELF_SIGNED,   REASON_TLS_INCOMPLETE_CHAIN,
    REASON_TLS_UNTRUSTED,     REASON_TLS_INVALID_CA,
    REASON_TLS_PURPOSE,       REASON_TLS_PIN,
    REASON_TLS_WEAK_KEY,      REASON_TLS_WEAK_SIGNATURE,
    REASON_TLS_OCSP_MISSING,  REASON_TLS_PROTOCOL,
    REASON_TLS_ALPN,
};

#define WORST_COUNT (sizeof(WORST) / sizeof(WORST[0]))

static const struct {
    int error;
    enum reason reason;
} VERIFY[] = {
    {X509_V_ERR_CERT_HAS_EXPIRED, REASON_TLS_EXPIRED},
    {X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD, REASON_TLS_EXPIRED},
    {X509_V_ERR_CERT_NOT_YET_VALID, REASON_TLS_NOT_YET_VALID},
    {X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD, REASON_TLS_NOT_YET_VALID},
    {X509_V_ERR_HOSTNAME_MISMATCH, REASON_TLS_HOSTNAME},
    {X509_V_ERR_IP_ADDRESS_MISMATCH, REASON_TLS_HOSTNAME},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, REASON_TLS_SELF_SIGNED},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, REASON_TLS_UNTRUSTED},
    {X509_V_ERR_CERT_UNTRUSTED, REASON_TLS_UNTRUSTED},
    {X509_V_ERR_CERT_REJECTED, REASON_TLS_UNTRUSTED},
    {X509_V_ERR_INVALID_PURPOSE, REASON_TLS_PURPOSE},
    {X509_V_ERR_INVALID_CA, REASON_TLS_INVALID_CA},
    {X509_V_ERR_KEYUSAGE_NO_CERTSIGN, REASON_TLS_INVALID_CA},
    {X509_V_ERR_PATH_LENGTH_EXCEEDED, REASON_TLS_INVALID_CA},
    {X509_V_ERR_INVALID_NON_CA, REASON_TLS_INVALID_CA},
    {X509_V_ERR_PERMITTED_VIOLATION, REASON_TLS_INVALID_CA},
    {X509_V_ERR_EXCLUDED_VIOLATION, REASON_TLS_INVALID_CA},
    {X509_V_ERR_SUBTREE_MINMAX, REASON_TLS_INVALID_CA},
    {X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE, REASON_TLS_INVALID_CA},
    {X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX, REASON_TLS_INVALID_CA},
    {X509_V_ERR_UNSUPPORTED_NAME_SYNTAX, REASON_TLS_INVALID_CA},
    {X509_V_ERR_EE_KEY_TOO_SMALL, REASON_TLS_WEAK_KEY},
    {X509_V_ERR_CA_KEY_TOO_SMALL, REASON_TLS_WEAK_KEY},
    {X509_V_ERR_CA_MD_TOO_WEAK, REASON_TLS_WEAK_SIGNATURE},
    {X509_V_ERR_CERT_REVOKED, REASON_TLS_REVOKED},
};

/* RFC 8446, 6; what a server says about a client without a certificate. */
static const struct {
    int alert;
    enum reason reason;
} ALERTS[] = {
    {42, REASON_TLS_CLIENT_CERT_REJECTED}, /* bad_certificate */
    {43, REASON_TLS_CLIENT_CERT_REJECTED}, /* unsupported_certificate */
    {44, REASON_TLS_CLIENT_CERT_REJECTED}, /* certificate_revoked */
    {45, REASON_TLS_CLIENT_CERT_REJECTED}, /* certificate_expired */
    {46, REASON_TLS_CLIENT_CERT_REJECTED}, /* certificate_unknown */
    {48, REASON_TLS_CLIENT_CERT_REJECTED}, /* unknown_ca */
    {70, REASON_TLS_PROTOCOL},             /* protocol_version */
    {116, REASON_TLS_CLIENT_CERT_REQUIRED},
    {120, REASON_TLS_ALPN}, /* no_application_protocol */
};

void
tls_reason_add(struct tls_faults *faults, enum reason reason)
{
    for (size_t i = 0; i < WORST_COUNT; i++)
        if (WORST[i] == reason)
            faults->bits |= 1u << i;
}

static bool
is_issuer_missing(int error)
{
    return error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
           error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
           error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
}

void
tls_reason_add_verify(struct tls_faults *faults, int error,
                      const struct certs *certs)
{
    if (error == X509_V_OK)
        return;
    /* A server that sent nothing but its leaf forgot the intermediate, unless
     * an authority nobody knows signed the leaf itself: from outside the two
     * look the same, and the former is what happens. */
    if (is_issuer_missing(error) && certs != NULL && certs->count == 1) {
        tls_reason_add(faults, REASON_TLS_INCOMPLETE_CHAIN);
        return;
    }
    for (size_t i = 0; i < sizeof(VERIFY) / sizeof(VERIFY[0]); i++) {
        if (VERIFY[i].error == error) {
            tls_reason_add(faults, VERIFY[i].reason);
            return;
        }
    }
    tls_reason_add(faults, REASON_TLS_UNTRUSTED);
}

static bool
has(const char *text, const char *word)
{
    return str_find(text, strlen(text), word, strlen(word)) != NULL;
}

static bool
is_weak_key(const struct cert *cert, const struct tls_policy *policy)
{
    int rsa = policy->rsa_bits ? policy->rsa_bits : TLS_POLICY_RSA_BITS;
    int ec = policy->ec_bits ? policy->ec_bits : TLS_POLICY_EC_BITS;

    if (str_starts(cert->key_type, "RSA") || str_eq(cert->key_type, "DSA"))
        return cert->key_bits < rsa;
    return str_eq(cert->key_type, "EC") && cert->key_bits < ec;
}

/* Nobody relies on the signature of a root. */
static bool
is_weak_signature(const struct cert *cert)
{
    static const char *const words[] = {"md5", "MD5", "sha1", "SHA1",
                                        "md4", "MD4", "md2",  "MD2"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (has(cert->signature, words[i]))
            return !cert->is_self_signed;
    return false;
}

void
tls_reason_add_weak(struct tls_faults *faults, const struct certs *certs,
                    const struct tls_policy *policy)
{
    for (size_t i = 0; certs != NULL && i < certs->total; i++) {
        if (is_weak_key(&certs->cert[i], policy))
            tls_reason_add(faults, REASON_TLS_WEAK_KEY);
        if (is_weak_signature(&certs->cert[i]))
            tls_reason_add(faults, REASON_TLS_WEAK_SIGNATURE);
    }
}

void
tls_reason_remove(struct tls_faults *faults, enum reason reason)
{
    for (size_t i = 0; i < WORST_COUNT; i++)
        if (WORST[i] == reason)
            faults->bits &= ~(1u << i);
}

void
tls_reason_forgive(struct tls_faults *faults)
{
    struct tls_faults kept = {0};

    for (size_t i = 0; i < WORST_COUNT; i++)
        if (faults->bits & 1u << i &&
            (WORST[i] == REASON_TLS_PIN || WORST[i] == REASON_TLS_ALPN))
            tls_reason_add(&kept, WORST[i]);
    *faults = kept;
}

enum reason
tls_reason_worst(const struct tls_faults *faults)
{
    for (size_t i = 0; i < WORST_COUNT; i++)
        if (faults->bits & 1u << i)
            return WORST[i];
    return REASON_NONE;
}

const char *
tls_reason_format(char *to, size_t cap, const struct tls_faults *faults)
{
    struct buf out;

    buf_init(&out, cap - 1);
    for (size_t i = 0; i < WORST_COUNT; i++)
        if (faults->bits & 1u << i)
            buf_addf(&out, "%s%s", out.len > 0 ? ", " : "",
                     reason_name(WORST[i]) + strlen("tls."));
    (void)str_copy(to, cap, buf_text(&out));
    buf_free(&out);
    return to;
}

/* About as hard to break, whatever the kind of key. */
static int
strength_of(const struct cert *cert)
{
    const int ec_to_rsa = 10;

    return str_eq(cert->key_type, "EC") ? cert->key_bits * ec_to_rsa
                                        : cert->key_bits;
}

/* Is `a` more to blame for `reason` than `b`? */
static bool
is_worse(enum reason reason, const struct cert *a, const struct cert *b)
{
    if (reason == REASON_TLS_EXPIRED)
        return a->not_after.ms < b->not_after.ms;
    if (reason == REASON_TLS_NOT_YET_VALID)
        return a->not_before.ms > b->not_before.ms;
    if (reason == REASON_TLS_WEAK_KEY)
        return strength_of(a) < strength_of(b);
    return reason == REASON_TLS_WEAK_SIGNATURE && is_weak_signature(a) &&
           !is_weak_signature(b);
}

/* Nobody was stopped by the date of a certificate beside the path. */
static const struct cert *
cert_of_path(enum reason reason, const struct certs *certs)
{
    const struct cert *worst = &certs->cert[certs->path[0]];

    for (size_t i = 1; i < certs->path_count; i++)
        if (is_worse(reason, &certs->cert[certs->path[i]], worst))
            worst = &certs->cert[certs->path[i]];
    return worst;
}

/* The certificate that `reason` is about; the leaf when it is about none. */
static const struct cert *
cert_of(enum reason reason, const struct certs *certs)
{
    const struct cert *worst = &certs->cert[0];
    bool is_date =
        reason == REASON_TLS_EXPIRED || reason == REASON_TLS_NOT_YET_VALID;

    if (is_date && certs->path_count > 0)
        return cert_of_path(reason, certs);
    for (size_t i = 1; i < certs->total; i++)
        if (is_worse(reason, &certs->cert[i], worst))
            worst = &certs->cert[i];
    return worst;
}

/* A name that reads like the host and is not it: an address counts only as
 * one, not as a DNS name of the same letters. */
static void
add_names(struct buf *out, const struct certs *certs, const char *host)
{
    const size_t shown = 3;

    for (size_t i = 0; i < certs->name_count && i < shown; i++)
        buf_addf(out, "%s%s%s", i > 0 ? ", " : "", certs->names[i],
                 str_eq(certs->names[i], host)
                     ? " (as a DNS name, not as an address)"
                     : "");
    if (certs->name_total > shown)
        buf_addf(out, " and %zu more", certs->name_total - shown);
    if (certs->name_count == 0)
        buf_add_str(out, "no name");
}

/* Who would have to be trusted: the issuer at the end of what was sent, from
 * the leaf up.  What stands beside that has no say. */
static const char *
end_of(const struct certs *certs)
{
    const struct cert *at = &certs->cert[0];

    for (size_t steps = 0; steps < certs->count; steps++) {
        const struct cert *next = NULL;

        for (size_t i = 1; i < certs->count && next == NULL; i++)
            if (str_eq(certs->cert[i].subject, at->issuer))
                next = &certs->cert[i];
        if (next == NULL)
            break;
        at = next;
    }
    return at->issuer;
}

/* A leaf that was sent twice, or another's, signed nothing. */
static bool
has_signed(const struct certs *certs, size_t at)
{
    for (size_t i = 0; i < certs->count; i++)
        if (i != at && str_eq(certs->cert[i].issuer, certs->cert[at].subject))
            return true;
    return false;
}

static void
add_invalid_ca(struct buf *out, const struct certs *certs, const char *host)
{
    for (size_t i = 1; i < certs->count; i++)
        if (!certs->cert[i].is_ca && has_signed(certs, i)) {
            buf_addf(out, "%s is no authority, and signed a certificate",
                     certs->cert[i].subject);
            return;
        }
    buf_addf(out,
             "an authority of the chain may not sign for %s: its own "
             "certificate limits the names, the purpose or the length of the "
             "chain",
             host);
}

static void
add_message(struct buf *out, enum reason reason, const struct certs *certs,
            const char *host)
{
    const struct cert *cert = cert_of(reason, certs);
    char day[UNITS_TEXT_MAX];

    if (reason == REASON_TLS_EXPIRED) {
        buf_addf(out, "the certificate of %s expired on %s", cert->subject,
                 units_format_day(day, cert->not_after));
    } else if (reason == REASON_TLS_NOT_YET_VALID) {
        buf_addf(out, "the certificate of %s is valid from %s", cert->subject,
                 units_format_day(day, cert->not_before));
    } else if (reason == REASON_TLS_HOSTNAME) {
        buf_addf(out, "the certificate is not for %s but for ", host);
        add_names(out, certs, host);
    } else if (reason == REASON_TLS_INCOMPLETE_CHAIN) {
        buf_addf(out,
                 "the server sent only its own certificate; its issuer, %s, "
                 "was neither sent nor is it trusted",
                 cert->issuer);
    } else if (reason == REASON_TLS_UNTRUSTED) {
        buf_addf(out, "the chain ends at %s, which is not trusted",
                 end_of(certs));
    } else if (reason == REASON_TLS_INVALID_CA) {
        add_invalid_ca(out, certs, host);
    } else if (reason == REASON_TLS_WEAK_KEY) {
        buf_addf(out, "the %s key of %s has %d bits, which are too few",
                 cert->key_type, cert->subject, cert->key_bits);
    } else if (reason == REASON_TLS_WEAK_SIGNATURE) {
        buf_addf(out,
                 "the certificate of %s is signed by %s, which is too weak",
                 cert->subject, cert->signature);
    } else {
        buf_addf(out, "%s (%s)", reason_text(reason), cert->subject);
    }
}

const char *
tls_reason_message(char *to, size_t cap, enum reason reason,
                   const struct certs *certs, const char *host)
{
    struct buf out;

    if (certs == NULL || certs->count == 0) {
        (void)str_copy(to, cap, reason_text(reason));
        return to;
    }
    /* Certificates' names are long at most 256 bytes: this has room. */
    buf_init(&out, 4096);
    add_message(&out, reason, certs, host);
    (void)str_copy(to, cap, buf_text(&out));
    buf_free(&out);
    return to;
}

enum reason
tls_reason_of_alert(int alert)
{
    for (size_t i = 0; i < sizeof(ALERTS) / sizeof(ALERTS[0]); i++)
        if (ALERTS[i].alert == alert)
            return ALERTS[i].reason;
    return REASON_TLS_ALERT;
}

const char *
tls_reason_alert_message(char *to, size_t cap, int alert)
{
    const char *why = "";

    if (alert == SSL_AD_HANDSHAKE_FAILURE)
        why = ": it shares no cipher, curve or signature with us, or has no "
              "certificate for the name that was sent (SNI)";
    else if (alert == SSL_AD_UNRECOGNIZED_NAME)
        why = ": it does not know the name that was sent (SNI)";
    else if (alert == SSL_AD_INTERNAL_ERROR)
        why = ": look at its log";
    (void)snprintf(to, cap, "the server ended the handshake: alert %d, %s%s",
                   alert, SSL_alert_desc_string_long(alert), why);
    return to;
}
