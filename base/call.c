/*
 * Resolve, then fetch from one address after the other until one connects.
 *
 * What is left of the time is shared among the addresses left, so that the
 * first of them cannot use it all up by not answering.  Only a connection that
 * could not be made is tried elsewhere: once a request may have been sent,
 * sending it again is the caller's decision.
 */
#include "base/call.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/clock.h"
#include "base/fetch.h"
#include "base/fetch_opts.h"
#include "base/loop.h"
#include "base/resolver.h"
#include "base/str.h"

#define HOST_MAX 256 /* a DNS name and NUL */

struct call {
    struct call_net net;
    struct loop *loop;
    call_done_fn *done;
    void *cookie;
    struct fetch_own own;
    uint16_t port;
    mono_t deadline;
    struct resolver_query *query;
    struct fetch *fetch;
    struct loop_timer *failed; /* the end that comes from the loop */
    const char *detail;
    enum fetch_error error;
    struct addr addrs[RESOLVER_ADDRS_MAX];
    size_t addr_count;
    size_t next;
};

static size_t
scheme_len(const char *url, uint16_t *port)
{
    static const struct {
        const char *scheme;
        uint16_t port;
    } known[] = {
        {"http://", 80},
        {"https://", 443},
        {"socks5://", 1080},
        {"socks5h://", 1080},
    };

    size_t i;

    for (i = 0; i < sizeof known / sizeof known[0]; i++) {
        size_t len = strlen(known[i].scheme);

        if (strncasecmp(url, known[i].scheme, len) == 0) {
            *port = known[i].port;
            return len;
        }
    }
    return 0;
}

int
call_split_url(const char *url, char *host, unsigned long cap, uint16_t *port)
{
    uint16_t found = 0;
    size_t skip = scheme_len(url, &found);
    char *authority;
    const char *at;
    int rc;

    if (skip == 0)
        return -1;
    authority = str_xndup(url + skip, strcspn(url + skip, "/?#\\"));
    at = strrchr(authority, '@');
    rc = addr_split(at ? at + 1 : authority, host, cap, &found);
    free(authority);
    if (rc == 0)
        *port = found;
    return rc;
}

static void
destroy(struct call *call)
{
    resolver_cancel(call->query);
    fetch_cancel(call->fetch);
    loop_timer_cancel(call->failed);
    fetch_opts_free(&call->own);
    free(call);
}

static void
on_failed(void *cookie)
{
    struct call *call = cookie;
    struct fetch_result result = {.phase = FETCH_AT_CONNECT,
                                  .error = call->error,
                                  .detail = call->detail,
                                  .tls_alert = -1,
                                  .headers = "",
                                  .trailers = "",
                                  .body = "",
                                  .connect_us = -1,
                                  .tls_us = -1,
                                  .wait_us = -1,
                                  .receive_us = -1,
                                  .rtt_us = -1};

    call->failed = NULL;
    call->done(call->cookie, &result);
    destroy(call);
}

static void
fail_soon(struct call *call, enum fetch_error error, const char *detail)
{
    call->error = error;
    call->detail = detail;
    call->failed = loop_timer_start(call->loop, 0, on_failed, call);
}

static void try_next(struct call *call);

static void
on_fetched(void *cookie, const struct fetch_result *result)
{
    struct call *call = cookie;

    call->fetch = NULL;
    if (fetch_is_unreached(result) && call->next < call->addr_count) {
        try_next(call);
        return;
    }
    call->done(call->cookie, result);
    destroy(call);
}

/* False when the next address could not even be tried. */
static bool
try_one(struct call *call)
{
    struct fetch_opts opts = call->own.opts;
    size_t left = call->addr_count - call->next;

    opts.address = &call->addrs[call->next++];
    opts.timeout_ns = clock_since_ns(loop_now(call->loop), call->deadline);
    if (opts.timeout_ns <= 0) {
        fail_soon(call, FETCH_TIMEOUT, "no address connected in time");
        return true;
    }
    if (left > 1 && opts.connect_timeout_ns == 0)
        opts.connect_timeout_ns = opts.timeout_ns / (int64_t)left;
    call->fetch = fetch_start(call->net.fetcher, &opts, on_fetched, call);
    if (call->fetch == NULL && call->next == call->addr_count)
        fail_soon(call, FETCH_LOCAL, strerror(errno));
    return call->fetch != NULL || call->failed != NULL;
}

static void
try_next(struct call *call)
{
    while (!try_one(call))
        continue; /* this machine lacks that address family */
}

static const char *
words_of(enum resolver_status status)
{
    switch (status) {
    case RESOLVER_OK:
    case RESOLVER_NODATA:
        return "the name has no address";
    case RESOLVER_NXDOMAIN:
        return "the name does not exist";
    case RESOLVER_SERVFAIL:
        return "the name server failed (SERVFAIL)";
    case RESOLVER_REFUSED:
        return "the name server refused to answer";
    case RESOLVER_NOTIMP:
    case RESOLVER_FORMERR:
        return "the name server does not understand the question";
    case RESOLVER_TIMEOUT:
        return "the name was not resolved in time";
    case RESOLVER_UNREACHABLE:
        return "no name server can be reached";
    case RESOLVER_MALFORMED:
        return "the name or the answer for it is malformed";
    }
    return "";
}

/* Keeps what the policy allows. */
static void
take_addrs(struct call *call, const struct resolver_answer *answer)
{
    const struct addr_policy *policy = call->net.policy;

    for (size_t i = 0; i < answer->count; i++) {
        struct addr addr = answer->addrs[i];

        addr_set_port(&addr, call->port);
        if (policy == NULL || addr_allowed(policy, &addr))
            call->addrs[call->addr_count++] = addr;
    }
}

static void
on_resolved(void *cookie, const struct resolver_answer *answer)
{
    struct call *call = cookie;

    call->query = NULL;
    if (answer->status == RESOLVER_OK)
        take_addrs(call, answer);
    if (answer->status != RESOLVER_OK)
        fail_soon(call, FETCH_UNREACHABLE, words_of(answer->status));
    else if (call->addr_count == 0)
        fail_soon(call, FETCH_LOCAL,
                  "the address policy allows no address of it");
    else
        try_next(call);
}

/* Host and port to connect to: the proxy's, when there is one. */
static int
target_of(const struct fetch_opts *opts, char *host, size_t cap, uint16_t *port)
{
    const char *proxy = opts->proxy;
    const char *at;

    if (proxy == NULL)
        return call_split_url(opts->url, host, cap, port);
    if (strstr(proxy, "://") != NULL)
        return call_split_url(proxy, host, cap, port);
    at = strrchr(proxy, '@');
    *port = 80;
    return addr_split(at ? at + 1 : proxy, host, cap, port);
}

struct call *
call_start(const struct call_net *net, const struct fetch_opts *opts,
           call_done_fn *done, void *cookie)
{
    struct call *call;
    char host[HOST_MAX];
    uint16_t port = 0;

    assert(opts->timeout_ns > 0 && done != NULL);
    if (target_of(opts, host, sizeof host, &port) != 0) {
        errno = EINVAL;
        return NULL;
    }
    call = str_xcalloc(1, sizeof *call);
    if (fetch_opts_copy(&call->own, opts) != 0) {
        free(call);
        return NULL;
    }
    call->net = *net;
    call->loop = fetcher_loop(net->fetcher);
    call->done = done;
    call->cookie = cookie;
    call->port = port;
    call->deadline = clock_after(loop_now(call->loop), opts->timeout_ns);
    call->query = resolver_start(net->resolver, host, RESOLVER_ANY,
                                 opts->timeout_ns, on_resolved, call);
    return call;
}

void
call_cancel(struct call *call)
{
    if (call != NULL)
        destroy(call);
}
