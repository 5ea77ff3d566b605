#include "checks/dns_doh.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fetch.h"
#include "base/str.h"
#include "checks/dns_codec.h"
#include "checks/engine_priv.h"
#include "checks/tls_reason.h"

#define MEDIA_TYPE "application/dns-message"

struct dns_doh {
    struct fetch *fetch;
    dns_stream_done_fn *done;
    void *cookie;
    char *host; /* for what is said about its certificate */
    char why[256];
    uint8_t bytes[DNS_MESSAGE_MAX];
};

static enum reason
reason_of_tls(const struct fetch_result *got)
{
    struct tls_faults faults = {0};

    if (got->error == FETCH_TLS_VERIFY) {
        tls_reason_add_verify(&faults, got->verify, got->certs);
        return tls_reason_worst(&faults);
    }
    if (got->error == FETCH_TLS_ALERT)
        return tls_reason_of_alert(got->tls_alert);
    if (got->error == FETCH_TLS_CERT_REQUIRED)
        return REASON_TLS_CLIENT_CERT_REQUIRED;
    if (got->error == FETCH_CLOSED || got->error == FETCH_RESET ||
        got->error == FETCH_TRUNCATED)
        return REASON_TLS_CLOSED;
    return got->error == FETCH_TIMEOUT ? REASON_TLS_TIMEOUT
                                       : REASON_TLS_HANDSHAKE;
}

/* The phase that was reached decides, as for the same over TLS alone
 * (dns_stream.c). */
static enum reason
reason_of(const struct fetch_result *got)
{
    if (got->error == FETCH_LOCAL)
        return REASON_LOCAL_LIMIT;
    if (got->error == FETCH_CONFIG)
        return REASON_LOCAL_CONFIG;
    if (got->phase == FETCH_AT_TLS || got->error == FETCH_TLS_ALERT ||
        got->error == FETCH_TLS_CERT_REQUIRED)
        return reason_of_tls(got);
    if (got->error == FETCH_TIMEOUT)
        return REASON_DNS_TIMEOUT;
    return got->phase == FETCH_AT_CONNECT ? REASON_DNS_UNREACHABLE
                                          : REASON_DNS_MALFORMED;
}

static bool
is_dns(const struct fetch_result *got)
{
    size_t at = 0;
    size_t len = 0;
    const char *type =
        fetch_header(got->headers, got->headers_len, "Content-Type", &at, &len);
    size_t want = sizeof(MEDIA_TYPE) - 1;

    return type != NULL && len >= want && memcmp(type, MEDIA_TYPE, want) == 0 &&
           (len == want || type[want] == ';' || type[want] == ' ');
}

static void
judge(struct dns_doh *doh, const struct fetch_result *got,
      struct dns_stream_answer *out)
{
    out->why = doh->why;
    if (got->error == FETCH_TLS_VERIFY) {
        out->reason = reason_of(got);
        (void)tls_reason_message(doh->why, sizeof(doh->why), out->reason,
                                 got->certs, doh->host);
    } else if (got->error != FETCH_NONE) {
        out->reason = reason_of(got);
        (void)str_copy(doh->why, sizeof(doh->why), got->detail);
    } else if (got->status < 200 || got->status > 299) {
        out->reason = REASON_DNS_MALFORMED;
        (void)snprintf(doh->why, sizeof(doh->why),
                       "HTTP status %d instead of a DNS message", got->status);
    } else if (!is_dns(got) || got->body_len > sizeof(doh->bytes)) {
        out->reason = REASON_DNS_MALFORMED;
        (void)snprintf(doh->why, sizeof(doh->why),
                       "the answer is not of type " MEDIA_TYPE);
    } else {
        memcpy(doh->bytes, got->body, got->body_len);
        out->bytes = doh->bytes;
        out->len = got->body_len;
    }
}

static void
on_fetched(void *cookie, const struct fetch_result *got)
{
    struct dns_doh *doh = cookie;
    struct dns_stream_answer out = {.connect_us = got->connect_us,
                                    .tls_us = got->tls_us};

    doh->fetch = NULL;
    judge(doh, got, &out);
    doh->done(doh->cookie, &out);
}

static char *
host_of(const char *url)
{
    const char *host = strstr(url, "://");

    host = host != NULL ? host + 3 : url;
    if (host[0] == '[')
        return str_xndup(host + 1, strcspn(host + 1, "]"));
    return str_xndup(host, strcspn(host, ":/"));
}

struct dns_doh *
dns_doh_start(struct engine *engine, const struct dns_doh_opts *opts,
              dns_stream_done_fn *done, void *cookie)
{
    static const char *const headers[] = {"Content-Type: " MEDIA_TYPE,
                                          "Accept: " MEDIA_TYPE, NULL};
    struct dns_doh *doh = calloc(1, sizeof(*doh));
    struct fetch_opts fetch = {
        .method = "POST",
        .url = opts->url,
        .address = &opts->server,
        .headers = headers,
        .body = opts->query,
        .body_len = opts->query_len,
        .timeout_ns = opts->timeout_ns,
        .body_max = DNS_MESSAGE_MAX,
        .trust = opts->trust,
    };

    if (doh == NULL)
        return NULL;
    doh->done = done;
    doh->cookie = cookie;
    doh->host = host_of(opts->url);
    doh->fetch = fetch_start(engine->fetcher, &fetch, on_fetched, doh);
    if (doh->fetch != NULL)
        return doh;
    dns_doh_cancel(doh);
    return NULL;
}

void
dns_doh_cancel(struct dns_doh *doh)
{
    if (doh == NULL)
        return;
    fetch_cancel(doh->fetch);
    free(doh->host);
    free(doh);
}
