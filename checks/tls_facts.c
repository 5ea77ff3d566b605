#include "checks/tls_facts.h"

#include <stdio.h>
#include <string.h>

#include "base/certs.h"
#include "base/expr.h"
#include "base/json.h"
#include "base/loop.h"
#include "base/str.h"
#include "base/units.h"
#include "checks/look.h"
#include "checks/tls_staple.h"
#include "wire/result.h"

#define NAMES_SHOWN 20 /* of the leaf */
#define NAME_SHOWN  60 /* bytes of a name in the fact `chain` */

/* ---- expectations ---- */

/* "1.2 1.3", one decimal a word (expr.h). */
static void
add_versions(struct expr_values *values, const char *text)
{
    while (text != NULL && text[0] != '\0') {
        static const char *const names[] = {"1.0", "1.1", "1.2", "1.3"};
        int minor = text[2] - '0';
        struct expr_value v = {
            .type = EXPR_V_NUM,
            .text = minor >= 0 && minor <= 3 ? names[minor] : NULL,
            .num = 1,
            .decimal = 1 + minor / 10.0,
            .is_decimal = minor != 0,
        };

        expr_values_add(values, &v);
        text += text[3] == ' ' ? 4 : 3;
    }
}

static void
add_text(struct expr_values *values, const char *text)
{
    if (text != NULL)
        expr_values_text(values, text, strlen(text));
}

void
tls_facts_lookup(const struct look *look, enum subject subject,
                 struct expr_values *values)
{
    const struct tls_staple *staple = look->seen.staple;
    wall_t now = loop_wall(look->loop);

    if (subject == SUBJECT_VERSIONS)
        add_versions(values, look->seen.tls_versions);
    else if (subject == SUBJECT_CLIENT_CERT)
        add_text(values, look->seen.client_cert);
    else if (staple == NULL)
        return;
    else if (subject == SUBJECT_OCSP)
        add_text(values, tls_staple_name(staple->state));
    else if (staple->next_update.ms != 0)
        expr_values_int(values, (staple->next_update.ms - now.ms) * NS_PER_MS);
}

/* ---- facts ---- */

/* The path, or what was sent: "shop.example 29d, R11 700d, Root 3650d". */
static void
format_chain(struct look *look)
{
    const struct certs *certs = look->seen.certs;
    size_t count = certs->path_count > 0 ? certs->path_count : certs->count;
    wall_t now = loop_wall(look->loop);
    size_t len = 0;

    look->chain[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        size_t at = certs->path_count > 0 ? certs->path[i] : i;
        size_t room = sizeof(look->chain) - len;
        int n = snprintf(look->chain + len, room, "%s%.*s %lldd",
                         i > 0 ? ", " : "", NAME_SHOWN, certs->cert[at].subject,
                         (long long)certs_days(&certs->cert[at], now));

        if (n < 0 || (size_t)n >= room) {
            look->chain[len] = '\0';
            return;
        }
        len += (size_t)n;
    }
}

static void
add_certs(struct look *look, struct result *result)
{
    const struct certs *certs = look->seen.certs;
    const struct cert *leaf = &certs->cert[0];

    result_add_text(result, FACT_CERT_SUBJECT, leaf->subject);
    result_add_text(result, FACT_CERT_ISSUER, leaf->issuer);
    (void)units_format_time(look->cert_not_after, leaf->not_after);
    result_add_text(result, FACT_CERT_NOT_AFTER, look->cert_not_after);
    result_add_int(result, FACT_CERT_DAYS,
                   certs_days(leaf, loop_wall(look->loop)));
    result_add_int(result, FACT_CHAIN_DAYS, certs->chain_days);
    result_add_int(result, FACT_SENT_DAYS, certs->sent_days);
    (void)units_format_time(look->sent_not_after, certs->sent_ends);
    result_add_text(result, FACT_SENT_NOT_AFTER, look->sent_not_after);
    result_add_text(result, FACT_CERT_SHA256, leaf->sha256);
    result_add_text(result, FACT_SPKI, leaf->spki);
    (void)snprintf(look->tls_key, sizeof(look->tls_key), "%s %d",
                   leaf->key_type, leaf->key_bits);
    result_add_text(result, FACT_KEY, look->tls_key);
    format_chain(look);
    result_add_text(result, FACT_CHAIN, look->chain);
}

static void
add_staple(struct look *look, struct result *result)
{
    const struct tls_staple *staple = look->seen.staple;

    result_add_text(result, FACT_OCSP, tls_staple_name(staple->state));
    if (staple->next_update.ms == 0)
        return;
    (void)units_format_time(look->ocsp_next, staple->next_update);
    result_add_text(result, FACT_OCSP_NEXT_UPDATE, look->ocsp_next);
}

void
tls_facts_add(struct look *look, struct result *result)
{
    struct seen *seen = &look->seen;

    result_add_text(result, FACT_TLS_PROTOCOL, seen->tls_protocol);
    result_add_text(result, FACT_CIPHER, seen->cipher);
    result_add_text(result, FACT_ALPN, seen->alpn);
    if (seen->faults[0] != '\0')
        result_add_text(result, FACT_FAULTS, seen->faults);
    if (seen->certs != NULL && seen->certs->count > 0)
        add_certs(look, result);
    if (seen->staple != NULL)
        add_staple(look, result);
    if (seen->client_cert != NULL && !str_eq(seen->client_cert, "none"))
        result_add_text(result, FACT_CLIENT_CERT, seen->client_cert);
    result_add_text(result, FACT_TLS_VERSIONS, seen->tls_versions);
}

/* ---- evidence ---- */

static void
add_names(struct json *j, const struct certs *certs)
{
    json_arr(j, "names");
    for (size_t i = 0; i < certs->name_count && i < NAMES_SHOWN; i++)
        json_str(j, NULL, certs->names[i]);
    json_end(j);
}

static void
add_sent(struct json *j, const struct certs *certs, wall_t now)
{
    char text[UNITS_TEXT_MAX];

    json_arr(j, "chain");
    for (size_t i = 0; i < certs->count; i++) {
        const struct cert *cert = &certs->cert[i];

        json_obj(j, NULL);
        json_str(j, "subject", cert->subject);
        json_str(j, "issuer", cert->issuer);
        json_str(j, "serial", cert->serial);
        json_str(j, "not_before", units_format_time(text, cert->not_before));
        json_str(j, "not_after", units_format_time(text, cert->not_after));
        json_int(j, "days", certs_days(cert, now));
        json_str(j, "key", cert->key_type);
        json_int(j, "key_bits", cert->key_bits);
        json_str(j, "signature", cert->signature);
        json_str(j, "sha256", cert->sha256);
        json_str(j, "spki", cert->spki);
        if (i == 0)
            add_names(j, certs);
        json_end(j);
    }
    json_end(j);
}

static void
add_path(struct json *j, const struct certs *certs, wall_t now)
{
    json_arr(j, "path");
    for (size_t i = 0; i < certs->path_count; i++) {
        const struct cert *cert = &certs->cert[certs->path[i]];

        json_obj(j, NULL);
        json_str(j, "subject", cert->subject);
        json_int(j, "days", certs_days(cert, now));
        json_bool(j, "sent", certs->path[i] < certs->count);
        json_end(j);
    }
    json_end(j);
}

static void
add_staple_evidence(struct json *j, const struct tls_staple *staple)
{
    char text[UNITS_TEXT_MAX];

    json_obj(j, "staple");
    json_str(j, "state", tls_staple_name(staple->state));
    if (staple->why[0] != '\0')
        json_str(j, "why", staple->why);
    if (staple->this_update.ms != 0)
        json_str(j, "this_update",
                 units_format_time(text, staple->this_update));
    if (staple->next_update.ms != 0)
        json_str(j, "next_update",
                 units_format_time(text, staple->next_update));
    json_end(j);
}

void
tls_facts_evidence(struct json *j, const struct look *look)
{
    const struct seen *seen = &look->seen;
    wall_t now = loop_wall(look->loop);

    if (seen->certs == NULL)
        return;
    if (seen->faults[0] != '\0')
        json_str(j, "tls_faults", seen->faults);
    add_sent(j, seen->certs, now);
    if (seen->certs->path_count > 0)
        add_path(j, seen->certs, now);
    if (seen->staple != NULL)
        add_staple_evidence(j, seen->staple);
}
