/*
 * check_page.c - see check_page.h.
 */
#include "controller/web/check_page.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/units.h"
#include "checks/spec.h"
#include "controller/decider.h"
#include "controller/web/dashboard.h"
#include "controller/web/frame.h"
#include "controller/web/html.h"
#include "controller/web/phases.h"
#include "controller/web/run_links.h"
#include "controller/web/scan.h"
#include "controller/web/step_table.h"
#include "controller/web/view.h"

static void
fact(struct buf *out, const char *name, const char *value)
{
    html_add(out, "<div><dt>%s</dt><dd>%s</dd></div>", name, value);
}

/* A heartbeat is waited for, here and nowhere else. */
static void
schedule(struct buf *out, const struct decider_check *c)
{
    bool is_push = c->spec->kind == SPEC_PUSH;
    char text[UNITS_TEXT_MAX];

    fact(out, is_push ? "Expected every" : "Every",
         units_format_duration(text, c->spec->every_ns));
    fact(out, is_push ? "Grace" : "Timeout",
         units_format_duration(text, c->spec->timeout_ns));
    if (!is_push)
        (void)buf_addf(out, "<div><dt>Regions</dt><dd>%zu</dd></div>",
                       c->region_count);
}

static void
head(struct buf *out, const struct decider_check *c, wall_t now)
{
    const struct spec *spec = c->spec;

    html_add(out, "<section class=\"truth %s\">", frame_class(c->verdict));
    frame_icon(out, c->verdict);
    html_add(out, "<div><h1>%s is %s</h1><p class=dim>%s, ", spec->name,
             verdict_name(c->verdict), spec_kind_name(spec->kind));
    dashboard_target(out, spec);
    (void)buf_add_str(out, ", since ");
    frame_ago(out, c->since, now);
    (void)buf_add_str(out, "</p></div></section><h2>Settings</h2><dl "
                           "class=facts>");
    schedule(out, c);
    fact(out, "Tells", spec->policy == NULL ? "nobody" : spec->policy);
    (void)buf_add_str(out, "</dl>");
    if (spec->net.insecure)
        (void)buf_add_str(out, "<p>" FRAME_INSECURE "</p>");
    if (spec->runbook != NULL)
        html_add(out, "<p>Runbook: <a rel=noreferrer href=\"%s\">%s</a></p>",
                 spec->runbook, spec->runbook);
}

static int64_t
longest(const struct decider_check *c)
{
    int64_t us = 0;

    for (size_t i = 0; i < c->region_count; i++)
        if (c->regions[i].newest != NULL &&
            c->regions[i].newest->us[PHASE_TOTAL] > us)
            us = c->regions[i].newest->us[PHASE_TOTAL];
    return us;
}

static void
region_row(struct buf *out, const struct decider_region *r, int64_t whole)
{
    static const int64_t none[PHASE_COUNT] = {-1, -1, -1, -1, -1, -1};
    const int64_t *us = r->newest == NULL ? none : r->newest->us;

    html_add(out, "<tr><th scope=row>%s</th><td data-l=Result>", r->region);
    dashboard_cell(out, r);
    (void)buf_add_str(out, "</td><td class=bar>");
    phases_draw(out, us, whole);
    (void)buf_add_str(out, "</td>");
    phases_cells(out, us);
    (void)buf_add_str(out, "</tr>");
}

static void
regions(struct buf *out, const struct decider_check *c)
{
    (void)buf_add_str(out,
                      "<h2>Newest run in each region</h2><div "
                      "class=\"scroll stack\" tabindex=0><table><thead><tr><th "
                      "scope=col>Region</th><th scope=col>Result</th><th "
                      "scope=col>Where the time went</th>");
    phases_head(out);
    (void)buf_add_str(out, "</tr></thead><tbody>");
    for (size_t i = 0; i < c->region_count; i++)
        region_row(out, &c->regions[i], longest(c));
    (void)buf_add_str(out, "</tbody></table></div>");
    phases_key(out);
}

static void
steps(struct buf *out, const struct decider_check *c)
{
    bool has_any = false;

    for (size_t i = 0; i < c->region_count; i++) {
        const struct result *newest = c->regions[i].newest;

        if (newest == NULL || newest->step_count == 0)
            continue;
        if (!has_any)
            (void)buf_add_str(out, "<h2>Step by step</h2>");
        has_any = true;
        /* The addresses of one request are asked at once. */
        step_table_add(out, c->regions[i].region, newest,
                       c->spec->kind != SPEC_HTTP);
    }
}

static void
run_row(struct buf *out, const struct spec *spec, const struct scan_run *run)
{
    const struct result *r = run->result;

    (void)buf_add_str(out, "<tr><td data-l=Started>");
    frame_time(out, r->started);
    html_add(out,
             "</td><td data-l=From>%s<span class=why>%s%s</span></td><td "
             "data-l=Result class=says><span "
             "class=\"word %s\">",
             run->region, run->probe,
             scan_is_late(run, spec->every_ns, spec->timeout_ns) ? ", late"
                                                                 : "",
             frame_class(frame_of_status(r->status)));
    frame_icon(out, frame_of_status(r->status));
    html_add(out, " %s</span>", result_status_name(r->status));
    if (r->reason != REASON_NONE)
        html_add(out, "<span class=why>%s</span>", reason_name(r->reason));
    if (r->message != NULL)
        html_add(out, "<span class=why>%s</span>", r->message);
    run_links_add(out, spec, run->region, &r->run);
    (void)buf_add_str(out, "</td>");
    phases_cells(out, r->us);
    (void)buf_add_str(out, "</tr>");
}

static void
runs_table(struct buf *out, const struct spec *spec,
           const struct scan_run *runs, size_t count)
{
    (void)buf_add_str(out, "<h2>Last runs</h2>");
    if (count == 0) {
        (void)buf_add_str(out, "<p class=dim>None is stored yet.</p>");
        return;
    }
    (void)buf_add_str(
        out, "<div class=\"scroll stack\" tabindex=0><table><thead><tr>"
             "<th scope=col>Started</th><th scope=col>From</th>"
             "<th scope=col>Result</th>");
    phases_head(out);
    (void)buf_add_str(out, "</tr></thead><tbody>");
    for (size_t i = 0; i < count; i++)
        run_row(out, spec, &runs[i]);
    (void)buf_add_str(out, "</tbody></table></div>");
}

static void
incident_list(struct buf *out, const struct view *view, const char *check)
{
    size_t n = decider_incident_count(view->decider);
    size_t shown = 0;
    char hex[ID_TEXT_MAX];

    for (size_t i = 0; i < n; i++) {
        struct decider_incident in = decider_incident(view->decider, i);

        if (!str_eq(in.check, check))
            continue;
        if (shown++ == 0)
            (void)buf_add_str(out, "<h2>Incidents</h2><ul class=list>");
        html_add(out, "<li><a href=\"/incidents/%s\">%s</a>, ",
                 id_format(hex, &in.id),
                 in.reason == NULL ? in.rule : in.reason);
        frame_time(out, in.began);
        (void)buf_add_str(out, in.resolved.ms == 0 ? ", open</li>"
                                                   : ", resolved</li>");
    }
    if (shown > 0)
        (void)buf_add_str(out, "</ul>");
}

void
check_page(struct buf *out, const struct view *view, size_t check,
           const struct scan_run *runs, size_t run_count)
{
    struct decider_check c = decider_check(view->decider, check);
    char *title = str_xprintf("%s - Picket", c.spec->name);
    struct frame frame = {.title = title,
                          .name = "Picket",
                          .home = "/",
                          .here = "",
                          .is_wide = true};

    frame_begin(out, &frame);
    head(out, &c, view->now);
    regions(out, &c);
    steps(out, &c);
    incident_list(out, view, c.spec->name);
    runs_table(out, c.spec, runs, run_count);
    frame_end(out, NULL);
    free(title);
}
