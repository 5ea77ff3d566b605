/*
 * web_routes.c - every path there is, in one table, and the pages' handlers.
 *
 * A status page of the configuration has its own path; the first is also what
 * the JSON speaks of.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/httpd.h"
#include "base/str.h"
#include "controller/decider.h"
#include "controller/web/api.h"
#include "controller/web/board.h"
#include "controller/web/check_page.h"
#include "controller/web/dashboard.h"
#include "controller/web/incident_page.h"
#include "controller/web/metrics.h"
#include "controller/web/scan.h"
#include "controller/web/status_json.h"
#include "controller/web/status_page.h"
#include "controller/web/trouble.h"
#include "controller/web/web_priv.h"

#define RUNS_SHOWN   30
#define PRIVATE      "no-store"
#define PUBLIC_PAGE  "public, max-age=10"
#define PUBLIC_JSON  "public, max-age=30, stale-if-error=86400"
#define ETAG_BYTES   16
#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* ---- pages ---- */

static void
on_dashboard(struct web *web, struct httpd_request *request, const char *arg)
{
    struct view view = web_view(web);
    struct buf body;

    (void)arg;
    buf_init(&body, VIEW_PAGE_MAX);
    dashboard(&body, &view);
    web_reply_page(web, request, 200, &body, PRIVATE);
}

static void
on_probes(struct web *web, struct httpd_request *request, const char *arg)
{
    struct view view = web_view(web);
    struct buf body;

    (void)arg;
    buf_init(&body, VIEW_PAGE_MAX);
    dashboard_probes(&body, &view);
    web_reply_page(web, request, 200, &body, PRIVATE);
}

static void
on_check_runs(struct web *web, struct httpd_request *request, const char *check,
              const struct scan_run *runs, size_t count)
{
    int at = decider_check_find(web->ports.decider, check);
    struct view view = web_view(web);
    struct buf body;

    if (at < 0) {
        web_refuse(web, request, 404, "this check has gone",
                   "it is no longer in the configuration");
        return;
    }
    buf_init(&body, VIEW_PAGE_MAX);
    check_page(&body, &view, (size_t)at, runs, count);
    web_reply_page(web, request, 200, &body, PRIVATE);
}

static void
on_check(struct web *web, struct httpd_request *request, const char *check)
{
    struct scan_filter filter = {.check = check, .limit = RUNS_SHOWN};

    if (decider_check_find(web->ports.decider, check) < 0)
        web_refuse(web, request, 404, "there is no check of that name",
                   "/ lists them");
    else
        web_wait_start(web, request, &filter, on_check_runs);
}

static int
find_incident(const struct web *web, const char *text,
              struct decider_incident *out)
{
    size_t n = decider_incident_count(web->ports.decider);
    struct id id;

    if (id_parse(&id, text) != 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        *out = decider_incident(web->ports.decider, i);
        if (id_eq(&out->id, &id))
            return 0;
    }
    return -1;
}

static void
on_incident(struct web *web, struct httpd_request *request, const char *arg)
{
    struct view view = web_view(web);
    struct decider_incident incident;
    struct buf body;

    if (find_incident(web, arg, &incident) != 0) {
        web_refuse(web, request, 404, "there is no such incident",
                   "only open ones and the last 200 are kept at hand");
        return;
    }
    buf_init(&body, VIEW_PAGE_MAX);
    incident_page(&body, &view, &incident);
    web_reply_page(web, request, 200, &body, PRIVATE);
}

static void
on_acknowledge(struct web *web, struct httpd_request *request, const char *arg)
{
    struct id id;
    char *path;

    if (id_parse(&id, arg) != 0) {
        web_refuse(web, request, 404, "there is no such incident", "see /");
        return;
    }
    /* One that is acknowledged or over already is shown as it is. */
    (void)decider_acknowledge(web->ports.decider, &id, "operator");
    path = str_xprintf("/incidents/%s", arg);
    web_go(web, request, path);
    free(path);
}

/* ---- the public ---- */

static void
on_status(struct web *web, struct httpd_request *request, const char *arg)
{
    struct view view = web_view(web);
    int page = board_page_find(&view, httpd_path(request));
    struct buf body;

    (void)arg;
    buf_init(&body, VIEW_PAGE_MAX);
    status_page(&body, &view, page < 0 ? 0 : (size_t)page);
    web_reply_page(web, request, 200, &body, PUBLIC_PAGE);
}

static void
reply_status_json(struct web *web, struct httpd_request *request,
                  unsigned parts)
{
    struct view view = web_view(web);
    const char *have = httpd_header(request, "If-None-Match");
    uint8_t md[DIGEST_SHA256_BYTES];
    char tag[2 * ETAG_BYTES + 3] = "\"";
    struct buf body;

    buf_init(&body, VIEW_PAGE_MAX);
    status_json(&body, &view, 0, parts);
    digest_sha256(md, buf_text(&body), body.len);
    str_hex(tag + 1, md, ETAG_BYTES);
    tag[2 * ETAG_BYTES + 1] = '"';
    tag[2 * ETAG_BYTES + 2] = '\0';
    web_add_headers(web, request, PUBLIC_JSON);
    httpd_set_header(request, "Access-Control-Allow-Origin", "*");
    httpd_set_header(request, "ETag", tag);
    if (str_eq(have, tag))
        httpd_reply(request, 304, "application/json; charset=utf-8", "", 0);
    else
        httpd_reply(request, 200, "application/json; charset=utf-8",
                    buf_text(&body), body.len);
    buf_free(&body);
}

static void
on_summary(struct web *web, struct httpd_request *request, const char *arg)
{
    (void)arg;
    reply_status_json(web, request,
                      STATUS_JSON_COMPONENTS | STATUS_JSON_UNRESOLVED |
                          STATUS_JSON_MAINTENANCES | STATUS_JSON_STATUS);
}

static void
on_status_json(struct web *web, struct httpd_request *request, const char *arg)
{
    (void)arg;
    reply_status_json(web, request, STATUS_JSON_STATUS);
}

static void
on_components(struct web *web, struct httpd_request *request, const char *arg)
{
    (void)arg;
    reply_status_json(web, request, STATUS_JSON_COMPONENTS);
}

static void
on_incidents(struct web *web, struct httpd_request *request, const char *arg)
{
    (void)arg;
    reply_status_json(web, request, STATUS_JSON_INCIDENTS);
}

static void
on_unresolved(struct web *web, struct httpd_request *request, const char *arg)
{
    (void)arg;
    reply_status_json(web, request, STATUS_JSON_UNRESOLVED);
}

static void
on_maintenances(struct web *web, struct httpd_request *request, const char *arg)
{
    (void)arg;
    reply_status_json(web, request, STATUS_JSON_MAINTENANCES);
}

/* ---- machines ---- */

static void
on_metrics(struct web *web, struct httpd_request *request, const char *arg)
{
    struct view view = web_view(web);
    struct buf body;

    (void)arg;
    buf_init(&body, VIEW_PAGE_MAX);
    metrics(&body, &view);
    web_reply_text(web, request, METRICS_TYPE, &body);
}

static void
on_healthy(struct web *web, struct httpd_request *request, const char *arg)
{
    struct buf body;

    (void)arg;
    buf_init(&body, VIEW_PAGE_MAX);
    (void)buf_add_str(&body, "ok\n");
    web_reply_text(web, request, "text/plain; charset=utf-8", &body);
}

/* Alive is not ready: an orchestrator that restarts it would help nobody. */
static void
on_ready(struct web *web, struct httpd_request *request, const char *arg)
{
    struct view view = web_view(web);
    struct buf body;

    buf_init(&body, VIEW_PAGE_MAX);
    if (!trouble_add(&body, &view)) {
        buf_free(&body);
        on_healthy(web, request, arg);
        return;
    }
    web_add_headers(web, request, "no-store");
    httpd_reply(request, 503, "text/plain; charset=utf-8", body.data, body.len);
    buf_free(&body);
}

const struct web_route web_routes[] = {
    {"GET", "/", WEB_PAGE, on_dashboard},
    {"GET", "/probes", WEB_PAGE, on_probes},
    {"GET", "/checks/*", WEB_PAGE, on_check},
    {"GET", "/incidents/*", WEB_PAGE, on_incident},
    {"POST", "/incidents/*/acknowledge", WEB_PAGE, on_acknowledge},

    {"GET", "/api/v1/results", WEB_API, api_results},
    {"GET", "/api/v1/checks", WEB_API, api_checks},
    {"GET", "/api/v1/incidents", WEB_API, api_incidents},
    {"POST", "/api/v1/incidents/*/acknowledge", WEB_API, api_acknowledge},
    {"GET", "/api/v1/probes", WEB_API, api_probes},
    {"POST", "/api/v1/probes/invite", WEB_API, api_invite},
    {"POST", "/api/v1/probes/key", WEB_API, api_key},
    {"POST", "/api/v1/probes/*/revoke", WEB_API, api_revoke},
    {"POST", "/api/v1/reload", WEB_API, api_reload},

    {"GET", "/api/v2/summary.json", WEB_PUBLIC, on_summary},
    {"GET", "/api/v2/status.json", WEB_PUBLIC, on_status_json},
    {"GET", "/api/v2/components.json", WEB_PUBLIC, on_components},
    {"GET", "/api/v2/incidents.json", WEB_PUBLIC, on_incidents},
    {"GET", "/api/v2/incidents/unresolved.json", WEB_PUBLIC, on_unresolved},
    {"GET", "/api/v2/scheduled-maintenances.json", WEB_PUBLIC, on_maintenances},
    {"GET", "/api/v2/scheduled-maintenances/upcoming.json", WEB_PUBLIC,
     on_maintenances},
    {"GET", "/api/v2/scheduled-maintenances/active.json", WEB_PUBLIC,
     on_maintenances},

    {"POST", "/push/v1/*", WEB_PUBLIC, web_push_up},
    {"GET", "/push/v1/*", WEB_PUBLIC, web_push_up},
    {"POST", "/push/v1/*/start", WEB_PUBLIC, web_push_start},
    {"GET", "/push/v1/*/start", WEB_PUBLIC, web_push_start},
    {"POST", "/push/v1/*/fail", WEB_PUBLIC, web_push_fail},
    {"GET", "/push/v1/*/fail", WEB_PUBLIC, web_push_fail},
    {"GET", "/api/v1/push/*", WEB_API, web_push_url},
    {"POST", "/api/v1/push/*/rotate", WEB_API, web_push_rotate},

    {"GET", "/metrics", WEB_METRICS, on_metrics},
    {"GET", "/-/healthy", WEB_PUBLIC, on_healthy},
    {"GET", "/-/ready", WEB_PUBLIC, on_ready},

    {"GET", "@", WEB_PUBLIC, on_status}, /* each status page's own path */
    {NULL, NULL, WEB_PUBLIC, NULL},
};
