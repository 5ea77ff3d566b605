/*
 * web.c - see web.h.
 *
 * Every request goes through one table (web_routes.c): method, path, scope.
 * The scope is settled before a handler sees the request.  A page is opened
 * once with ?k=KEY, which leaves a cookie and goes to the same path without
 * it, so that the key is in no history and no Referer.
 */
#include "controller/web/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/httpd.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/str.h"
#include "controller/ca.h"
#include "controller/config.h"
#include "controller/web/board.h"
#include "controller/web/frame.h"
#include "controller/web/html.h"
#include "controller/web/operator_key.h"
#include "controller/web/web_priv.h"
#include "wire/message.h"

#define COOKIE                "picket"
#define BEARER                "Bearer "
#define BODY_MAX              65536 /* of what people send */
#define RENEWAL_NS            (3600 * NS_PER_S)
#define WHY_MAX               256
#define ALLOWED_MAX           32    /* the methods of one path */
#define PROBE_CONNECTIONS_MAX 10000 /* a probe has up to four */

/* ---- who may ---- */

static bool
is_operator(struct web *web, struct httpd_request *request)
{
    const char *auth = httpd_header(request, "Authorization");
    const char *site = httpd_header(request, "Sec-Fetch-Site");

    if (auth != NULL && str_starts(auth, BEARER))
        return operator_key_is_right(web->key, auth + strlen(BEARER));
    /* SameSite=Strict keeps other sites out; this keeps them out of browsers
     * that do not know it, for what changes something. */
    if (!str_eq(httpd_method(request), "GET") && site != NULL &&
        !str_eq(site, "same-origin") && !str_eq(site, "none"))
        return false;
    return operator_key_is_cookie(web->key, httpd_cookie(request, COOKIE));
}

static void
let_in(struct web *web, struct httpd_request *request)
{
    char *cookie =
        str_xprintf(COOKIE "=%s; Path=/; HttpOnly; SameSite=Strict%s",
                    operator_key_cookie(web->key),
                    web->config->tls_cert != NULL ? "; Secure" : "");

    httpd_set_header(request, "Set-Cookie", cookie);
    free(cookie);
    web_go(web, request, httpd_path(request));
}

static void
ask_for_key(struct web *web, struct httpd_request *request)
{
    struct frame frame = {
        .title = "Key needed - Picket", .name = "Picket", .home = "/"};
    struct buf body;

    buf_init(&body, VIEW_PAGE_MAX);
    frame_begin(&body, &frame);
    html_add(&body,
             "<h1>This page is for operators</h1><p>Open it once with the key "
             "of this controller: <code>%s?k=KEY</code>. The key stands in "
             "<code>%s</code> on the controller's machine.</p><p><a "
             "href=\"/status\">The status page</a> is for everybody.</p>",
             httpd_path(request), operator_key_file(web->key));
    frame_end(&body, NULL);
    web_reply_page(web, request, 401, &body, "no-store");
}

static bool
may_pass(struct web *web, struct httpd_request *request, enum web_scope scope)
{
    switch (scope) {
    case WEB_PUBLIC:
        return true;
    case WEB_PAGE:
        if (is_operator(web, request))
            return true;
        if (operator_key_is_right(web->key, httpd_query(request, "k")))
            let_in(web, request);
        else
            ask_for_key(web, request);
        return false;
    case WEB_API:
    case WEB_METRICS:
        if (is_operator(web, request))
            return true;
        httpd_set_header(request, "WWW-Authenticate", "Bearer");
        web_refuse(web, request, 401, "this needs the operator's key",
                   "send Authorization: Bearer KEY; the key is in "
                   "operator.key in data_dir");
        return false;
    }
    return false;
}

/* ---- the table ---- */

/* Does `path` fit `pattern`?  What `*` stands for goes to `arg`. */
static bool
fits(const char *pattern, const char *path, char arg[WEB_ARG_MAX])
{
    const char *star = strchr(pattern, '*');
    size_t before = star == NULL ? strlen(pattern) : (size_t)(star - pattern);
    size_t len;

    arg[0] = '\0';
    if (star == NULL)
        return str_eq(pattern, path);
    if (strncmp(pattern, path, before) != 0)
        return false;
    len = strcspn(path + before, "/");
    if (len == 0 || len >= WEB_ARG_MAX ||
        !str_eq(path + before + len, star + 1))
        return false;
    memcpy(arg, path + before, len);
    arg[len] = '\0';
    return true;
}

/* "@" is the path of any status page. */
static bool
is_route(const struct web *web, const struct web_route *route, const char *path,
         char arg[WEB_ARG_MAX])
{
    struct view view = web_view(web);

    return str_eq(route->path, "@") ? board_page_find(&view, path) >= 0
                                    : fits(route->path, path, arg);
}

/* HEAD only looks, and where GET is a heartbeat there is nothing to look at. */
static bool
is_method(const struct web_route *route, const char *method)
{
    return str_eq(route->method, method) ||
           (str_eq(method, "HEAD") && str_eq(route->method, "GET") &&
            !str_starts(route->path, "/push/"));
}

/* "GET, POST" */
static void
add_allowed(char allowed[ALLOWED_MAX], const char *method)
{
    size_t at = strlen(allowed);

    if (strstr(allowed, method) != NULL)
        return;
    (void)snprintf(allowed + at, ALLOWED_MAX - at, "%s%s", at > 0 ? ", " : "",
                   method);
}

static void
dispatch(struct web *web, struct httpd_request *request, bool is_metrics_only)
{
    const char *path = httpd_path(request);
    char allowed[ALLOWED_MAX] = "";
    char arg[WEB_ARG_MAX];

    for (const struct web_route *r = web_routes; r->method != NULL; r++) {
        enum web_scope scope = r->scope;

        if ((is_metrics_only && scope != WEB_METRICS &&
             !str_starts(r->path, "/-/")) ||
            !is_route(web, r, path, arg))
            continue;
        add_allowed(allowed, r->method);
        if (!is_method(r, httpd_method(request)))
            continue;
        if (is_metrics_only)
            scope = WEB_PUBLIC;
        if (may_pass(web, request, scope))
            r->handler(web, request, arg);
        return;
    }
    if (allowed[0] == '\0') {
        web_refuse(web, request, 404, "there is no such page",
                   "/ is the dashboard, /status the status page");
        return;
    }
    httpd_set_header(request, "Allow", allowed);
    web_refuse(web, request, 405, "this path does not take that method",
               "see the Allow header");
}

static void
on_people(void *cookie, struct httpd_request *request)
{
    dispatch(cookie, request, false);
}

static void
on_metrics(void *cookie, struct httpd_request *request)
{
    dispatch(cookie, request, true);
}

/* ---- listeners ---- */

static struct httpd *
open_people(struct web *web, const char *listen, httpd_fn *handler, char *why,
            size_t cap)
{
    struct httpd_opts opts = {
        .listen = listen,
        .cert_file = web->config->tls_cert,
        .key_file = web->config->tls_key,
        .body_max = BODY_MAX,
        .handler = handler,
        .cookie = web,
    };

    return httpd_open(web->ports.loop, &opts, why, cap);
}

static struct httpd *
open_probes(struct web *web, char *why, size_t cap)
{
    struct httpd_opts opts = {
        .listen = web->config->probes_listen,
        .cert_file = ca_server_cert_file(web->ports.ca),
        .key_file = ca_server_key_file(web->ports.ca),
        .client_ca = ca_cert_file(web->ports.ca),
        .body_max = MESSAGE_RESULTS_MAX,
        .connections_max = PROBE_CONNECTIONS_MAX,
        .handler = web_probes_handle,
        .cookie = web,
    };

    return httpd_open(web->ports.loop, &opts, why, cap);
}

static void
renew(void *cookie)
{
    struct web *web = cookie;
    char why[WHY_MAX] = "";
    int rc = ca_renew_server(web->ports.ca, loop_wall(web->ports.loop), why,
                             sizeof(why));

    web->renewal = loop_timer_start(web->ports.loop, RENEWAL_NS, renew, web);
    if (rc == 1)
        rc = httpd_reload_tls(web->probes, why, sizeof(why));
    if (rc < 0)
        log_event(web->ports.log, EV_STORE_FAILED,
                  LOG_STR("what", "the probes' listener's certificate"),
                  LOG_STR("why", why));
}

/* How this machine reaches a listener: its address, 127.0.0.1 or ::1 for one
 * that takes all, and the port it really got. */
static char *
url_of(const char *scheme, const char *listen, const struct httpd *httpd)
{
    char host[ADDR_TEXT_MAX] = "127.0.0.1";
    uint16_t port = 0;
    bool is_v6;

    (void)addr_split(listen, host, sizeof(host), &port);
    if (str_eq(host, "0.0.0.0") || str_eq(host, "*") || host[0] == '\0')
        (void)str_copy(host, sizeof(host), "127.0.0.1");
    if (str_eq(host, "::"))
        (void)str_copy(host, sizeof(host), "::1");
    is_v6 = strchr(host, ':') != NULL;
    return str_xprintf("%s://%s%s%s:%u", scheme, is_v6 ? "[" : "", host,
                       is_v6 ? "]" : "", (unsigned)httpd_port(httpd));
}

static void
find_urls(struct web *web)
{
    const char *given = web->config->probes_url;

    web->url = url_of(web->config->tls_cert != NULL ? "https" : "http",
                      web->config->listen, web->people);
    /* a port 0 of a test or a demo is known only now */
    if (given != NULL && !str_ends(given, ":0"))
        web->probes_url = str_xdup(given);
    else
        web->probes_url =
            url_of("https", web->config->probes_listen, web->probes);
}

struct web *
web_open(const struct web_ports *ports, const struct config *config, char *why,
         size_t cap)
{
    struct web *web = str_xcalloc(1, sizeof(*web));
    bool is_open;

    web->ports = *ports;
    web->config = config;
    web->started = loop_wall(ports->loop);
    style_policy(web->policy);
    web->key = operator_key_open(config->data_dir, why, cap);
    is_open = web->key != NULL &&
              (web->people = open_people(web, config->listen, on_people, why,
                                         cap)) != NULL &&
              (web->probes = open_probes(web, why, cap)) != NULL &&
              (config->metrics_listen == NULL ||
               (web->metrics = open_people(web, config->metrics_listen,
                                           on_metrics, why, cap)) != NULL);
    if (!is_open) {
        web_close(web);
        return NULL;
    }
    web->renewal = loop_timer_start(ports->loop, RENEWAL_NS, renew, web);
    find_urls(web);
    return web;
}

void
web_close(struct web *web)
{
    if (web == NULL)
        return;
    loop_timer_cancel(web->renewal);
    httpd_close(web->people);
    httpd_close(web->metrics);
    httpd_close(web->probes);
    web_wait_close(web);
    web_push_close(web);
    operator_key_close(web->key);
    free(web->url);
    free(web->probes_url);
    free(web);
}

void
web_set_config(struct web *web, const struct config *config)
{
    web->config = config;
}

const char *
web_url(const struct web *web)
{
    return web->url;
}

const char *
web_probes_url(const struct web *web)
{
    return web->probes_url;
}

const char *
web_key_file(const struct web *web)
{
    return operator_key_file(web->key);
}

const char *
web_key(const struct web *web)
{
    return operator_key_text(web->key);
}
