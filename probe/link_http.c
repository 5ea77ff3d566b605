#include "probe/link_http.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/call.h"
#include "base/fetch.h"
#include "base/resolver.h"
#include "base/str.h"
#include "base/trust.h"
#include "probe/refusal.h"
#include "wire/message.h"

#define DETAIL_MAX 512

struct link_http {
    struct link link; /* first: what it is to the uplink */
    struct call_net net;
    struct trust *trust;
    char *url[3]; /* by enum link_path */
    char *cert_file;
    char *key_file;
    char *proxy;
    size_t calls;
};

struct link_call {
    struct link_http *http;
    struct call *call;
    enum link_path path;
    link_done_fn *done;
    void *cookie;
};

static void
free_call(struct link_call *call)
{
    call->http->calls--;
    free(call);
}

/* Half an answer, whatever its status, says nothing. */
static void
detail_of(const struct fetch_result *result, char *to, size_t cap)
{
    char said[DETAIL_MAX / 2];

    refusal_format(said, sizeof(said), result->body, result->body_len);
    if (result->error != FETCH_NONE)
        (void)snprintf(to, cap, "%s", result->detail);
    else
        (void)snprintf(to, cap, "answered %d: %s", result->status, said);
}

static void
on_done(void *cookie, const struct fetch_result *result)
{
    struct link_call *call = cookie;
    char detail[DETAIL_MAX] = "";
    struct link_reply reply = {
        .status = result->error == FETCH_NONE ? result->status : 0,
        .detail = detail,
        .body = result->body,
        .len = result->body_len,
    };

    if (reply.status != 200)
        detail_of(result, detail, sizeof(detail));
    call->done(call->cookie, &reply);
    /* A sync's answer may hold secrets.  The bytes are libcurl's no more, and
     * are freed after this. */
    if (call->path == LINK_SYNC && result->body_len > 0)
        explicit_bzero((void *)(uintptr_t)result->body, result->body_len);
    free_call(call);
}

static struct link_call *
start(struct link *link, const struct link_request *request)
{
    static const char *const headers[] = {
        "Content-Type: application/x-protobuf", "Expect:", NULL};
    struct link_http *http = (struct link_http *)link;
    struct link_call *call = str_xcalloc(1, sizeof(*call));
    struct fetch_opts opts = {
        .method = "POST",
        .url = http->url[request->path],
        .headers = headers,
        .body = request->len > 0 ? request->body : "",
        .body_len = request->len,
        .timeout_ns = request->timeout_ns,
        .body_max = MESSAGE_SYNC_MAX,
        .flags = FETCH_REUSE | FETCH_HTTP1,
        .cert_file = http->cert_file,
        .key_file = http->key_file,
        .proxy = http->proxy,
        .tls_name = MESSAGE_SERVER_NAME,
    };

    call->http = http;
    call->path = request->path;
    call->done = request->done;
    call->cookie = request->cookie;
    http->calls++;
    call->call = call_start(&http->net, &opts, on_done, call);
    if (call->call != NULL)
        return call;
    free_call(call);
    return NULL;
}

static void
cancel(struct link_call *call)
{
    if (call == NULL)
        return;
    call_cancel(call->call);
    free_call(call);
}

struct link_http *
link_http_create(const struct link_http_opts *opts, char *why, size_t cap)
{
    static const char *const paths[] = {"sync", "results", "renew"};
    struct link_http *http = str_xcalloc(1, sizeof(*http));
    struct fetcher_opts fetcher = {0};
    size_t len = strlen(opts->url);

    http->link = (struct link){start, cancel};
    while (len > 0 && opts->url[len - 1] == '/')
        len--;
    for (size_t i = 0; i < 3; i++)
        http->url[i] =
            str_xprintf("%.*s/probe/v1/%s", (int)len, opts->url, paths[i]);
    http->cert_file = str_xdup(opts->cert_file);
    http->key_file = str_xdup(opts->key_file);
    http->proxy = str_xdup(opts->proxy);
    http->trust = trust_create(opts->ca_file, NULL, why, cap);
    if (http->trust == NULL)
        goto fail;
    fetcher.trust = http->trust;
    http->net.fetcher = fetcher_create(opts->loop, &fetcher);
    http->net.resolver = resolver_create(opts->loop, "system");
    if (http->net.fetcher != NULL && http->net.resolver != NULL)
        return http;
    (void)snprintf(why, cap, "the uplink cannot start: %s", strerror(errno));
fail:
    link_http_free(http);
    return NULL;
}

void
link_http_free(struct link_http *http)
{
    if (http == NULL)
        return;
    assert(http->calls == 0);
    fetcher_free(http->net.fetcher);
    resolver_free(http->net.resolver);
    trust_free(http->trust);
    for (size_t i = 0; i < 3; i++)
        free(http->url[i]);
    free(http->cert_file);
    free(http->key_file);
    free(http->proxy);
    free(http);
}

struct link *
link_http_link(struct link_http *http)
{
    return &http->link;
}
