/*
 * What a hop is fetched with, beside what it asks: the settings all requests of
 * a run share, and to the request's own origin its credentials and the client's
 * certificate.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fetch.h"
#include "base/str.h"
#include "checks/exchange_priv.h"
#include "checks/request.h"
#include "checks/spec.h"
#include "checks/url.h"

#define SOCKS5 "socks5://"

static unsigned
flags_of(const struct spec_net *net)
{
    unsigned flags = 0;

    if (net->insecure)
        flags |= FETCH_INSECURE;
    if (net->compressed)
        flags |= FETCH_COMPRESSED;
    if (net->truncated_ok)
        flags |= FETCH_LAX_END;
    if (net->http_version == SPEC_HTTP_1_1)
        flags |= FETCH_HTTP1;
    if (net->http_version == SPEC_HTTP_2)
        flags |= FETCH_HTTP2;
    return flags;
}

static void
add_credentials(struct fetch_opts *opts, const struct request *request)
{
    switch (request->spec->auth.type) {
    case SPEC_AUTH_BASIC:
        opts->auth = FETCH_AUTH_BASIC;
        break;
    case SPEC_AUTH_DIGEST:
        opts->auth = FETCH_AUTH_DIGEST;
        break;
    case SPEC_AUTH_NONE:
    case SPEC_AUTH_BEARER: /* a header */
    case SPEC_AUTH_OAUTH2:
        return;
    }
    opts->user = request->text[REQUEST_USER];
    opts->password = request->text[REQUEST_PASSWORD];
}

static void
add_certificate(struct fetch_opts *opts, const struct request *request)
{
    const struct spec_net *net = &request->scope->spec->net;

    if (net->cert == NULL || request->text[REQUEST_KEY] == NULL)
        return;
    opts->cert_pem = net->cert;
    opts->cert_pem_len = strlen(net->cert);
    opts->key_pem = request->text[REQUEST_KEY];
    opts->key_pem_len = strlen(opts->key_pem);
}

void
exchange_fetch_fill(struct fetch_opts *opts, const struct request *request,
                    bool is_own)
{
    const struct spec_net *net = &request->scope->spec->net;

    opts->flags = flags_of(net);
    opts->trust = net->trust;
    opts->proxy = net->proxy;
    opts->proxy_user = request->text[REQUEST_PROXY_USER];
    opts->proxy_password = request->text[REQUEST_PROXY_PASSWORD];
    if (!is_own)
        return;
    add_credentials(opts, request);
    add_certificate(opts, request);
}

bool
exchange_fetch_proxy(struct url *proxy, const struct spec_net *net)
{
    const char *text = net->proxy;
    char *as_http;
    int rc;

    if (text == NULL)
        return false;
    if (str_starts(text, SOCKS5))
        text += strlen(SOCKS5);
    as_http = str_xprintf("%s%s", text == net->proxy ? "" : "http://", text);
    rc = url_parse(proxy, as_http);
    free(as_http);
    return rc == 0;
}
