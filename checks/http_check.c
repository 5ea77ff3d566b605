/*
 * A run is a chain of hops; each looks up its host, passes the address policy
 * and is one exchange (base/fetch.h) with one address:
 *
 *   target -> fetch -> is it a redirect to follow?  -> target -> ... -> the end
 *
 * Redirects are followed here and not by libcurl, so that each hop is judged:
 * its scheme, its address, and what it may be told.  A host that is not the
 * first one's origin gets no header the check configured but the harmless ones:
 * who knows which of the others is a key.
 *
 * When an address does not take the connection the next one is tried; a share
 * of the time is kept for those that are left.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/fetch.h"
#include "base/loop.h"
#include "base/str.h"
#include "checks/check_priv.h"
#include "checks/engine_priv.h"
#include "checks/spec.h"
#include "checks/target.h"
#include "checks/tls_reason.h"
#include "checks/url.h"

#define HOPS_MAX    (1 + SPEC_REDIRECTS_MAX)
#define HEADERS_MAX 64        /* of a request */
#define HEAD_MAX    65536     /* bytes of a request's own headers */
#define SPAN_BYTES  8         /* of a traceparent's span */
#define SPARE_NS    NS_PER_MS /* fetch ends before the run's deadline does */

#define VERSION "0.1"

enum http_status {
    STATUS_MOVED = 301,
    STATUS_FOUND = 302,
    STATUS_SEE_OTHER = 303,
    STATUS_TEMPORARY = 307,
    STATUS_PERMANENT = 308,
};

struct http_run {
    struct target *target;
    struct fetch *fetch;
    struct url first; /* the origin that may be told everything */
    struct url at;    /* the hop's */
    struct addr addr[TARGET_ADDRS_MAX];
    size_t addr_count;
    size_t addr_next;
    const char *method;
    const char *body;
    mono_t hop_began;
    struct seen_hop hop[HOPS_MAX];
    struct buf head; /* the request's headers, each ended by a NUL */
    const char *header[HEADERS_MAX + 1];
};

static struct seen_hop *
hop_of(struct check *check)
{
    struct http_run *run = check->state;

    return &run->hop[check->look.seen.hop_count - 1];
}

/* --- the request --- */

static bool
is_harmless(const char *name)
{
    static const char *const names[] = {"accept", "accept-language",
                                        "accept-encoding", "user-agent",
                                        "content-type"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (str_eq_nocase(names[i], name))
            return true;
    return false;
}

/* True when the check itself gives header `name`. */
static bool
has_header(const struct spec_request *http, const char *name)
{
    for (size_t i = 0; i < http->headers.count; i++)
        if (str_eq_nocase(http->headers.item[i].name, name))
            return true;
    return false;
}

/* What makes a request ours, and findable in the target's own traces. */
static void
add_correlation(struct check *check, struct buf *head)
{
    uint8_t span[SPAN_BYTES];
    char span_text[2 * SPAN_BYTES + 1];
    char id[ID_TEXT_MAX];

    digest_random(span, sizeof(span));
    str_hex(span_text, span, sizeof(span));
    (void)id_format(id, &check->result.run);
    buf_addf(head, "traceparent: 00-%s-%s-01%c", id, span_text, '\0');
    buf_addf(head, "X-Request-Id: %s%c", id, '\0');
}

static void
add_own(struct check *check, struct buf *head)
{
    const struct engine *engine = check->engine;
    const struct spec_request *http = &check->spec->of.http.request;
    const char *url = engine->public_url;

    if (!has_header(http, "user-agent"))
        buf_addf(head,
                 "User-Agent: picket/" VERSION " (check=%s; region=%s%s%s)%c",
                 check->spec->name, engine->region, url != NULL ? "; +" : "",
                 url != NULL ? url : "", '\0');
    if (!has_header(http, "accept"))
        buf_addf(head, "Accept: */*%c", '\0');
}

/* The headers of this hop, as text and as the list fetch takes. */
static int
build_head(struct check *check)
{
    struct http_run *run = check->state;
    const struct spec_request *http = &check->spec->of.http.request;
    bool is_first_origin = url_eq_origin(&run->first, &run->at);
    size_t count = 0;

    buf_reset(&run->head);
    add_correlation(check, &run->head);
    add_own(check, &run->head);
    for (size_t i = 0; i < http->headers.count; i++)
        if (is_first_origin || is_harmless(http->headers.item[i].name))
            buf_addf(&run->head, "%s: %s%c", http->headers.item[i].name,
                     http->headers.item[i].value, '\0');
    if (run->head.failed)
        return -1;
    for (size_t at = 0; at < run->head.len && count < HEADERS_MAX; count++) {
        run->header[count] = buf_text(&run->head) + at;
        at += strlen(run->header[count]) + 1;
    }
    run->header[count] = NULL;
    check->look.seen.method = run->method;
    check->look.seen.request_headers = run->header;
    return 0;
}

/* --- what came --- */

static const struct {
    enum fetch_phase phase;
    enum fetch_error error;
    enum reason reason;
} REASONS[] = {
    {FETCH_AT_CONNECT, FETCH_REFUSED, REASON_CONNECT_REFUSED},
    {FETCH_AT_CONNECT, FETCH_UNREACHABLE, REASON_CONNECT_UNREACHABLE},
    {FETCH_AT_CONNECT, FETCH_RESET, REASON_CONNECT_RESET},
    {FETCH_AT_CONNECT, FETCH_CLOSED, REASON_CONNECT_RESET},
    {FETCH_AT_CONNECT, FETCH_TIMEOUT, REASON_CONNECT_TIMEOUT},
    {FETCH_AT_TLS, FETCH_TIMEOUT, REASON_TLS_TIMEOUT},
    {FETCH_AT_TLS, FETCH_CLOSED, REASON_TLS_CLOSED},
    {FETCH_AT_TLS, FETCH_RESET, REASON_TLS_CLOSED},
    {FETCH_AT_TLS, FETCH_TRUNCATED, REASON_TLS_CLOSED},
    {FETCH_AT_TLS, FETCH_TLS_HANDSHAKE, REASON_TLS_HANDSHAKE},
    {FETCH_AT_TLS, FETCH_PROTOCOL, REASON_TLS_HANDSHAKE},
    {FETCH_AT_HTTP, FETCH_TIMEOUT, REASON_HTTP_TIMEOUT},
    {FETCH_AT_HTTP, FETCH_CLOSED, REASON_HTTP_CLOSED},
    {FETCH_AT_HTTP, FETCH_RESET, REASON_HTTP_RESET},
    {FETCH_AT_HTTP, FETCH_PROTOCOL, REASON_HTTP_PROTOCOL},
    {FETCH_AT_HTTP, FETCH_TRUNCATED, REASON_HTTP_TRUNCATED},
    {FETCH_AT_HTTP, FETCH_DECODE, REASON_HTTP_DECODE},
    {FETCH_AT_HTTP, FETCH_HEADER_LIMIT, REASON_HTTP_HEADER_LIMIT},
    {FETCH_AT_HTTP, FETCH_BODY_LIMIT, REASON_HTTP_BODY_LIMIT},
};

/* An error that is in no row is named by its phase alone. */
static enum reason
reason_of_phase(enum fetch_phase phase)
{
    switch (phase) {
    case FETCH_AT_CONNECT:
        return REASON_CONNECT_UNREACHABLE;
    case FETCH_AT_PROXY:
        return REASON_PROXY_REFUSED;
    case FETCH_AT_TLS:
        return REASON_TLS_HANDSHAKE;
    case FETCH_AT_HTTP:
    case FETCH_AT_DONE:
        return REASON_HTTP_PROTOCOL;
    }
    return REASON_HTTP_PROTOCOL;
}

static enum reason
reason_of(const struct fetch_result *got)
{
    if (got->error == FETCH_LOCAL)
        return REASON_LOCAL_LIMIT;
    if (got->error == FETCH_TLS_ALERT) {
        enum reason reason = tls_reason_of_alert(got->tls_alert);

        /* None was sent: it cannot have been a wrong one. */
        return reason == REASON_TLS_CLIENT_CERT_REJECTED
                   ? REASON_TLS_CLIENT_CERT_REQUIRED
                   : reason;
    }
    for (size_t i = 0; i < sizeof(REASONS) / sizeof(REASONS[0]); i++)
        if (REASONS[i].phase == got->phase && REASONS[i].error == got->error)
            return REASONS[i].reason;
    return reason_of_phase(got->phase);
}

/* Remembers this hop; the newest one is what the expectations ask about. */
static void
see(struct check *check, const struct fetch_result *got)
{
    struct seen *seen = &check->look.seen;
    struct seen_hop *hop = hop_of(check);
    struct http_run *run = check->state;
    mono_t now = loop_now(check->engine->loop);

    look_add_us(&check->look, PHASE_CONNECT, got->connect_us);
    look_add_us(&check->look, PHASE_TLS, got->tls_us);
    look_add_us(&check->look, PHASE_WAIT, got->wait_us);
    look_add_us(&check->look, PHASE_RECEIVE, got->receive_us);
    (void)str_copy(seen->ip, sizeof(seen->ip), got->ip);
    seen->rtt_us = got->rtt_us;
    seen->retransmits = got->retransmits;
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
    hop->us = clock_since_ns(run->hop_began, now) / NS_PER_US;
    (void)str_copy(hop->ip, sizeof(hop->ip), got->ip);
}

/* The answer dies with done(): what points into it does too. */
static void
forget(struct seen *seen)
{
    seen->status = 0;
    seen->head = NULL;
    seen->body = NULL;
    seen->certs = NULL;
    seen->tls_protocol = NULL;
    seen->alpn = NULL;
    seen->ip[0] = '\0';
}

/* What verification said, all of it, and the reason to name first. */
static enum reason
see_faults(struct check *check, const struct fetch_result *got)
{
    struct tls_faults faults = {0};

    tls_reason_add_verify(&faults, got->verify, got->certs);
    (void)tls_reason_format(check->look.seen.faults,
                            sizeof(check->look.seen.faults), &faults);
    return tls_reason_worst(&faults);
}

static void
fail_exchange(struct check *check, const struct fetch_result *got,
              enum reason fault)
{
    const struct http_run *run = check->state;
    char message[RESULT_MESSAGE_MAX];
    enum reason reason = fault != REASON_NONE ? fault : REASON_TLS_UNTRUSTED;

    if (got->error != FETCH_TLS_VERIFY) {
        check_fail(check, reason_of(got), "%s", got->detail);
        return;
    }
    check_fail(check, reason, "%s",
               tls_reason_message(message, sizeof(message), reason, got->certs,
                                  run->at.host));
}

/* --- hops --- */

static void start_hop(struct check *check, char *url);

/* The Location of a redirect that is to be followed; NULL: this is the end. */
static const char *
location_of(const struct check *check, const struct fetch_result *got,
            size_t *len)
{
    size_t at = 0;

    if (check->spec->of.http.request.redirects_max == 0)
        return NULL;
    if (got->status != STATUS_MOVED && got->status != STATUS_FOUND &&
        got->status != STATUS_SEE_OTHER && got->status != STATUS_TEMPORARY &&
        got->status != STATUS_PERMANENT)
        return NULL;
    return fetch_header(got->headers, got->headers_len, "Location", &at, len);
}

static bool
was_here(const struct check *check, const char *url)
{
    for (size_t i = 0; i < check->look.seen.hop_count; i++)
        if (str_eq(check->look.seen.hop[i].url, url))
            return true;
    return false;
}

/* 307 and 308 repeat the request; the others ask for the new place. */
static void
set_method(struct http_run *run, int status)
{
    if (status == STATUS_TEMPORARY || status == STATUS_PERMANENT)
        return;
    run->body = NULL;
    if (!str_eq(run->method, "HEAD"))
        run->method = "GET";
}

static void
follow(struct check *check, int status, const char *location, size_t len)
{
    struct http_run *run = check->state;
    int max = check->spec->of.http.request.redirects_max;
    char *url = url_resolve(hop_of(check)->url, location, len);
    struct url to;

    check->look.seen.redirects++;
    if (url == NULL) {
        check_fail(check, REASON_HTTP_REDIRECT_BLOCKED,
                   "redirect %d has a Location that is no URL",
                   check->look.seen.redirects);
    } else if (url_parse(&to, url) < 0) {
        check_fail(check, REASON_HTTP_REDIRECT_BLOCKED,
                   "redirect %d to %s: only http and https are followed",
                   check->look.seen.redirects, url);
    } else if (check->look.seen.redirects > max) {
        check_fail(check, REASON_HTTP_REDIRECT_LIMIT,
                   "more than %d redirects; the next would be to %s", max, url);
    } else if (was_here(check, url)) {
        check_fail(check, REASON_HTTP_REDIRECT_LOOP,
                   "redirect %d is to %s again", check->look.seen.redirects,
                   url);
    } else {
        set_method(run, status);
        forget(&check->look.seen);
        start_hop(check, url);
        return;
    }
    free(url);
}

static void start_fetch(struct check *check);

static void
on_fetch(void *cookie, const struct fetch_result *got)
{
    struct check *check = cookie;
    struct http_run *run = check->state;
    enum reason fault;
    const char *location;
    size_t len;

    run->fetch = NULL;
    if (got->error != FETCH_NONE && got->phase == FETCH_AT_CONNECT &&
        run->addr_next < run->addr_count && got->error != FETCH_LOCAL) {
        start_fetch(check);
        return;
    }
    see(check, got);
    fault = see_faults(check, got);
    if (got->error != FETCH_NONE) {
        fail_exchange(check, got, fault);
        return;
    }
    location = location_of(check, got, &len);
    if (location != NULL)
        follow(check, got->status, location, len);
    else
        check_end(check);
}

/* The exchange with the next address. */
static void
start_fetch(struct check *check)
{
    struct http_run *run = check->state;
    const struct spec *spec = check->spec;
    const struct spec_request *http = &spec->of.http.request;
    int64_t left = check_left_ns(check);
    size_t others = run->addr_count - run->addr_next - 1;
    struct fetch_opts opts = {
        .method = run->method,
        .url = hop_of(check)->url,
        .address = &run->addr[run->addr_next++],
        .headers = run->header,
        .body = run->body,
        .body_len = run->body != NULL ? strlen(run->body) : 0,
        .timeout_ns = left > 2 * SPARE_NS ? left - SPARE_NS : left,
        .connect_timeout_ns = others > 0 ? left / ((int64_t)others + 1) : 0,
        .header_max = http->header_max,
        .body_max = http->body_max,
        .flags = spec->net.insecure ? FETCH_INSECURE : 0,
        .trust = spec->net.trust,
    };

    run->fetch = fetch_start(check->engine->fetcher, &opts, on_fetch, check);
    if (run->fetch == NULL)
        check_fail(check, REASON_LOCAL_LIMIT, "%s", strerror(errno));
}

static void
on_target(void *cookie, const struct target_answer *answer)
{
    struct check *check = cookie;
    struct http_run *run = check->state;

    if (answer->reason != REASON_NONE) {
        check_fail(check, answer->reason, "%s", answer->message);
        return;
    }
    memcpy(run->addr, answer->addrs, answer->count * sizeof(run->addr[0]));
    run->addr_count = answer->count;
    run->addr_next = 0;
    if (build_head(check) < 0)
        check_fail(check, REASON_LOCAL_CONFIG, "the headers are over %d bytes",
                   HEAD_MAX);
    else
        start_fetch(check);
}

/* Takes `url`. */
static void
start_hop(struct check *check, char *url)
{
    struct http_run *run = check->state;

    assert(check->look.seen.hop_count < HOPS_MAX);
    run->hop[check->look.seen.hop_count++].url = url;
    run->hop_began = loop_now(check->engine->loop);
    run->addr_count = 0;
    if (url_parse(&run->at, url) < 0) {
        check_fail(check, REASON_LOCAL_CONFIG, "%s is no http or https URL",
                   url);
        return;
    }
    if (check->look.seen.hop_count == 1)
        run->first = run->at;
    target_cancel(run->target);
    run->target =
        target_start(check, run->at.host, run->at.port, on_target, check);
    if (run->target == NULL)
        check_fail(check, REASON_LOCAL_LIMIT, "%s", strerror(errno));
}

/* --- the run --- */

/* Secrets are put in by who holds them; here a reference is one too many. */
static bool
has_secret(const struct spec_request *http)
{
    static const char mark[] = "${secret.";

    if (strstr(http->url, mark) != NULL ||
        (http->body != NULL && strstr(http->body, mark) != NULL))
        return true;
    for (size_t i = 0; i < http->headers.count; i++)
        if (strstr(http->headers.item[i].value, mark) != NULL)
            return true;
    return false;
}

static void
start(struct check *check)
{
    const struct spec_request *http = &check->spec->of.http.request;
    struct http_run *run = str_xcalloc(1, sizeof(*run));

    check->state = run;
    check->look.seen.redirects = 0;
    check->look.seen.hop = run->hop;
    buf_init(&run->head, HEAD_MAX);
    run->method = http->method != NULL ? http->method : "GET";
    run->body = http->body;
    if (has_secret(http))
        check_fail(check, REASON_LOCAL_SECRET,
                   "this probe cannot put secrets into requests yet");
    else
        start_hop(check, str_xdup(http->url));
}

/* fetch has a deadline of its own, a little earlier: this is for the rest. */
static void
expire(struct check *check)
{
    const struct http_run *run = check->state;

    if (run->fetch == NULL)
        check_fail(check, REASON_DNS_TIMEOUT, "%s: no address in time",
                   run->at.host);
    else
        check_fail(check, REASON_HTTP_TIMEOUT, "no whole answer in time");
}

static void
cancel(struct check *check)
{
    struct http_run *run = check->state;

    target_cancel(run->target);
    fetch_cancel(run->fetch);
    for (size_t i = 0; i < check->look.seen.hop_count; i++)
        free(run->hop[i].url);
    buf_free(&run->head);
    free(run);
}

static void
judge(struct check *check)
{
    int status = check->look.seen.status;

    if (status < 200 || status > 299)
        look_fault(&check->look, REASON_EXPECT_STATUS,
                   "status in 200-299: got %d", status);
}

const struct check_kind http_check = {start, expire, cancel, judge};
