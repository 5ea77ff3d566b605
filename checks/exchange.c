/*
 * A chain of hops; each looks up its host, passes the address policy and is one
 * fetch with one address:
 *
 *   target -> fetch -> is it a redirect to follow?  -> target -> ... -> the end
 *
 * Redirects are followed here and not by libcurl, so that each hop is judged:
 * its scheme, its address, and what it may be told.
 *
 * When an address does not take the connection the next one is tried; a share
 * of the time is kept for those that are left.
 */
#include "checks/exchange.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fetch.h"
#include "base/loop.h"
#include "base/secret.h"
#include "base/str.h"
#include "checks/engine_priv.h"
#include "checks/exchange_priv.h"
#include "checks/jar.h"
#include "checks/look.h"
#include "checks/redirect.h"
#include "checks/request.h"
#include "checks/scope.h"
#include "checks/spec.h"
#include "checks/target.h"
#include "checks/url.h"
#include "checks/values.h"

#define SPARE_NS NS_PER_MS /* fetch ends before the deadline does */

enum http_status { STATUS_UNAUTHORIZED = 401, STATUS_FORBIDDEN = 403 };

#define HOPS_MAX (1 + SPEC_REDIRECTS_MAX)

struct exchange {
    struct exchange_opts opts;
    exchange_done_fn *done;
    void *cookie;
    bool is_starting;
    struct loop_timer *ending; /* it ended inside start */
    struct target *target;
    struct fetch *fetch;
    struct oauth_wait *wait; /* for a token, before the first hop */
    struct secret_value *token;
    struct request request;
    struct url at; /* the hop's */
    struct addr addr[TARGET_ADDRS_MAX];
    size_t addr_count;
    size_t addr_next;
    struct lookup
        *lookup; /* the look's, that found them; NULL: there was none */
    const char *method;
    bool has_body;
    struct exchange_head head;
    const char *shown[EXCHANGE_HEADERS_MAX + 2]; /* as people see it */
    struct seen_hop *hop;
    mono_t hop_began;
    int64_t before_us; /* the look's PHASE_DNS when the hop began */
};

static void
tell(void *cookie)
{
    struct exchange *e = cookie;

    e->ending = NULL;
    e->done(e->cookie);
}

/* The look has all there is; whoever started it is told, but not from inside
 * the start. */
static void
end(struct exchange *e)
{
    struct engine *engine = e->opts.scope->engine;

    if (e->is_starting)
        e->ending = loop_timer_start(engine->loop, 0, tell, e);
    else
        tell(e);
}

static void __attribute__((format(printf, 3, 4)))
fault(struct exchange *e, enum reason reason, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    look_vfault(e->opts.look, reason, format, args);
    va_end(args);
    end(e);
}

static int64_t
left_ns(const struct exchange *e)
{
    mono_t now = loop_now(e->opts.scope->engine->loop);
    int64_t left = clock_since_ns(now, e->opts.deadline);

    return left > NS_PER_MS ? left : NS_PER_MS;
}

/* It may be told everything. */
static bool
is_own(const struct exchange *e)
{
    return url_eq_origin(&e->request.at, &e->at);
}

static struct seen_hop *
hop_of(struct exchange *e)
{
    return &e->hop[e->opts.look->seen.hop_count - 1];
}

/* --- what came --- */

/* The phases of this hop alone; the look has the sums. */
static void
see_phases(struct exchange *e, const struct fetch_result *got)
{
    struct look *look = e->opts.look;
    struct seen_hop *hop = hop_of(e);
    mono_t now = loop_now(e->opts.scope->engine->loop);
    int64_t dns_us = look->us[PHASE_DNS];

    if (dns_us == e->before_us)
        dns_us = -1;
    else if (e->before_us > 0)
        dns_us -= e->before_us;
    hop->us[PHASE_DNS] = dns_us;
    hop->us[PHASE_CONNECT] = got->connect_us;
    hop->us[PHASE_TLS] = got->tls_us;
    hop->us[PHASE_WAIT] = got->wait_us;
    hop->us[PHASE_RECEIVE] = got->receive_us;
    hop->us[PHASE_TOTAL] =
        clock_since_ns(e->hop_began, now) / NS_PER_US - got->queue_us;
    look->queue_us += got->queue_us;
    for (int p = PHASE_CONNECT; p <= PHASE_RECEIVE; p++)
        look_add_us(look, (enum phase)p, hop->us[p]);
}

/* Remembers this hop; the newest one is what the expectations ask about. */
static void
see(struct exchange *e, const struct fetch_result *got)
{
    struct seen *seen = &e->opts.look->seen;
    struct seen_hop *hop = hop_of(e);

    see_phases(e, got);
    (void)str_copy(seen->ip, sizeof(seen->ip), got->ip);
    seen->rtt_us = got->rtt_us;
    seen->retransmits = got->retransmits;
    seen->connections = got->connections;
    seen->status = got->status;
    seen->http_version = got->status != 0 ? got->http_version : 0;
    seen->head = got->status != 0 ? got->headers : NULL;
    seen->head_len = got->headers_len;
    seen->body = got->status != 0 ? got->body : NULL;
    seen->body_len = got->body_len;
    seen->tls_protocol = got->tls_protocol;
    seen->alpn = got->alpn;
    seen->certs = got->certs;
    hop->status = got->status;
    (void)str_copy(hop->ip, sizeof(hop->ip), got->ip);
}

static void
take_cookies(struct exchange *e)
{
    const struct seen *seen = &e->opts.look->seen;
    struct scope *scope = e->opts.scope;
    size_t at = 0;
    size_t len;

    if (seen->head != NULL && fetch_header(seen->head, seen->head_len,
                                           "Set-Cookie", &at, &len) != NULL)
        jar_set_all(scope_jar(scope), hop_of(e)->url, seen->head,
                    seen->head_len, loop_wall(scope->engine->loop));
}

/* Who refuses what he was told may have been told something old. */
static void
notice_refusal(struct exchange *e)
{
    int status = e->opts.look->seen.status;

    if ((status == STATUS_UNAUTHORIZED || status == STATUS_FORBIDDEN) &&
        is_own(e))
        secret_use_refused(&e->opts.scope->secrets, e->request.origin);
    if (status == STATUS_UNAUTHORIZED && e->token != NULL && is_own(e))
        oauth_refused(e->opts.scope->engine->oauth, e->token);
}

/* --- hops --- */

static void start_hop(struct exchange *e, char *url);

/* True when the newest hop asks what an earlier one did, with nothing new to
 * say: a server that sets a cookie first and sends us back is no loop. */
static bool
is_loop(struct exchange *e)
{
    const struct seen *seen = &e->opts.look->seen;
    const struct seen_hop *new = hop_of(e);

    for (size_t i = 0; i + 1 < seen->hop_count; i++)
        if (str_eq(e->hop[i].url, new->url) &&
            str_eq(e->hop[i].method, new->method) &&
            e->hop[i].cookies == new->cookies)
            return true;
    return false;
}

/* A body with secrets goes to another origin only if they are for it.  They are
 * there, as they went to the first: it is the target that asks too much. */
static bool
may_repeat(struct exchange *e, const struct redirect *to,
           char why[TEMPLATE_WHY_MAX])
{
    char origin[URL_ORIGIN_MAX];

    return url_eq_origin(&e->request.at, &to->at) ||
           request_may_repeat(&e->request, url_format_origin(origin, &to->at),
                              why);
}

/* Its host is left out: a secret that is a name there is one by chance. */
static bool
may_go(struct exchange *e, const char *url, const struct url *at,
       char why[TEMPLATE_WHY_MAX])
{
    char origin[URL_ORIGIN_MAX];
    const char *host = strstr(url, "//");
    const char *path = host != NULL ? host + 2 + strcspn(host + 2, "/?") : "";

    return secret_use_may_go(&e->opts.scope->secrets, path,
                             url_format_origin(origin, at), why,
                             TEMPLATE_WHY_MAX);
}

static void
follow(struct exchange *e, struct redirect *to)
{
    struct seen *seen = &e->opts.look->seen;
    int max = e->opts.request->redirects_max;
    char why[TEMPLATE_WHY_MAX] = "";

    seen->redirects++;
    take_cookies(e);
    if (to->reason != REASON_NONE) {
        fault(e, to->reason, "redirect %d: %s", seen->redirects, to->why);
    } else if (seen->redirects > max) {
        fault(e, REASON_HTTP_REDIRECT_LIMIT,
              "more than %d redirects; the next would be to %s", max, to->url);
    } else if (e->has_body && to->keeps_body && !may_repeat(e, to, why)) {
        fault(e, REASON_HTTP_REDIRECT_BLOCKED,
              "redirect %d to %s wants the body again: %s", seen->redirects,
              to->url, why);
    } else if (!may_go(e, to->url, &to->at, why)) {
        fault(e, REASON_HTTP_REDIRECT_BLOCKED,
              "redirect %d to %s has a secret in its address: %s",
              seen->redirects, to->url, why);
    } else {
        char *url = to->url;

        to->url = NULL;
        seen->is_downgraded =
            seen->is_downgraded || (e->at.is_https && !to->at.is_https);
        e->method = to->method;
        e->has_body = e->has_body && to->keeps_body;
        look_forget(e->opts.look);
        start_hop(e, url);
    }
}

static void start_fetch(struct exchange *e);

static void
on_fetch(void *cookie, const struct fetch_result *got)
{
    struct exchange *e = cookie;
    struct redirect_from from = {
        .url = hop_of(e)->url,
        .method = e->method,
        .status = got->status,
        .head = got->headers,
        .head_len = got->headers_len,
    };
    struct redirect to;

    e->fetch = NULL;
    if (fetch_is_unreached(got) && got->error != FETCH_LOCAL &&
        e->addr_next < e->addr_count) {
        start_fetch(e);
        return;
    }
    see(e, got);
    notice_refusal(e);
    exchange_reason(e->opts.look, got, e->at.host,
                    e->opts.scope->spec->net.http_version);
    if (e->opts.look->reason == REASON_NONE &&
        e->opts.request->redirects_max > 0 && redirect_find(&to, &from)) {
        follow(e, &to);
        redirect_free(&to);
        return;
    }
    if (e->opts.keeps_cookies)
        take_cookies(e);
    end(e);
}

/* The exchange with the next address. */
static void
start_fetch(struct exchange *e)
{
    const struct spec_request *spec = e->opts.request;
    int64_t left = left_ns(e);
    size_t others = e->addr_count - e->addr_next - 1;
    struct fetch_opts opts = {
        .method = e->method,
        .url = hop_of(e)->url,
        .address = &e->addr[e->addr_next++],
        .headers = e->head.line,
        .body = e->has_body ? e->request.text[REQUEST_BODY] : NULL,
        .body_len = e->has_body ? e->request.body_len : 0,
        .timeout_ns = left > 2 * SPARE_NS ? left - SPARE_NS : left,
        .connect_timeout_ns = others > 0 ? left / ((int64_t)others + 1) : 0,
        .header_max = spec->header_max,
        .body_max = spec->body_max,
    };

    if (e->lookup != NULL)
        e->lookup->tried = e->addr_next;
    exchange_fetch_fill(&opts, &e->request, is_own(e));
    e->fetch = fetch_start(e->opts.scope->engine->fetcher, &opts, on_fetch, e);
    if (e->fetch == NULL)
        fault(e, REASON_LOCAL_LIMIT, "%s", strerror(errno));
}

/* The line that libcurl adds is no secret in itself: that there is one tells
 * the request that was refused from the one that had no credentials. */
static void
show_head(struct exchange *e)
{
    enum spec_auth_type auth = e->opts.request->auth.type;
    size_t count = 0;

    for (; e->head.line[count] != NULL; count++)
        e->shown[count] = e->head.line[count];
    if (is_own(e) && (auth == SPEC_AUTH_BASIC || auth == SPEC_AUTH_DIGEST))
        e->shown[count++] = "Authorization: as `auth` says";
    e->shown[count] = NULL;
    e->opts.look->seen.request_headers = e->shown;
}

/* The addresses are there: what the hop is told, and off it goes. */
static void
begin_hop(struct exchange *e)
{
    struct seen *seen = &e->opts.look->seen;
    struct exchange_hop hop = {
        .url = hop_of(e)->url,
        .token = e->token != NULL ? secret_value_text(e->token) : NULL,
        .told = e->has_body ? EXCHANGE_CONTENT : 0,
    };
    char why[TEMPLATE_WHY_MAX] = "";
    enum reason reason;

    if (is_own(e))
        hop.told |= EXCHANGE_ALL;
    e->addr_next = 0;
    reason = exchange_head_build(&e->head, &e->request, &hop, why);
    hop_of(e)->cookies = e->head.cookies;
    show_head(e);
    if (reason != REASON_NONE)
        fault(e, reason, "%s", why);
    else if (is_loop(e))
        fault(e, REASON_HTTP_REDIRECT_LOOP, "redirect %d is to %s again",
              seen->redirects, hop.url);
    else
        start_fetch(e);
}

static void
on_target(void *cookie, const struct target_answer *answer)
{
    struct exchange *e = cookie;

    if (answer->reason != REASON_NONE) {
        fault(e, answer->reason, "%s", answer->message);
        return;
    }
    e->lookup = answer->lookup;
    memcpy(e->addr, answer->addrs, answer->count * sizeof(e->addr[0]));
    e->addr_count = answer->count;
    begin_hop(e);
}

/* A proxy looks names up itself, where no policy of ours reaches; an address
 * that is written out is judged here all the same. */
static bool
is_forbidden(const struct exchange *e)
{
    const struct spec_list *allow = &e->opts.scope->spec->net.allow;
    struct addr_policy policy = {(const char *const *)allow->item,
                                 allow->count};
    struct addr literal;

    return addr_parse_ip(&literal, e->at.host, e->at.port) == 0 &&
           !addr_allowed(&policy, &literal);
}

static void
start_target(struct exchange *e)
{
    struct scope *scope = e->opts.scope;
    struct url proxy;
    bool has_proxy = exchange_fetch_proxy(&proxy, &scope->spec->net);
    struct target_opts opts = {
        .engine = scope->engine,
        .net = &scope->spec->net,
        .look = e->opts.look,
        .timeout_ns = left_ns(e),
        .host = has_proxy ? proxy.host : e->at.host,
        .port = has_proxy ? proxy.port : e->at.port,
        .is_other = !str_eq_nocase(e->at.host, e->request.at.host),
    };

    if (has_proxy && is_forbidden(e)) {
        fault(e, REASON_POLICY_BLOCKED, "the address policy forbids %s",
              e->at.host);
        return;
    }
    target_cancel(e->target);
    e->target = target_start_at(&opts, on_target, e);
    if (e->target == NULL)
        fault(e, REASON_LOCAL_LIMIT, "%s", strerror(errno));
}

/* Takes `url`, which becomes the newest hop's. */
static void
start_hop(struct exchange *e, char *url)
{
    struct seen *seen = &e->opts.look->seen;
    size_t size = (seen->hop_count + 1) * sizeof(e->hop[0]);

    assert(seen->hop_count < HOPS_MAX);
    e->hop = str_xrealloc(e->hop, size);
    seen->hop = e->hop;
    e->hop[seen->hop_count++] =
        (struct seen_hop){.url = url, .method = e->method};
    seen->method = e->method;
    for (int p = 0; p < PHASE_COUNT; p++)
        hop_of(e)->us[p] = -1;
    e->hop_began = loop_now(e->opts.scope->engine->loop);
    e->before_us = e->opts.look->us[PHASE_DNS];
    e->addr_count = 0;
    e->lookup = NULL;
    if (url_parse(&e->at, url) < 0) {
        fault(e, REASON_LOCAL_CONFIG, "%s is no http or https URL", url);
        return;
    }
    if (e->opts.address == NULL || !is_own(e)) {
        start_target(e);
        return;
    }
    e->addr[0] = *e->opts.address;
    e->addr_count = 1;
    begin_hop(e);
}

/* --- the whole --- */

static void
start_first(struct exchange *e)
{
    start_hop(e, str_xdup(e->request.text[REQUEST_URL]));
}

/* Among the run's values, so that it is hidden in what people see. */
static int
keep_token(struct exchange *e, struct secret_value *token)
{
    e->token = secret_value_ref(token);
    return scope_set(e->opts.scope, e->opts.request->auth.token_url,
                     secret_value_text(token), secret_value_len(token), true);
}

static void
on_token(void *cookie, struct secret_value *token, const char *why)
{
    struct exchange *e = cookie;

    e->wait = NULL;
    if (token == NULL)
        fault(e, REASON_AUTH_FAILED, "%s", why);
    else if (keep_token(e, token) < 0)
        fault(e, REASON_AUTH_FAILED, "the token is over %d bytes",
              VALUES_BYTES_MAX);
    else
        start_first(e);
}

static void
start_token(struct exchange *e)
{
    e->wait = exchange_token_start(&e->request, left_ns(e), on_token, e);
    if (e->wait == NULL)
        fault(e, REASON_LOCAL_LIMIT, "%s", strerror(errno));
}

struct exchange *
exchange_start(const struct exchange_opts *opts, exchange_done_fn *done,
               void *cookie)
{
    const struct spec_request *spec = opts->request;
    struct exchange *e = calloc(1, sizeof(*e));
    char why[TEMPLATE_WHY_MAX];
    const char *what = "";
    enum reason reason;

    if (e == NULL)
        return NULL;
    e->opts = *opts;
    e->done = done;
    e->cookie = cookie;
    exchange_head_init(&e->head);
    opts->look->seen.redirects = 0;
    e->is_starting = true;
    reason = request_make(&e->request, opts->scope, spec, why);
    opts->look->seen.is_led = e->request.is_chosen;
    if (reason == REASON_NONE && e->request.is_chosen &&
        !may_go(e, e->request.text[REQUEST_URL], &e->request.at, why)) {
        reason = REASON_SAVE_INVALID;
        what = "the saved address has a secret in it: ";
    }
    e->method = spec->method;
    e->has_body = e->request.text[REQUEST_BODY] != NULL;
    if (reason != REASON_NONE)
        fault(e, reason, "%s%s", what, why);
    else if (spec->auth.type == SPEC_AUTH_OAUTH2)
        start_token(e);
    else
        start_first(e);
    e->is_starting = false;
    return e;
}

/* fetch has a deadline of its own, a little earlier: this is for the rest. */
void
exchange_expire(struct exchange *e)
{
    if (e->ending != NULL) {
        loop_timer_cancel(e->ending);
        tell(e);
        return;
    }
    if (e->wait != NULL)
        fault(e, REASON_AUTH_FAILED, "%s: no token in time",
              e->opts.request->auth.token_url);
    else if (e->fetch == NULL)
        fault(e, REASON_DNS_TIMEOUT, "%s: no address in time", e->at.host);
    else
        fault(e, REASON_HTTP_TIMEOUT, "no whole answer in time");
}

void
exchange_cancel(struct exchange *e)
{
    if (e == NULL)
        return;
    loop_timer_cancel(e->ending);
    oauth_cancel(e->wait);
    secret_value_free(e->token);
    target_cancel(e->target);
    fetch_cancel(e->fetch);
    for (size_t i = 0; i < e->opts.look->seen.hop_count; i++)
        free(e->hop[i].url);
    free(e->hop);
    exchange_head_clear(&e->head);
    request_clear(&e->request);
    free(e);
}
