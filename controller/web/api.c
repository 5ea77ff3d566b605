/*
 * api.c - see api.h.
 */
#include "controller/web/api.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/httpd.h"
#include "base/json.h"
#include "base/str.h"
#include "base/units.h"
#include "checks/spec.h"
#include "controller/decider.h"
#include "controller/web/scan.h"
#include "controller/web/web_priv.h"

#define LIMIT_DEFAULT 100
#define LINES_MAX     (64u << 20)
#define OPERATOR      "operator"
#define PROBLEMS_MAX  (1u << 20)

/* ---- results ---- */

static const struct spec *
spec_of(const struct web *web, const char *check)
{
    int at = decider_check_find(web->ports.decider, check);

    return at < 0 ? NULL : decider_check(web->ports.decider, (size_t)at).spec;
}

static void
add_line(const struct web *web, struct buf *out, const struct scan_run *run)
{
    const struct spec *spec = spec_of(web, run->result->check);
    struct json j = json_begin(out);
    struct result_place place = {
        .region = run->region,
        .probe = run->probe,
        .sequence = run->sequence,
    };

    /* A check that went: its kind and target are no longer known. */
    if (spec != NULL) {
        place.kind = spec_kind_name(spec->kind);
        place.target = spec->target;
        place.late = scan_is_late(run, spec->every_ns, spec->timeout_ns);
    }
    result_format_json(&j, NULL, run->result, &place);
    (void)buf_add_char(out, '\n');
}

static void
on_runs(struct web *web, struct httpd_request *request, const char *check,
        const struct scan_run *runs, size_t count)
{
    struct buf body;

    (void)check;
    buf_init(&body, LINES_MAX);
    for (size_t i = 0; i < count; i++)
        add_line(web, &body, &runs[i]);
    web_reply_text(web, request, "application/x-ndjson; charset=utf-8", &body);
}

/* With the nearest name, for who has misspelt it. */
static void
refuse_check(struct web *web, struct httpd_request *request, const char *name)
{
    size_t count = decider_check_count(web->ports.decider);
    const char **names = str_xcalloc(count + 1, sizeof(*names));
    const struct web_unknown unknown = {
        "check", name, names, count,
        "/api/v1/checks and the dashboard list them"};

    for (size_t i = 0; i < count; i++)
        names[i] = decider_check(web->ports.decider, i).spec->name;
    web_refuse_name(web, request, &unknown);
    free(names);
}

void
api_results(struct web *web, struct httpd_request *request, const char *arg)
{
    const char *limit = httpd_query(request, "limit");
    const char *since = httpd_query(request, "since");
    struct scan_filter filter = {
        .check = httpd_query(request, "check"),
        .limit = LIMIT_DEFAULT,
    };
    int64_t n = LIMIT_DEFAULT;

    (void)arg;
    if (limit != NULL &&
        (str_parse_i64(limit, &n) != 0 || n < 1 || n > SCAN_RUNS_MAX)) {
        web_refuse(web, request, 400, "limit is not a number from 1 to 10000",
                   "try limit=100");
        return;
    }
    if (since != NULL && units_parse_time(since, &filter.since) != 0) {
        web_refuse(web, request, 400, "since is not a time",
                   "write it as 2026-01-02T03:04:05Z");
        return;
    }
    if (filter.check != NULL && spec_of(web, filter.check) == NULL) {
        refuse_check(web, request, filter.check);
        return;
    }
    filter.limit = (size_t)n;
    web_wait_start(web, request, &filter, on_runs);
}

/* ---- checks ---- */

static void
add_region(struct json *j, const struct decider_region *r)
{
    json_obj(j, NULL);
    json_str(j, "region", r->region);
    json_str(j, "vote", verdict_vote_name(r->why));
    if (r->newest != NULL) {
        json_str(j, "status", result_status_name(r->newest->status));
        json_str(j, "reason", reason_name(r->newest->reason));
        json_str(j, "message", r->newest->message);
        json_fixed(j, "ms", r->newest->us[PHASE_TOTAL], 3);
        json_time(j, "started", r->newest->started);
    }
    json_time(j, "received", r->received);
    json_end(j);
}

static void
add_check(struct json *j, const struct decider_check *c)
{
    json_obj(j, NULL);
    json_str(j, "name", c->spec->name);
    json_str(j, "kind", spec_kind_name(c->spec->kind));
    json_str(j, "target", c->spec->target);
    json_str(j, "verdict", verdict_name(c->verdict));
    json_time(j, "since", c->since);
    json_arr(j, "regions");
    for (size_t i = 0; i < c->region_count; i++)
        add_region(j, &c->regions[i]);
    json_end(j);
    json_end(j);
}

void
api_checks(struct web *web, struct httpd_request *request, const char *arg)
{
    struct buf body;
    struct json j;

    (void)arg;
    buf_init(&body, LINES_MAX);
    j = json_begin(&body);
    json_obj(&j, NULL);
    json_arr(&j, "checks");
    for (size_t i = 0; i < decider_check_count(web->ports.decider); i++) {
        struct decider_check c = decider_check(web->ports.decider, i);

        add_check(&j, &c);
    }
    json_end(&j);
    json_end(&j);
    web_reply_json(web, request, 200, &body);
}

/* ---- incidents ---- */

static void
add_incident(struct json *j, const struct decider_incident *in)
{
    char hex[ID_TEXT_MAX];

    json_obj(j, NULL);
    json_str(j, "id", id_format(hex, &in->id));
    json_str(j, "check", in->check);
    json_str(j, "rule", in->rule);
    json_str(j, "severity", in->severity);
    json_str(j, "state",
             in->resolved.ms != 0       ? "resolved"
             : in->acknowledged.ms != 0 ? "acknowledged"
                                        : "open");
    json_time(j, "began", in->began);
    json_time(j, "opened", in->opened);
    json_time(j, "acknowledged", in->acknowledged);
    json_time(j, "resolved", in->resolved);
    json_str(j, "verdict", in->verdict);
    json_str(j, "reason", in->reason);
    json_str(j, "message", in->message);
    if (in->json != NULL && in->json[0] == '{')
        json_raw(j, "detail", in->json, strlen(in->json));
    json_end(j);
}

void
api_incidents(struct web *web, struct httpd_request *request, const char *arg)
{
    struct buf body;
    struct json j;

    (void)arg;
    buf_init(&body, LINES_MAX);
    j = json_begin(&body);
    json_obj(&j, NULL);
    json_arr(&j, "incidents");
    for (size_t i = 0; i < decider_incident_count(web->ports.decider); i++) {
        struct decider_incident in = decider_incident(web->ports.decider, i);

        add_incident(&j, &in);
    }
    json_end(&j);
    json_end(&j);
    web_reply_json(web, request, 200, &body);
}

/* One member, {"KEY":"VALUE"}: what was done. */
static void
reply_done(struct web *web, struct httpd_request *request, const char *key,
           const char *value)
{
    struct buf body;
    struct json j;

    buf_init(&body, PROBLEMS_MAX);
    j = json_begin(&body);
    json_obj(&j, NULL);
    json_str(&j, key, value);
    json_end(&j);
    web_reply_json(web, request, 200, &body);
}

void
api_acknowledge(struct web *web, struct httpd_request *request,
                const char *incident)
{
    struct id id;

    if (id_parse(&id, incident) != 0 ||
        decider_acknowledge(web->ports.decider, &id, OPERATOR) != 0)
        web_refuse(web, request, 404, "there is no such open incident",
                   "/api/v1/incidents lists them");
    else
        reply_done(web, request, "acknowledged", incident);
}

/* ---- reload ---- */

struct reloading {
    struct web *web;
    struct httpd_request *request;
    struct controller_reload *reload;
};

static void
on_reload_left(void *cookie)
{
    struct reloading *r = cookie;

    r->web->ports.reload_cancel(r->reload);
    free(r);
}

static void
on_reloaded(void *cookie, int rc, const struct buf *problems)
{
    struct reloading *r = cookie;

    httpd_on_close(r->request, NULL, NULL);
    if (rc == 0)
        reply_done(r->web, r->request, "reloaded", buf_text(problems));
    else
        web_refuse(r->web, r->request, 422, buf_text(problems),
                   "the old configuration stays; mend this and reload again");
    free(r);
}

void
api_reload(struct web *web, struct httpd_request *request, const char *arg)
{
    struct reloading *r = str_xcalloc(1, sizeof(*r));

    (void)arg;
    r->web = web;
    r->request = request;
    httpd_on_close(request, on_reload_left, r);
    r->reload = web->ports.reload_start(web->ports.cookie, on_reloaded, r);
    if (r->reload != NULL)
        return;
    httpd_on_close(request, NULL, NULL);
    free(r);
    web_refuse(web, request, 503, "too many reloads at once",
               "try again in a moment");
}
