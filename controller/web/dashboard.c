/*
 * dashboard.c - see dashboard.h.
 *
 * What is worst stands first, in every list: down, partial, degraded, unknown,
 * up, paused; of equals the one that changed last.
 */
#include "controller/web/dashboard.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/units.h"
#include "checks/spec.h"
#include "controller/config.h"
#include "controller/decider.h"
#include "controller/fleet.h"
#include "controller/web/frame.h"
#include "controller/web/html.h"
#include "controller/web/view.h"

#define REFRESH_S     30
#define NEWEST_MAX    12 /* results listed */
#define VERDICTS      6
#define INCIDENTS_MAX 8 /* closed ones listed */

static int
badness(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_DOWN:
        return 5;
    case VERDICT_PARTIAL:
        return 4;
    case VERDICT_DEGRADED:
        return 3;
    case VERDICT_UNKNOWN:
        return 2;
    case VERDICT_UP:
        return 1;
    case VERDICT_PAUSED:
        return 0;
    }
    return 0;
}

static int
worst_first(const void *a, const void *b)
{
    const struct decider_check *x = a;
    const struct decider_check *y = b;
    int order = badness(y->verdict) - badness(x->verdict);

    if (order == 0)
        order = (y->since.ms > x->since.ms) - (y->since.ms < x->since.ms);
    return order != 0 ? order : strcmp(x->spec->name, y->spec->name);
}

/* ---- the strip on top ---- */

static void
sentence(struct buf *out, const struct decider_check *checks, size_t count)
{
    size_t n = 0;

    while (n < count && checks[n].verdict == checks[0].verdict)
        n++;
    html_add(out, "<section class=\"truth %s\" role=status>",
             frame_class(count == 0 ? VERDICT_UNKNOWN : checks[0].verdict));
    frame_icon(out, count == 0 ? VERDICT_UNKNOWN : checks[0].verdict);
    (void)buf_add_str(out, "<div><h1>");
    if (count == 0)
        (void)buf_add_str(out, "Nothing is watched yet");
    else if (n == count && count > 1)
        html_add(out, "All %zu checks are %s", count,
                 verdict_name(checks[0].verdict));
    else if (n == 1)
        html_add(out, "%s is %s", checks[0].spec->name,
                 verdict_name(checks[0].verdict));
    else
        html_add(out, "%zu of %zu checks are %s", n, count,
                 verdict_name(checks[0].verdict));
    (void)buf_add_str(out, "</h1><p class=dim>");
}

static void
counts(struct buf *out, const struct decider_check *checks, size_t count)
{
    const char *comma = "";

    for (size_t i = 0; i < count;) {
        size_t n = i;

        while (n < count && checks[n].verdict == checks[i].verdict)
            n++;
        html_add(out, "%s%zu %s", comma, n - i,
                 verdict_name(checks[i].verdict));
        comma = ", ";
        i = n;
    }
    (void)buf_add_str(out, "</p></div></section>");
}

/* ---- incidents ---- */

static enum verdict
verdict_of(const char *name)
{
    for (int v = 0; v < VERDICTS; v++)
        if (str_eq(verdict_name((enum verdict)v), name))
            return (enum verdict)v;
    return VERDICT_UNKNOWN;
}

static void
incident_row(struct buf *out, const struct decider_incident *in, wall_t now)
{
    char hex[ID_TEXT_MAX];
    char lasted[UNITS_TEXT_MAX];
    int64_t end = in->resolved.ms != 0 ? in->resolved.ms : now.ms;

    (void)buf_add_str(out, "<tr><td>");
    frame_verdict(out, verdict_of(in->verdict));
    html_add(out,
             "</td><th scope=row><a href=\"/incidents/%s\">%s</a>"
             "<span class=why>%s</span><span class=why>%s</span></th><td "
             "data-l=State>",
             id_format(hex, &in->id), in->check,
             in->reason == NULL ? "" : in->reason,
             in->message == NULL ? "" : in->message);
    (void)buf_add_str(out, in->resolved.ms != 0       ? "resolved"
                           : in->acknowledged.ms != 0 ? "acknowledged"
                                                      : "open");
    (void)buf_add_str(out, "</td><td data-l=Began>");
    frame_time(out, in->began);
    html_add(out, "</td><td class=num data-l=Lasted>%s</td></tr>",
             units_show_duration(lasted,
                                 (end - in->began.ms) / MS_PER_S * NS_PER_S));
}

static void
incidents(struct buf *out, const struct view *view)
{
    size_t n = decider_incident_count(view->decider);
    size_t closed = 0;

    (void)buf_add_str(out, "<section aria-labelledby=inc><h2 id=inc>"
                           "Incidents</h2>");
    if (n == 0) {
        (void)buf_add_str(out, "<p class=dim>None so far.</p></section>");
        return;
    }
    (void)buf_add_str(
        out, "<div class=\"scroll stack\" tabindex=0><table><thead><tr><th "
             "scope=col>Was</th><th scope=col>Check</th><th scope=col>State"
             "</th><th scope=col>Opened</th><th scope=col class=num>Lasted"
             "</th></tr></thead><tbody>");
    for (size_t i = 0; i < n; i++) {
        struct decider_incident in = decider_incident(view->decider, i);

        if (in.resolved.ms == 0 || ++closed <= INCIDENTS_MAX)
            incident_row(out, &in, view->now);
    }
    (void)buf_add_str(out, "</tbody></table></div></section>");
}

/* ---- the matrix ---- */

void
dashboard_cell(struct buf *out, const struct decider_region *region)
{
    const struct result *r = region->newest;

    if (r == NULL) {
        html_add(out,
                 "<span class=dim>no result</span><span class=why>%s"
                 "</span>",
                 verdict_vote_name(region->why));
        return;
    }
    html_add(out, "<span class=nb><span class=\"word %s\">",
             frame_class(frame_of_status(r->status)));
    frame_icon(out, frame_of_status(r->status));
    html_add(out, " %s</span> ", result_status_name(r->status));
    frame_duration(out, r->us[PHASE_TOTAL]);
    (void)buf_add_str(out, "</span>");
    frame_reason(out, r);
    if (region->why != VOTE_COUNTED)
        html_add(out, "<span class=why>not counted: %s</span>",
                 verdict_vote_name(region->why));
}

static const struct decider_region *
region_of(const struct decider_check *check, const char *region)
{
    for (size_t i = 0; i < check->region_count; i++)
        if (str_eq(check->regions[i].region, region))
            return &check->regions[i];
    return NULL;
}

static const char *
region_name(const struct config_region *region)
{
    return region->name != NULL ? region->name : region->id;
}

void
dashboard_target(struct buf *out, const struct spec *spec)
{
    if (spec->kind == SPEC_PUSH)
        html_add(out, "a heartbeat every %s", spec->target);
    else if (spec->kind == SPEC_DNS && spec->of.dns.record != NULL)
        html_add(out, "%s %s", spec->target, spec->of.dns.record);
    else
        html_add(out, "%s", spec->target);
}

static void
matrix_row(struct buf *out, const struct view *view,
           const struct decider_check *c)
{
    html_add(out,
             "<tr><th scope=row><a href=\"/checks/%s\">%s</a><span "
             "class=\"why long\">",
             c->spec->name, c->spec->name);
    dashboard_target(out, c->spec);
    (void)buf_add_str(out, "</span>");
    if (c->spec->net.insecure)
        (void)buf_add_str(out, FRAME_INSECURE);
    (void)buf_add_str(out, "</th><td data-l=Verdict>");
    frame_verdict(out, c->verdict);
    (void)buf_add_str(out, "<span class=why>");
    frame_ago(out, c->since, view->now);
    (void)buf_add_str(out, "</span></td>");
    for (size_t i = 0; i < view->config->region_count; i++) {
        const struct config_region *region = &view->config->regions[i];
        const struct decider_region *r = region_of(c, region->id);

        html_add(out, "<td data-l=\"%s\">", region_name(region));
        if (r == NULL)
            (void)buf_add_str(out, "<span class=dim>not asked</span>");
        else
            dashboard_cell(out, r);
        (void)buf_add_str(out, "</td>");
    }
    (void)buf_add_str(out, "</tr>");
}

static void
matrix(struct buf *out, const struct view *view,
       const struct decider_check *checks, size_t count)
{
    (void)buf_add_str(out, "<section aria-labelledby=mat><h2 id=mat>Checks by "
                           "region</h2>");
    if (count > 0)
        (void)buf_add_str(
            out, "<div class=\"scroll stack\" tabindex=0><table><thead>"
                 "<tr><th scope=col>Check</th><th "
                 "scope=col>Verdict</th>");
    for (size_t i = 0; count > 0 && i < view->config->region_count; i++)
        html_add(out, "<th scope=col>%s</th>",
                 region_name(&view->config->regions[i]));
    if (count > 0)
        (void)buf_add_str(out, "</tr></thead><tbody>");
    for (size_t i = 0; i < count; i++)
        matrix_row(out, view, &checks[i]);
    (void)buf_add_str(out, count > 0 ? "</tbody></table></div></section>"
                                     : "<p class=dim>No checks are "
                                       "configured.</p></section>");
}

/* ---- newest results ---- */

struct newest {
    const struct decider_region *region[NEWEST_MAX];
    size_t count;
};

static void
keep_newest(struct newest *list, const struct decider_region *r)
{
    size_t at = list->count;

    if (r->newest == NULL)
        return;
    while (at > 0 && list->region[at - 1]->received.ms < r->received.ms)
        at--;
    if (at == NEWEST_MAX)
        return;
    if (list->count < NEWEST_MAX)
        list->count++;
    memmove(&list->region[at + 1], &list->region[at],
            (list->count - 1 - at) * sizeof(list->region[0]));
    list->region[at] = r;
}

static void
newest_row(struct buf *out, const struct decider_region *region)
{
    const struct result *r = region->newest;

    (void)buf_add_str(out, "<tr><td data-l=Started>");
    frame_time(out, r->started);
    html_add(out,
             "</td><th scope=row><a href=\"/checks/%s\">%s</a></th><td "
             "data-l=Region>%s"
             "</td><td data-l=Status>",
             r->check, r->check, region->region);
    html_add(out, "<span class=\"word %s\">",
             frame_class(frame_of_status(r->status)));
    frame_icon(out, frame_of_status(r->status));
    html_add(out, " %s</span></td><td class=num data-l=Took>",
             result_status_name(r->status));
    frame_duration(out, r->us[PHASE_TOTAL]);
    html_add(out, "</td><td class=says>%s</td></tr>",
             r->message == NULL ? "" : r->message);
}

static void
newest_results(struct buf *out, const struct decider_check *checks,
               size_t count)
{
    struct newest list = {.count = 0};

    for (size_t i = 0; i < count; i++)
        for (size_t r = 0; r < checks[i].region_count; r++)
            keep_newest(&list, &checks[i].regions[r]);
    (void)buf_add_str(out, "<section aria-labelledby=new><h2 id=new>Newest "
                           "results</h2>");
    if (list.count == 0) {
        (void)buf_add_str(out, "<p class=dim>None yet.</p></section>");
        return;
    }
    (void)buf_add_str(
        out, "<div class=\"scroll stack\" tabindex=0><table><thead><tr>"
             "<th scope=col>Started</th><th scope=col>Check</th>"
             "<th scope=col>Region</th><th scope=col>Status</th>"
             "<th scope=col class=num>Took</th><th scope=col>"
             "Says</th></tr></thead><tbody>");
    for (size_t i = 0; i < list.count; i++)
        newest_row(out, list.region[i]);
    (void)buf_add_str(out, "</tbody></table></div></section>");
}

void
dashboard(struct buf *out, const struct view *view)
{
    size_t n = decider_check_count(view->decider);
    struct decider_check *checks = str_xcalloc(n + 1, sizeof(*checks));
    struct frame frame = {.title = "Checks - Picket",
                          .name = "Picket",
                          .home = "/",
                          .here = "/",
                          .is_wide = true,
                          .refresh_s = REFRESH_S};

    for (size_t i = 0; i < n; i++)
        checks[i] = decider_check(view->decider, i);
    qsort(checks, n, sizeof(*checks), worst_first);
    frame_begin(out, &frame);
    sentence(out, checks, n);
    counts(out, checks, n);
    matrix(out, view, checks, n);
    incidents(out, view);
    newest_results(out, checks, n);
    frame_end(out, "<a href=\"/metrics\">Metrics</a>");
    free(checks);
}

/* ---- probes ---- */

static enum verdict
probe_verdict(const struct fleet_probe *p)
{
    switch (p->state) {
    case FLEET_HERE:
        return p->ill ? VERDICT_DEGRADED : VERDICT_UP;
    case FLEET_LOST:
        return VERDICT_DOWN;
    case FLEET_NEVER:
    case FLEET_EXPECTED:
        return VERDICT_UNKNOWN;
    }
    return VERDICT_UNKNOWN;
}

static const char *
probe_word(const struct fleet_probe *p)
{
    switch (p->state) {
    case FLEET_HERE:
        return p->ill ? "ill" : "here";
    case FLEET_LOST:
        return "lost";
    case FLEET_NEVER:
        return "not yet seen";
    case FLEET_EXPECTED:
        return "expected back";
    }
    return "";
}

static void
probe_row(struct buf *out, const struct fleet_probe *p, wall_t now)
{
    char size[UNITS_TEXT_MAX];

    html_add(
        out,
        "<tr><th scope=row>%s<span class=why>%s</span></th><td data-l=Region>%s"
        "</td><td data-l=State><span class=\"word %s\">",
        p->name, p->software == NULL ? "" : p->software, p->region,
        frame_class(probe_verdict(p)));
    frame_icon(out, probe_verdict(p));
    html_add(out, " %s</span>", probe_word(p));
    if (p->ill && p->ill_why != NULL)
        html_add(out, "<span class=why>%s</span>", p->ill_why);
    (void)buf_add_str(out, "</td><td data-l=\"Last sync\">");
    frame_ago(out, p->last_sync, now);
    html_add(out,
             "</td><td class=num data-l=Checks>%zu</td><td class=num "
             "data-l=Clock>%lld ms</td>",
             p->assigned, (long long)p->offset_ms);
    (void)buf_add_str(out, "<td class=num data-l=\"Loop lag\">");
    frame_duration(out, p->lag_us);
    html_add(out,
             "</td><td class=num data-l=\"In spool\">%zu<span class=why>%s",
             (size_t)p->spool_results,
             units_format_size(size, (int64_t)p->spool_bytes));
    if (p->dropped > 0)
        html_add(out, ", %zu dropped", (size_t)p->dropped);
    html_add(out, "</span></td><td data-l=\"Comes from\">%s</td></tr>",
             p->egress);
}

void
dashboard_probes(struct buf *out, const struct view *view)
{
    size_t n = fleet_count(view->fleet);
    struct frame frame = {.title = "Probes - Picket",
                          .name = "Picket",
                          .home = "/",
                          .here = "/probes",
                          .is_wide = true,
                          .refresh_s = REFRESH_S};

    frame_begin(out, &frame);
    (void)buf_add_str(out, "<h1>Probes</h1>");
    if (n == 0)
        (void)buf_add_str(out, "<p>None has joined yet. <code>picket probe "
                               "invite REGION</code> prints the line that "
                               "lets one in.</p>");
    else
        (void)buf_add_str(
            out, "<p></p><div class=\"scroll stack\" tabindex=0><table><thead>"
                 "<tr><th scope=col>Probe</th><th scope=col>Region</th><th "
                 "scope=col>State</th><th scope=col>Last sync</th><th "
                 "scope=col class=num>Checks</th><th scope=col "
                 "class=num>Clock</th><th scope=col class=num>Loop lag</th>"
                 "<th scope=col class=num>In spool</th><th scope=col>Comes "
                 "from</th></tr></thead><tbody>");
    for (size_t i = 0; i < n; i++) {
        struct fleet_probe p = fleet_get(view->fleet, i);

        probe_row(out, &p, view->now);
    }
    if (n > 0)
        (void)buf_add_str(out, "</tbody></table></div>");
    frame_end(out, NULL);
}
