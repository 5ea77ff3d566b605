/*
 * One call of grpc.health.v1.Health/Check, over HTTP/2: with TLS, or in clear
 * with prior knowledge.
 *
 * A call has an end of its own, the grpc-status behind the message (or, when
 * there is no message, in the head).  Only with OK is there a health to speak
 * of.  What gRPC says is judged here; what HTTP and TLS say, as for any
 * exchange (exchange_reason.c).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/expr.h"
#include "base/fetch.h"
#include "base/loop.h"
#include "base/str.h"
#include "checks/check_priv.h"
#include "checks/engine_priv.h"
#include "checks/evidence_priv.h"
#include "checks/exchange_priv.h"
#include "checks/grpc_health.h"
#include "checks/head_lines.h"
#include "checks/scope.h"
#include "checks/spec.h"
#include "checks/subject.h"
#include "checks/target.h"
#include "checks/url.h"

#define SPARE_NS      NS_PER_MS /* the exchange ends before the deadline does */
#define BODY_MAX      4096
#define HEAD_MAX      65536
#define LINES_OURS    3
#define HTTP_OK       200
#define UNIMPLEMENTED 12
#define NOT_FOUND     5
#define HTTP_2        20

struct grpc_run {
    struct scope scope;
    struct url at;
    struct head_lines head;
    char timeout[48];
    const char *line[HEAD_LINES_MAX + LINES_OURS + 1];
    struct buf request;
    struct buf key; /* of the client's certificate */
    struct buf proxy_user;
    struct buf proxy_password;
    struct target *target;
    struct addr addr[TARGET_ADDRS_MAX];
    size_t addr_count;
    size_t addr_next;
    struct fetch *fetch;
    bool is_asked;
    int code;   /* grpc-status; -1 */
    int health; /* -1 */
    char message[GRPC_MESSAGE_MAX];
};

/* ---- what is told ---- */

static void
add_word(struct expr_values *values, const char *word)
{
    if (word != NULL && word[0] != '\0')
        expr_values_text(values, word, strlen(word));
}

static void
find(const struct look *look, int subject, const char *arg,
     struct expr_values *values)
{
    const struct grpc_run *run = look->more_of;

    (void)arg;
    if (subject == SUBJECT_HEALTH)
        add_word(values, grpc_health_name(run->health));
    else if (subject == SUBJECT_GRPC_STATUS)
        add_word(values, grpc_health_code_name(run->code));
    else if (subject == SUBJECT_GRPC_MESSAGE)
        add_word(values, run->message);
}

static void
add_facts(const struct look *look, struct result *result)
{
    const struct grpc_run *run = look->more_of;

    result_add_text(result, FACT_HEALTH, grpc_health_name(run->health));
    result_add_text(result, FACT_GRPC_STATUS, grpc_health_code_name(run->code));
    if (run->message[0] != '\0')
        result_add_text(result, FACT_GRPC_MESSAGE, run->message);
}

static void
add_evidence(const struct look *look, struct evidence *e)
{
    const struct grpc_run *run = look->more_of;

    if (!run->is_asked)
        return;
    json_obj(&e->j, "grpc");
    json_str(&e->j, "call", GRPC_PATH);
    if (look->seen.status != 0)
        json_int(&e->j, "http_status", look->seen.status);
    json_str(&e->j, "status", grpc_health_code_name(run->code));
    if (run->message[0] != '\0')
        (void)evidence_text(e, "message", run->message, strlen(run->message),
                            GRPC_MESSAGE_MAX);
    json_str(&e->j, "health", grpc_health_name(run->health));
    json_end(&e->j);
    if (look->seen.head != NULL)
        evidence_head(e, look->seen.head, look->seen.head_len);
}

static const struct look_more more = {find, add_facts, add_evidence};

/* ---- the answer ---- */

static void
see(struct look *look, const struct fetch_result *got)
{
    struct seen *seen = &look->seen;

    look_add_us(look, PHASE_CONNECT, got->connect_us);
    look_add_us(look, PHASE_TLS, got->tls_us);
    look_add_us(look, PHASE_WAIT, got->wait_us);
    look_add_us(look, PHASE_RECEIVE, got->receive_us);
    (void)str_copy(seen->ip, sizeof(seen->ip), got->ip);
    seen->rtt_us = got->rtt_us;
    seen->retransmits = got->retransmits;
    seen->connections = got->connections;
    seen->status = got->status;
    seen->http_version = got->status != 0 ? got->http_version : 0;
    seen->head = got->status != 0 ? got->headers : NULL;
    seen->head_len = got->headers_len;
    seen->tls_protocol = got->tls_protocol;
    seen->alpn = got->alpn;
    seen->certs = got->certs;
}

/* In the trailers, or in the head when nothing came between. */
static const char *
find_end(const struct fetch_result *got, const char *name, size_t *len)
{
    size_t at = 0;
    const char *value = NULL;

    if (got->trailers_len > 0)
        value = fetch_header(got->trailers, got->trailers_len, name, &at, len);
    at = 0;
    return value != NULL
               ? value
               : fetch_header(got->headers, got->headers_len, name, &at, len);
}

static void
read_end(struct grpc_run *run, const struct fetch_result *got)
{
    size_t len = 0;
    const char *value = find_end(got, "grpc-status", &len);

    run->code = value != NULL ? grpc_health_parse_code(value, len) : -1;
    value = find_end(got, "grpc-message", &len);
    if (value != NULL)
        grpc_health_format_message(run->message, value, len);
}

static bool
is_grpc(const struct fetch_result *got)
{
    static const char type[] = "application/grpc";
    size_t at = 0;
    size_t len = 0;
    const char *value =
        fetch_header(got->headers, got->headers_len, "content-type", &at, &len);

    return value != NULL && len >= sizeof(type) - 1 &&
           memcmp(value, type, sizeof(type) - 1) == 0;
}

/* Fills code and health; false: the run has failed. */
static bool
read_answer(struct check *check, const struct fetch_result *got)
{
    struct grpc_run *run = check->state;
    char why[GRPC_WHY_MAX] = "";

    if (got->http_version != HTTP_2) {
        check_fail(check, REASON_GRPC_PROTOCOL,
                   "the server does not speak HTTP/2 here");
        return false;
    }
    if (got->status != HTTP_OK || !is_grpc(got)) {
        check_fail(check, REASON_GRPC_PROTOCOL,
                   "this is no gRPC server: it answers %d%s", got->status,
                   got->status == HTTP_OK ? " with another content type" : "");
        return false;
    }
    read_end(run, got);
    if (run->code < 0) {
        check_fail(check, REASON_GRPC_PROTOCOL,
                   "the call ended without a grpc-status");
        return false;
    }
    if (run->code == 0)
        run->health = grpc_health_decode(got->body, got->body_len, why);
    if (run->code == 0 && run->health < 0) {
        check_fail(check, REASON_GRPC_PROTOCOL, "the answer is wrong: %s", why);
        return false;
    }
    return true;
}

static void start_fetch(struct check *check);

static void
on_fetch(void *cookie, const struct fetch_result *got)
{
    struct check *check = cookie;
    struct grpc_run *run = check->state;
    struct look *look = &check->look;

    run->fetch = NULL;
    if (fetch_is_unreached(got) && got->error != FETCH_LOCAL &&
        run->addr_next < run->addr_count) {
        start_fetch(check);
        return;
    }
    see(look, got);
    exchange_reason(look, got, run->at.host, SPEC_HTTP_ANY);
    if (look->reason == REASON_HTTP_TIMEOUT)
        look->reason = REASON_GRPC_TIMEOUT;
    else if (look->reason == REASON_HTTP_PROTOCOL)
        look->reason = REASON_GRPC_PROTOCOL;
    if (look->reason != REASON_NONE || read_answer(check, got))
        check_end(check);
}

/* ---- the request ---- */

/* Who we are: to the server, and to the proxy. */
static void
add_identity(struct fetch_opts *opts, const struct grpc_run *run,
             const struct spec_net *net)
{
    opts->proxy = net->proxy;
    if (net->proxy_user != NULL)
        opts->proxy_user = buf_text(&run->proxy_user);
    if (net->proxy_password != NULL)
        opts->proxy_password = buf_text(&run->proxy_password);
    if (net->cert == NULL)
        return;
    opts->cert_pem = net->cert;
    opts->cert_pem_len = strlen(net->cert);
    opts->key_pem = buf_text(&run->key);
    opts->key_pem_len = run->key.len;
}

static void
start_fetch(struct check *check)
{
    struct grpc_run *run = check->state;
    const struct spec_net *net = &check->spec->net;
    int64_t left = check_left_ns(check);
    size_t others = run->addr_count - run->addr_next - 1;
    struct fetch_opts opts = {
        .method = "POST",
        .url = check->spec->of.grpc.url,
        .address = &run->addr[run->addr_next++],
        .headers = run->line,
        .body = buf_text(&run->request),
        .body_len = run->request.len,
        .timeout_ns = left > 2 * SPARE_NS ? left - SPARE_NS : left,
        .connect_timeout_ns = others > 0 ? left / ((int64_t)others + 1) : 0,
        .header_max = HEAD_MAX,
        .body_max = BODY_MAX,
        .flags = FETCH_HTTP2 | (net->insecure ? (unsigned)FETCH_INSECURE : 0U),
        .trust = net->trust,
    };

    run->is_asked = true;
    add_identity(&opts, run, net);
    run->fetch = fetch_start(check->engine->fetcher, &opts, on_fetch, check);
    if (run->fetch == NULL)
        check_fail(check, REASON_LOCAL_LIMIT, "%s", strerror(errno));
}

static void
on_target(void *cookie, const struct target_answer *answer)
{
    struct check *check = cookie;
    struct grpc_run *run = check->state;

    if (answer->reason != REASON_NONE) {
        check_fail(check, answer->reason, "%s", answer->message);
        return;
    }
    memcpy(run->addr, answer->addrs, answer->count * sizeof(run->addr[0]));
    run->addr_count = answer->count;
    start_fetch(check);
}

static void
add_lines(struct check *check)
{
    struct grpc_run *run = check->state;
    size_t count = 0;

    /* A server that knows when we stop waiting can stop, too. */
    (void)snprintf(run->timeout, sizeof(run->timeout), "grpc-timeout: %lldm",
                   (long long)(check->spec->timeout_ns / NS_PER_MS));
    run->line[count++] = "content-type: application/grpc";
    run->line[count++] = "te: trailers";
    run->line[count++] = run->timeout;
    for (const char *const *line = run->head.line; *line != NULL; line++)
        run->line[count++] = *line;
}

static enum reason
expand(struct grpc_run *run, const struct template *tpl, const char *origin,
       struct buf *out, char why[TEMPLATE_WHY_MAX])
{
    struct template_moment moment =
        template_moment(loop_wall(run->scope.engine->loop));
    struct scope_place place = {
        .context = TEMPLATE_IN_TEXT, .origin = origin, .moment = &moment};

    return tpl != NULL ? scope_expand(&run->scope, tpl, &place, out, why)
                       : REASON_NONE;
}

/* The client's key goes to the server alone, and the rest to the proxy. */
static enum reason
make_identity(struct grpc_run *run, const char *origin,
              char why[TEMPLATE_WHY_MAX])
{
    const struct spec_net *net = &run->scope.spec->net;
    char at_proxy[URL_ORIGIN_MAX] = "";
    struct url proxy;
    enum reason reason = expand(run, net->key, origin, &run->key, why);

    if (exchange_fetch_proxy(&proxy, net))
        (void)url_format_origin(at_proxy, &proxy);
    if (reason == REASON_NONE)
        reason = expand(run, net->proxy_user, at_proxy, &run->proxy_user, why);
    if (reason == REASON_NONE)
        reason = expand(run, net->proxy_password, at_proxy,
                        &run->proxy_password, why);
    return reason;
}

/* False: the run has failed. */
static bool
make_request(struct check *check)
{
    struct grpc_run *run = check->state;
    const struct spec_grpc *grpc = &check->spec->of.grpc;
    char origin[URL_ORIGIN_MAX];
    char why[TEMPLATE_WHY_MAX] = "";
    enum reason reason;

    (void)url_parse(&run->at, grpc->url);
    reason = head_lines_make(&run->head, &run->scope, &grpc->headers,
                             url_format_origin(origin, &run->at), why);
    if (reason == REASON_NONE)
        reason = make_identity(run, origin, why);
    check->mask = scope_mask(&run->scope);
    if (reason != REASON_NONE) {
        check_fail(check, reason, "%s", why);
        return false;
    }
    add_lines(check);
    buf_init(&run->request, BODY_MAX);
    (void)grpc_health_encode(&run->request, grpc->service);
    return true;
}

/* The lookup of whoever is connected to.  A proxy looks the server up itself,
 * where no policy of ours reaches; an address that is written out is judged
 * here all the same. */
static void
start_target(struct check *check)
{
    struct grpc_run *run = check->state;
    const struct spec_net *net = &check->spec->net;
    const struct addr_policy policy = {(const char *const *)net->allow.item,
                                       net->allow.count};
    struct url to = run->at;
    struct addr literal;

    if (exchange_fetch_proxy(&to, net) &&
        addr_parse_ip(&literal, run->at.host, run->at.port) == 0 &&
        !addr_allowed(&policy, &literal)) {
        check_fail(check, REASON_POLICY_BLOCKED,
                   "the address policy forbids %s", run->at.host);
        return;
    }
    run->target = target_start(check, to.host, to.port, on_target, check);
    if (run->target == NULL)
        check_fail(check, REASON_LOCAL_LIMIT, "%s", strerror(errno));
}

static void
start(struct check *check)
{
    struct grpc_run *run = str_xcalloc(1, sizeof(*run));

    run->code = run->health = -1;
    scope_init(&run->scope, check->engine, check->spec, &check->result.run);
    check->state = run;
    check->look.more = &more;
    check->look.more_of = run;
    buf_init(&run->key, TEMPLATE_TEXT_MAX);
    buf_init(&run->proxy_user, TEMPLATE_TEXT_MAX);
    buf_init(&run->proxy_password, TEMPLATE_TEXT_MAX);
    if (make_request(check))
        start_target(check);
}

/* The exchange ends a moment before; this is for a lookup, or a late loop. */
static void
expire(struct check *check)
{
    struct grpc_run *run = check->state;

    if (!run->is_asked)
        check_fail(check, REASON_DNS_TIMEOUT, "%s: no address in time",
                   run->at.host);
    else
        check_fail(check, REASON_GRPC_TIMEOUT, "no answer in time");
}

static void
cancel(struct check *check)
{
    struct grpc_run *run = check->state;

    fetch_cancel(run->fetch);
    target_cancel(run->target);
    head_lines_clear(&run->head);
    buf_free(&run->request);
    buf_free(&run->key);
    buf_free(&run->proxy_user);
    buf_free(&run->proxy_password);
    check->mask = NULL;
    scope_clear(&run->scope);
    free(run);
}

static const char *
hint_of(const struct grpc_run *run)
{
    if (run->message[0] != '\0')
        return run->message;
    if (run->code == UNIMPLEMENTED)
        return "the server has no health service";
    if (run->code == NOT_FOUND)
        return "the server does not know this service";
    return "without a message";
}

/* Without an expectation: the call succeeds, and the service serves. */
static void
judge(struct check *check)
{
    const struct grpc_run *run = check->state;

    if (run->code != 0)
        look_fault(&check->look, REASON_GRPC_STATUS, "%s: %s",
                   grpc_health_code_name(run->code), hint_of(run));
    else if (run->health != GRPC_HEALTH_SERVING)
        look_fault(&check->look, REASON_GRPC_NOT_SERVING,
                   "health == SERVING: got %s", grpc_health_name(run->health));
}

const struct check_kind grpc_check = {
    .start = start,
    .expire = expire,
    .cancel = cancel,
    .judge = judge,
};
