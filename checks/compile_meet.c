/*
 * Settings that are right alone and contradict each other: one of the two would
 * be passed over in silence.
 *
 * What only an inherited setting has to say against what the check itself
 * says is dropped, not refused: the text that travels must be right, too.
 */
#include "checks/compile_meet.h"

#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/conf.h"
#include "base/str.h"
#include "base/trust.h"
#include "checks/compile.h"
#include "checks/merge.h"
#include "checks/spec.h"
#include "checks/template.h"
#include "checks/url.h"

#define ONE_OUT "take one of them out"

static const struct merge_value *
value_of(const struct compile_job *job, enum spec_key key)
{
    return &job->merge->value[key];
}

/* Of two, the one that the check itself says: that can be changed there. */
static struct diag_pos
pos_of_two(const struct compile_job *job, enum spec_key a, enum spec_key b)
{
    const struct merge_value *second = value_of(job, b);

    return second->from && (second->is_own || !value_of(job, a)->is_own)
               ? second->from->pos
               : compile_pos(job, a);
}

/* ---- where the requests go ---- */

/* The host of a URL without a reference, as an address. */
static bool
is_literal(const struct template *url, struct addr *addr)
{
    const char *text = url ? template_text(url) : NULL;
    struct url at;

    return text && !strstr(text, "${") && url_parse(&at, text) == 0 &&
           addr_parse_ip(addr, at.host, at.port) == 0;
}

static bool
is_of_family(const struct addr *addr, enum resolver_family family)
{
    return family == RESOLVER_ANY ||
           (addr->ss.ss_family == AF_INET) == (family == RESOLVER_V4);
}

void
compile_meet_family(struct compile_job *job, const struct addr *addr,
                    struct diag_pos pos)
{
    enum resolver_family family = job->spec->net.family;
    char text[ADDR_TEXT_MAX];

    if (!is_of_family(addr, family))
        compile_wrong(job, pos,
                      family == RESOLVER_V6 ? "write family = \"4\";"
                                            : "write family = \"6\";",
                      "%s cannot be asked with family = \"%s\"",
                      addr_format_ip(text, addr),
                      family == RESOLVER_V6 ? "6" : "4");
}

/* A proxy's address is the only one connected to. */
static void
check_proxy(struct compile_job *job, bool is_spread)
{
    const struct spec_net *net = &job->spec->net;

    if (net->proxy && net->resolve)
        compile_wrong(job, pos_of_two(job, SPEC_KEY_RESOLVE, SPEC_KEY_PROXY),
                      ONE_OUT,
                      "the proxy looks the target up, so `resolve` and "
                      "`proxy` cannot both be obeyed");
    if (net->proxy && is_spread)
        compile_wrong(job, pos_of_two(job, SPEC_KEY_ADDRESSES, SPEC_KEY_PROXY),
                      ONE_OUT,
                      "which address is asked is the proxy's choice, so "
                      "`addresses` = \"all\" and `proxy` cannot both be "
                      "obeyed");
    if (net->resolve && is_spread)
        compile_wrong(
            job, pos_of_two(job, SPEC_KEY_ADDRESSES, SPEC_KEY_RESOLVE), ONE_OUT,
            "`resolve` is one address, and `addresses` = \"all\" "
            "asks each that the name has");
}

/* ---- what they show ---- */

static bool
is_clear(const struct spec_request *request)
{
    return request->url && str_starts(template_text(request->url), "http://");
}

static bool
is_all_clear(const struct spec *spec)
{
    const struct spec_journey *journey = &spec->of.journey;

    if (spec->kind == SPEC_HTTP)
        return is_clear(&spec->of.http.request);
    if (spec->kind != SPEC_JOURNEY)
        return false;
    for (size_t i = 0; i < journey->step_count; i++)
        if (!is_clear(&journey->steps[i].request))
            return false;
    for (size_t i = 0; i < journey->cleanup_count; i++)
        if (!is_clear(&journey->cleanup[i].request))
            return false;
    return true;
}

static void
forget_cert(struct compile_job *job)
{
    struct spec_net *net = &job->spec->net;

    merge_remove(job->merge, SPEC_KEY_CERT_PEM);
    merge_remove(job->merge, SPEC_KEY_KEY);
    free(net->cert);
    template_free(net->key);
    net->cert = NULL;
    net->key = NULL;
}

static void
forget_trust(struct spec_net *net)
{
    free(net->ca);
    trust_free(net->trust);
    net->ca = NULL;
    net->trust = NULL;
    net->insecure = false;
}

void
compile_meet_clear(struct compile_job *job, const char *hint)
{
    static const enum spec_key keys[] = {
        SPEC_KEY_SNI,          SPEC_KEY_ALPN,        SPEC_KEY_PINS,
        SPEC_KEY_RSA_BITS_MIN, SPEC_KEY_EC_BITS_MIN, SPEC_KEY_INSECURE,
        SPEC_KEY_CA_PEM,       SPEC_KEY_CERT_PEM};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const struct merge_value *v = value_of(job, keys[i]);

        if (v->from && v->is_own)
            compile_wrong(job, v->from->pos, hint,
                          "`%s` is about TLS, and this connection has none",
                          v->from->name);
        merge_remove(job->merge, keys[i]);
    }
    forget_cert(job);
    forget_trust(&job->spec->net);
}

/* It is shown to the origins that are written, and to no redirect's. */
static void
check_cert(struct compile_job *job)
{
    const struct merge_value *cert = value_of(job, SPEC_KEY_CERT_PEM);

    if (!job->spec->net.cert || !is_all_clear(job->spec))
        return;
    if (cert->is_own)
        compile_wrong(job, cert->from->pos, "take it out, or ask https://...",
                      "a client's certificate is shown inside TLS, and "
                      "nothing here is asked for over https://");
    forget_cert(job);
}

/* HTTP/2 says itself where a body ends (RFC 9113, 8.1). */
static void
check_end(struct compile_job *job)
{
    const struct merge_value *lax = value_of(job, SPEC_KEY_TRUNCATED_OK);
    struct spec_net *net = &job->spec->net;

    if (net->http_version != SPEC_HTTP_2 || !net->truncated_ok)
        return;
    if (lax->is_own && value_of(job, SPEC_KEY_HTTP_VERSION)->is_own)
        compile_wrong(job, lax->from->pos, ONE_OUT,
                      "in HTTP/2 a body says where it ends, so "
                      "`truncated_ok` has no say");
    net->truncated_ok = false;
    merge_remove(job->merge, SPEC_KEY_TRUNCATED_OK);
}

void
compile_meet(struct compile_job *job)
{
    const struct spec *spec = job->spec;

    check_proxy(job, spec->kind == SPEC_HTTP && spec->of.http.spread.all);
    check_cert(job);
    check_end(job);
}

/* ---- one request ---- */

static const struct conf *
find_header(const struct compile_job *job, const char *name)
{
    const struct conf *from = value_of(job, SPEC_KEY_HEADERS)->from;

    for (const struct conf *n = from ? from->first : NULL; n; n = n->next)
        if (str_eq_nocase(n->name, name))
            return n;
    return NULL;
}

static const struct conf *
find_body(const struct compile_job *job)
{
    for (int key = SPEC_KEY_BODY; key <= SPEC_KEY_MULTIPART; key++)
        if (value_of(job, (enum spec_key)key)->from)
            return value_of(job, (enum spec_key)key)->from;
    return NULL;
}

static void
check_content(struct compile_job *job, const struct spec_request *request)
{
    const struct conf *type = find_header(job, "content-type");
    const struct conf *body = find_body(job);

    if (body != NULL && request->body_type != SPEC_BODY_NONE &&
        str_eq(request->method, "HEAD"))
        compile_wrong(job, body->pos, "take it out, or write `post`",
                      "a HEAD request has no body");
    if (request->body_type == SPEC_BODY_MULTIPART && type)
        compile_wrong(job, type->pos, "take it out, or write \"!reset\"",
                      "the type of a `multipart` body names what parts it, "
                      "which Picket chooses");
}

/* RFC 9113 has no way to ask a proxy for http:// in HTTP/2 that proxies know. */
static void
check_version(struct compile_job *job, const struct spec_request *request)
{
    const struct spec_net *net = &job->spec->net;
    struct compile_job whole = *job;

    if (net->http_version != SPEC_HTTP_2 || !net->proxy ||
        !str_starts(net->proxy, "http://") || !is_clear(request))
        return;
    while (whole.merge->whole)
        whole.merge = whole.merge->whole;
    compile_wrong(job, compile_pos(&whole, SPEC_KEY_HTTP_VERSION),
                  "write https://, or take `http_version` or `proxy` out",
                  "through an HTTP proxy only https:// can be asked for in "
                  "HTTP/2");
}

void
compile_meet_request(struct compile_job *job,
                     const struct spec_request *request)
{
    const struct conf *login = find_header(job, "proxy-authorization");
    struct addr addr;

    if (login)
        compile_wrong(job, login->pos,
                      "write proxy_user = \"NAME\"; and proxy_password",
                      "`%s` would be shown to the target, too", login->name);
    check_content(job, request);
    check_version(job, request);
    if (is_literal(request->url, &addr) && !job->spec->net.resolve &&
        !job->spec->net.proxy)
        compile_meet_family(job, &addr,
                            value_of(job, SPEC_KEY_HTTP)->from->value);
}
