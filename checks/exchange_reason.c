/*
 * The phase that was reached decides, not the library's error number: a reset
 * is connect.reset, tls.closed or http.reset by where it came.
 */
#include "checks/exchange_priv.h"

#include <string.h>

#include "base/fetch.h"
#include "checks/facts.h"
#include "checks/look.h"
#include "checks/tls_reason.h"

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
    {FETCH_AT_TLS, FETCH_TLS_CERT_REQUIRED, REASON_TLS_CLIENT_CERT_REQUIRED},
    {FETCH_AT_TLS, FETCH_TLS_CERT_REJECTED, REASON_TLS_CLIENT_CERT_REJECTED},
    {FETCH_AT_PROXY, FETCH_PROXY_AUTH, REASON_PROXY_AUTH},
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
    if (got->error == FETCH_CONFIG)
        return REASON_LOCAL_CONFIG;
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

/* What verification said, all of it, and the reason to name first. */
static enum reason
see_faults(struct look *look, const struct fetch_result *got)
{
    struct tls_faults faults = {0};

    tls_reason_add_verify(&faults, got->verify, got->certs);
    (void)tls_reason_format(look->seen.faults, sizeof(look->seen.faults),
                            &faults);
    return tls_reason_worst(&faults);
}

/* Who forces a version must not be told that all is well when another was
 * spoken: a server without ALPN answers in HTTP/1.1 whatever is offered. */
static void
judge_version(struct look *look, const struct fetch_result *got,
              enum spec_http_version forced)
{
    int want = forced == SPEC_HTTP_2 ? 20 : 11;
    const char *spoken = facts_http_version(got->http_version);
    bool is_tls = got->tls_protocol != NULL;

    if (forced == SPEC_HTTP_ANY || got->http_version == want)
        return;
    look_fault(look, is_tls ? REASON_TLS_ALPN : REASON_HTTP_PROTOCOL,
               "`http_version` is %s, and the server speaks %s%s%s",
               facts_http_version(want), spoken != NULL ? "HTTP/" : "",
               spoken != NULL ? spoken : "another one",
               is_tls && got->alpn == NULL
                   ? ": it chose no protocol in the handshake (ALPN)"
                   : "");
}

/* What people can do about it; "": nothing more than the detail says. */
static const char *
advice(const struct fetch_result *got, enum spec_http_version forced)
{
    /* Without TLS nothing was agreed on: a server of HTTP/1.1 alone hangs up,
     * or waits for the end of what it takes for a request; it has no streams. */
    bool is_unagreed = forced == SPEC_HTTP_2 && got->tls_protocol == NULL &&
                       got->phase == FETCH_AT_HTTP && got->status == 0 &&
                       strstr(got->detail, "HTTP/2") == NULL;

    if (is_unagreed)
        return "; `http_version` forces HTTP/2 from the first byte: does the "
               "server speak it in clear?";
    return got->is_unclosed ? "; `truncated_ok` lets that pass" : "";
}

void
exchange_reason(struct look *look, const struct fetch_result *got,
                const char *host, enum spec_http_version forced)
{
    enum reason fault = see_faults(look, got);
    char message[RESULT_MESSAGE_MAX];

    if (got->error == FETCH_NONE) {
        judge_version(look, got, forced);
        return;
    }
    if (got->error != FETCH_TLS_VERIFY) {
        look_fault(look, reason_of(got), "%s%s", got->detail,
                   advice(got, forced));
        return;
    }
    if (fault == REASON_NONE)
        fault = REASON_TLS_UNTRUSTED;
    look_fault(
        look, fault, "%s",
        tls_reason_message(message, sizeof(message), fault, got->certs, host));
}
