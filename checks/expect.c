/*
 * Values are looked up in what was seen (look.h), whatever kind of check it is
 * of: a subject that its kind does not fill is absent there.
 */
#include "checks/expect.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/certs.h"
#include "base/expr.h"
#include "base/fetch.h"
#include "base/jsonpath.h"
#include "base/loop.h"
#include "base/mask.h"
#include "base/str.h"
#include "checks/dns_seen.h"
#include "checks/dns_values.h"
#include "checks/look.h"
#include "checks/spec_list.h"
#include "checks/subject.h"
#include "checks/tls_facts.h"

#define STATUS_OK_MIN 200
#define STATUS_OK_MAX 299

#define ALSO     "; also "
#define MORE_MAX 24 /* bytes of "; and 12 more" */

static void
add_text(struct expr_values *values, const char *text)
{
    if (text != NULL && text[0] != '\0')
        expr_values_text(values, text, strlen(text));
}

static void
add_phase(struct expr_values *values, const struct look *look, enum phase phase)
{
    if (look->us[phase] >= 0)
        expr_values_int(values, look->us[phase] * NS_PER_US);
}

/* "1.2" as expr.h has decimals: the whole part and the value. */
static void
add_version(struct expr_values *values, int whole, int tenths)
{
    struct expr_value v = {
        .type = EXPR_V_NUM,
        .text = whole == 1 && tenths == 0 ? "1.0" : NULL,
        .num = whole,
        .decimal = whole + tenths / 10.0,
        .is_decimal = tenths != 0,
    };

    expr_values_add(values, &v);
}

static void
add_headers(struct expr_values *values, const struct seen *seen,
            const char *name)
{
    size_t at = 0;
    size_t len;
    const char *value;

    while (seen->head != NULL &&
           (value = fetch_header(seen->head, seen->head_len, name, &at,
                                 &len)) != NULL)
        expr_values_text(values, value, len);
}

/* The value of cookie `name` in each Set-Cookie of the answer. */
static void
add_cookies(struct expr_values *values, const struct seen *seen,
            const char *name)
{
    size_t name_len = strlen(name);
    size_t at = 0;
    size_t len;
    const char *line;

    while (seen->head != NULL &&
           (line = fetch_header(seen->head, seen->head_len, "Set-Cookie", &at,
                                &len)) != NULL) {
        const char *end = memchr(line, ';', len);
        size_t pair = end != NULL ? (size_t)(end - line) : len;

        if (pair > name_len && line[name_len] == '=' &&
            memcmp(line, name, name_len) == 0)
            expr_values_text(values, line + name_len + 1, pair - name_len - 1);
    }
}

static void
add_json(struct expr_values *values, struct seen *seen, const char *path)
{
    char why[200] = "";
    char message[240];

    if (seen->body == NULL)
        return;
    if (seen->doc == NULL)
        seen->doc = jsonpath_doc(seen->body, seen->body_len, why, sizeof(why));
    if (seen->doc == NULL) {
        (void)snprintf(message, sizeof(message), "the body is not JSON: %s",
                       why);
        expr_values_fault(values, message);
        return;
    }
    jsonpath_lookup(path, seen->doc, values);
}

/* "TLSv1.2" is 1.2; "TLSv1" is 1.0. */
static void
add_protocol(struct expr_values *values, const struct seen *seen)
{
    static const char prefix[] = "TLSv1";
    const char *text = seen->tls_protocol;

    if (text == NULL || !str_starts(text, prefix))
        return;
    text += sizeof(prefix) - 1;
    add_version(values, 1, text[0] == '.' ? text[1] - '0' : 0);
}

static void
lookup_session(const struct seen *seen, enum subject subject,
               struct expr_values *values)
{
    if (subject == SUBJECT_PROTOCOL)
        add_protocol(values, seen);
    else
        add_text(values, subject == SUBJECT_ALPN ? seen->alpn : seen->cipher);
}

static void
lookup_cert(const struct look *look, enum subject subject,
            struct expr_values *values)
{
    const struct certs *certs = look->seen.certs;
    const struct cert *leaf;

    if (certs == NULL || certs->count == 0)
        return;
    leaf = &certs->cert[0];
    if (subject == SUBJECT_DAYS)
        expr_values_int(values, certs_days(leaf, loop_wall(look->loop)));
    else if (subject == SUBJECT_CHAIN_DAYS)
        expr_values_int(values, certs->chain_days);
    else if (subject == SUBJECT_SENT_DAYS)
        expr_values_int(values, certs->sent_days);
    else if (subject == SUBJECT_ISSUER)
        add_text(values, leaf->issuer);
    else if (subject == SUBJECT_SUBJECT)
        add_text(values, leaf->subject);
    else if (subject == SUBJECT_SPKI)
        add_text(values, leaf->spki);
    else if (subject == SUBJECT_KEY_BITS)
        expr_values_int(values, leaf->key_bits);
    else if (subject == SUBJECT_KEY_TYPE)
        add_text(values, leaf->key_type);
    else
        for (size_t i = 0; i < certs->name_count; i++)
            add_text(values, certs->names[i]);
}

static void
lookup_http(struct look *look, enum subject subject, const char *arg,
            struct expr_values *values)
{
    struct seen *seen = &look->seen;

    if (subject == SUBJECT_HEADER)
        add_headers(values, seen, arg);
    else if (subject == SUBJECT_COOKIE)
        add_cookies(values, seen, arg);
    else if (subject == SUBJECT_JSON)
        add_json(values, seen, arg);
    else if (subject == SUBJECT_STATUS && seen->status != 0)
        expr_values_int(values, seen->status);
    else if (subject == SUBJECT_BODY && seen->body != NULL)
        expr_values_text(values, seen->body, seen->body_len);
    else if (subject == SUBJECT_SIZE && seen->body != NULL)
        expr_values_int(values, (int64_t)seen->body_len);
    else if (subject == SUBJECT_HTTP_VERSION && seen->http_version != 0)
        add_version(values, seen->http_version / 10, seen->http_version % 10);
    else if (subject == SUBJECT_REDIRECTS && seen->redirects >= 0)
        expr_values_int(values, seen->redirects);
}

static enum phase
phase_of(enum subject subject)
{
    static const struct {
        enum subject subject;
        enum phase phase;
    } rows[] = {
        {SUBJECT_TIME_DNS, PHASE_DNS},
        {SUBJECT_TIME_CONNECT, PHASE_CONNECT},
        {SUBJECT_TIME_TLS, PHASE_TLS},
        {SUBJECT_TIME_WAIT, PHASE_WAIT},
        {SUBJECT_TIME_RECEIVE, PHASE_RECEIVE},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].subject == subject)
            return rows[i].phase;
    return PHASE_TOTAL;
}

/* Who has a subject's values; what stands in no row is its kind's own. */
enum owner {
    OWNER_KIND,
    OWNER_HTTP,
    OWNER_TIME,
    OWNER_CERT,
    OWNER_SESSION,
    OWNER_TLS,
};

static const unsigned char owners[] = {
    [SUBJECT_STATUS] = OWNER_HTTP,       [SUBJECT_HEADER] = OWNER_HTTP,
    [SUBJECT_COOKIE] = OWNER_HTTP,       [SUBJECT_BODY] = OWNER_HTTP,
    [SUBJECT_JSON] = OWNER_HTTP,         [SUBJECT_SIZE] = OWNER_HTTP,
    [SUBJECT_HTTP_VERSION] = OWNER_HTTP, [SUBJECT_REDIRECTS] = OWNER_HTTP,
    [SUBJECT_TIME] = OWNER_TIME,         [SUBJECT_TIME_DNS] = OWNER_TIME,
    [SUBJECT_TIME_CONNECT] = OWNER_TIME, [SUBJECT_TIME_TLS] = OWNER_TIME,
    [SUBJECT_TIME_WAIT] = OWNER_TIME,    [SUBJECT_TIME_RECEIVE] = OWNER_TIME,
    [SUBJECT_DAYS] = OWNER_CERT,         [SUBJECT_CHAIN_DAYS] = OWNER_CERT,
    [SUBJECT_SENT_DAYS] = OWNER_CERT,    [SUBJECT_ISSUER] = OWNER_CERT,
    [SUBJECT_SUBJECT] = OWNER_CERT,      [SUBJECT_SAN] = OWNER_CERT,
    [SUBJECT_SPKI] = OWNER_CERT,         [SUBJECT_KEY_BITS] = OWNER_CERT,
    [SUBJECT_KEY_TYPE] = OWNER_CERT,     [SUBJECT_PROTOCOL] = OWNER_SESSION,
    [SUBJECT_ALPN] = OWNER_SESSION,      [SUBJECT_CIPHER] = OWNER_SESSION,
    [SUBJECT_OCSP] = OWNER_TLS,          [SUBJECT_OCSP_LEFT] = OWNER_TLS,
    [SUBJECT_VERSIONS] = OWNER_TLS,      [SUBJECT_CLIENT_CERT] = OWNER_TLS,
};

static enum owner
owner_of(enum subject id)
{
    return (size_t)id < sizeof(owners) ? (enum owner)owners[id] : OWNER_KIND;
}

/* What any kind that connects may have seen, else the kind's own. */
static void
lookup_kind(const struct look *look, enum subject id, const char *arg,
            struct expr_values *values)
{
    if (id == SUBJECT_IP)
        add_text(values, look->seen.ip);
    else if (id == SUBJECT_BANNER && look->seen.banner != NULL)
        expr_values_text(values, look->seen.banner, look_banner_len(look));
    else if (look->more != NULL)
        look->more->find(look, (int)id, arg, values);
}

static void
lookup(void *cookie, const struct expr_subject *subject, const char *arg,
       struct expr_values *values)
{
    struct look *look = cookie;
    enum subject id = (enum subject)subject->id;

    if (look->seen.dns != NULL && dns_values_add(look, id, values))
        return;
    switch (owner_of(id)) {
    case OWNER_HTTP:
        lookup_http(look, id, arg, values);
        return;
    case OWNER_TIME:
        add_phase(values, look, phase_of(id));
        return;
    case OWNER_CERT:
        lookup_cert(look, id, values);
        return;
    case OWNER_SESSION:
        lookup_session(&look->seen, id, values);
        return;
    case OWNER_TLS:
        tls_facts_lookup(look, id, values);
        return;
    case OWNER_KIND:
        lookup_kind(look, id, arg, values);
        return;
    }
}

static void
clean(void *cookie, const char *text, size_t len, struct buf *out)
{
    const struct look *look = cookie;

    (void)mask_text(look->mask, text, len, out);
}

static void
evaluate(struct look *look, const struct expr *expr,
         struct expr_verdict *verdict)
{
    const struct expr_world world = {
        .lookup = lookup,
        .clean = look->mask != NULL ? clean : NULL,
        .cookie = look,
    };

    expr_eval_clean(expr, &world, verdict);
}

/* May also say more in the verdict's message. */
static enum reason
reason_of(const struct look *look, const struct expr *expr,
          struct expr_verdict *verdict)
{
    enum reason reason = look->seen.dns != NULL
                             ? dns_values_explain(look, verdict)
                             : REASON_NONE;

    if (reason == REASON_NONE)
        reason =
            reason_of_subject(verdict->subject != NULL ? verdict->subject->name
                                                       : expr_text(expr));
    /* Every subject has a reason; a new one without is a status at least. */
    return reason != REASON_NONE ? reason : REASON_EXPECT_STATUS;
}

/* True when it holds, or does not, as `holds` says; of several servers at one
 * of them. */
static bool
is_met(struct look *look, const struct expr *expr, bool holds,
       struct expr_verdict *verdict)
{
    size_t next = 0;

    if (look->seen.dns == NULL) {
        evaluate(look, expr, verdict);
        return verdict->holds == holds;
    }
    while (dns_values_next(look->seen.dns, &next)) {
        evaluate(look, expr, verdict);
        if (verdict->holds == holds)
            return true;
    }
    return false;
}

/* Of the first of `exprs` from `*next` on that holds, or does not, as `holds`
 * says; `*next` is behind it. */
static const struct expr *
find(struct look *look, const struct spec_exprs *exprs, size_t *next,
     bool holds, struct expr_verdict *verdict)
{
    while (*next < exprs->count) {
        const struct expr *expr = exprs->item[(*next)++];

        if (is_met(look, expr, holds, verdict))
            return expr;
    }
    return NULL;
}

/* What else is wrong, behind the message. */
static void
append_others(struct look *look, const struct spec_exprs *exprs, size_t next,
              bool holds)
{
    struct expr_verdict verdict;
    size_t len = strlen(look->message);
    size_t left_out = 0;

    while (find(look, exprs, &next, holds, &verdict) != NULL) {
        size_t more = strlen(ALSO) + strlen(verdict.message);

        if (left_out == 0 && len + more + MORE_MAX < sizeof(look->message)) {
            (void)snprintf(look->message + len, sizeof(look->message) - len,
                           "%s%s", ALSO, verdict.message);
            len += more;
        } else {
            left_out++;
        }
    }
    if (left_out > 0 && len + MORE_MAX < sizeof(look->message))
        (void)snprintf(look->message + len, sizeof(look->message) - len,
                       "; and %zu more", left_out);
}

/* The first is the reason; who mends it wants to know of all of them.  The
 * facts stay those of the server that the first is about. */
static void
add_others(struct look *look, const struct spec_exprs *exprs, size_t next,
           bool holds)
{
    struct dns_seen *dns = look->seen.dns;
    size_t at = dns != NULL ? dns->at : 0;

    append_others(look, exprs, next, holds);
    if (dns != NULL)
        dns->at = at;
}

static void
blame(struct look *look, const struct expr *expr, struct expr_verdict *verdict)
{
    enum reason reason = reason_of(look, expr, verdict);

    look_fault(look, reason, "%s%s", look->is_unwanted ? "degraded by " : "",
               verdict->message);
    look->status = look->is_unwanted ? STATUS_DEGRADED : STATUS_DOWN;
    look->expected = expr_text(expr);
    if (verdict->subject != NULL && verdict->subject->id == SUBJECT_BODY) {
        look->match_at = verdict->match_at;
        look->match_len = verdict->match_len;
    }
}

void
expect_judge(struct look *look, const struct spec_exprs *expect,
             const struct spec_exprs *degraded_when)
{
    const struct spec_exprs *exprs = expect;
    struct expr_verdict verdict;
    bool is_unwanted = false;
    size_t next = 0;
    const struct expr *expr = find(look, exprs, &next, false, &verdict);

    if (expr == NULL) {
        is_unwanted = true;
        exprs = degraded_when;
        next = 0;
        expr = find(look, exprs, &next, true, &verdict);
    }
    if (expr == NULL)
        return;
    look->is_unwanted = is_unwanted;
    blame(look, expr, &verdict);
    add_others(look, exprs, next, is_unwanted);
}

void
expect_ok(struct look *look)
{
    int status = look->seen.status;

    if (status < STATUS_OK_MIN || status > STATUS_OK_MAX)
        look_fault(look, REASON_EXPECT_STATUS, "status in %d-%d: got %d",
                   STATUS_OK_MIN, STATUS_OK_MAX, status);
}

bool
expect_until(struct look *look, const struct expr *expr, enum reason *reason,
             char *why, size_t cap)
{
    struct expr_verdict verdict;

    look_stop(look);
    if (is_met(look, expr, true, &verdict))
        return true;
    *reason = reason_of(look, expr, &verdict);
    (void)str_copy(why, cap, verdict.message);
    return false;
}

bool
expect_holds(struct look *look, const struct spec_exprs *expect)
{
    struct expr_verdict verdict;
    size_t next = 0;

    look_stop(look);
    return find(look, expect, &next, false, &verdict) == NULL;
}
