/*
 * incident_page.c - see incident_page.h.
 *
 * The incident's JSON is read by paths, one value at a time; lists are walked
 * until a path finds nothing, and never beyond LIST_MAX.
 */
#include "controller/web/incident_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/jsonpath.h"
#include "base/str.h"
#include "base/units.h"
#include "checks/spec.h"
#include "controller/decider.h"
#include "controller/web/dashboard.h"
#include "controller/web/frame.h"
#include "controller/web/html.h"
#include "controller/web/incident_steps.h"
#include "controller/web/json_view.h"
#include "controller/web/phases.h"
#include "controller/web/run_links.h"
#include "controller/web/view.h"

#define LIST_MAX       200
#define PATH_MAX_BYTES 96
#define US_PER_MS      1000.0
#define CHANGE_KEY     64

static const struct {
    const char *key;
    const char *ms; /* of a phase, in its place */
    const char *title;
} CHANGE[] = {
    {"what", NULL, NULL}, {"was", "was_ms", "Was"}, {"is", "is_ms", "Is"}};

/* "$.LIST[INDEX].KEY"; "" when absent. */
static const char *
item(struct jsonpath_doc *doc, const char *list, int index, const char *key)
{
    char path[PATH_MAX_BYTES];

    (void)snprintf(path, sizeof(path), "$.%s[%d]%s%s", list, index,
                   key[0] == '\0' ? "" : ".", key);
    return doc == NULL ? "" : jsonpath_text(doc, path);
}

static bool
has_item(struct jsonpath_doc *doc, const char *list, int index)
{
    return index < LIST_MAX && item(doc, list, index, "")[0] != '\0';
}

static enum verdict
verdict_of(const char *name)
{
    for (int v = VERDICT_UP; v <= VERDICT_PAUSED; v++)
        if (str_eq(verdict_name((enum verdict)v), name))
            return (enum verdict)v;
    return VERDICT_UNKNOWN;
}

static void
state(struct buf *out, const struct decider_incident *in, wall_t now)
{
    char lasted[UNITS_TEXT_MAX];
    int64_t end = in->resolved.ms != 0 ? in->resolved.ms : now.ms;

    html_add(out, "<dl class=facts><div><dt>State</dt><dd>%s</dd></div>",
             in->resolved.ms != 0       ? "resolved"
             : in->acknowledged.ms != 0 ? "acknowledged"
                                        : "open");
    (void)buf_add_str(out, "<div><dt>Opened</dt><dd>");
    frame_time(out, in->began);
    if (in->acknowledged.ms != 0) {
        (void)buf_add_str(out, "</dd></div><div><dt>Acknowledged</dt><dd>");
        frame_time(out, in->acknowledged);
    }
    if (in->resolved.ms != 0) {
        (void)buf_add_str(out, "</dd></div><div><dt>Resolved</dt><dd>");
        frame_time(out, in->resolved);
    }
    html_add(
        out,
        "</dd></div><div><dt>%s</dt><dd>%s</dd></div><div><dt>Rule</dt>"
        "<dd>%s, %s</dd></div></dl>",
        in->resolved.ms != 0 ? "Lasted" : "Lasts",
        units_show_duration(lasted, (end - in->began.ms) / MS_PER_S * NS_PER_S),
        in->rule, in->severity);
}

/* NULL: it is configured no more. */
static const struct spec *
spec_of(const struct view *view, const struct decider_incident *in)
{
    int check = decider_check_find(view->decider, in->check);

    return check < 0 ? NULL : decider_check(view->decider, (size_t)check).spec;
}

static void
head(struct buf *out, const struct view *view,
     const struct decider_incident *in)
{
    const struct spec *spec = spec_of(view, in);
    wall_t now = view->now;
    enum verdict verdict = verdict_of(in->verdict);
    bool is_over = in->resolved.ms != 0;
    char hex[ID_TEXT_MAX];

    html_add(out, "<section class=\"truth %s\">",
             frame_class(is_over ? VERDICT_UP : verdict));
    frame_icon(out, is_over ? VERDICT_UP : verdict);
    html_add(out, "<div><h1>%s %s %s</h1><p>", in->check,
             is_over ? "was" : "is", verdict_name(verdict));
    if (in->reason != NULL)
        html_add(out, "<code>%s</code> ", in->reason);
    html_add(out, "%s</p><p><a href=\"/checks/%s\">The check</a> ",
             in->message == NULL ? "" : in->message, in->check);
    if (spec != NULL && spec->runbook != NULL)
        html_add(out, "<a rel=noreferrer href=\"%s\">Runbook</a> ",
                 spec->runbook);
    if (spec != NULL && spec->net.insecure)
        (void)buf_add_str(out, FRAME_INSECURE);
    (void)buf_add_str(out, "</p></div></section>");
    if (!is_over && in->acknowledged.ms == 0)
        html_add(out,
                 "<form method=post action=\"/incidents/%s/acknowledge\"><p>"
                 "<button>Acknowledge</button> <span class=\"dim small\">stops "
                 "further escalation</span></p></form>",
                 id_format(hex, &in->id));
    (void)buf_add_str(out, "<h2>State</h2>");
    state(out, in, now);
}

/* ---- votes ---- */

static enum verdict
vote_verdict(const char *stands)
{
    return str_eq(stands, "error") ? VERDICT_UNKNOWN : verdict_of(stands);
}

/* What the region says by now. */
static void
newest_cell(struct buf *out, const struct decider_check *now,
            const char *region)
{
    (void)buf_add_str(out, "<td data-l=\"Newest run\">");
    for (size_t i = 0; i < now->region_count; i++)
        if (str_eq(now->regions[i].region, region))
            dashboard_cell(out, &now->regions[i]);
    (void)buf_add_str(out, "</td>");
}

static void
vote_row(struct buf *out, struct jsonpath_doc *doc, int i,
         const struct decider_check *now)
{
    const char *stands = item(doc, "votes", i, "stands");
    bool is_unconfirmed = str_eq(item(doc, "votes", i, "unconfirmed"), "true");

    html_add(out, "<tr><th scope=row>%s</th><td data-l=Vote>",
             item(doc, "votes", i, "region"));
    if (stands[0] != '\0') {
        html_add(out, "<span class=\"word %s\">",
                 frame_class(vote_verdict(stands)));
        frame_icon(out, vote_verdict(stands));
        html_add(out, " %s</span>", stands);
    }
    html_add(out, "<span class=why>%s</span></td><td data-l=Reason>",
             is_unconfirmed ? "as it was before its newest run"
                            : item(doc, "votes", i, "why"));
    html_add(out, "%s%s<span class=why>%s</span></td>",
             item(doc, "votes", i, "reason"),
             is_unconfirmed ? ", not confirmed yet" : "",
             item(doc, "votes", i, "message"));
    if (now != NULL)
        newest_cell(out, now, item(doc, "votes", i, "region"));
    (void)buf_add_str(out, "</tr>");
}

/* As it was decided, and beside it what has come since. */
static void
votes(struct buf *out, const struct view *view,
      const struct decider_incident *in, struct jsonpath_doc *doc)
{
    int index = decider_check_find(view->decider, in->check);
    bool is_now = in->resolved.ms == 0 && index >= 0;
    struct decider_check now = {0};

    if (!has_item(doc, "votes", 0))
        return;
    if (is_now)
        now = decider_check(view->decider, (size_t)index);
    (void)buf_add_str(
        out, "<h2>Who says so</h2><div class=\"scroll stack\" tabindex=0>"
             "<table><thead><tr><th scope=col>Region</th><th "
             "scope=col>Vote when it opened</th><th scope=col>"
             "Reason</th>");
    (void)buf_add_str(out, is_now ? "<th scope=col>Newest run</th></tr></thead>"
                                    "<tbody>"
                                  : "</tr></thead><tbody>");
    for (int i = 0; has_item(doc, "votes", i); i++)
        vote_row(out, doc, i, is_now ? &now : NULL);
    (void)buf_add_str(out, "</tbody></table></div>");
}

/* ---- timeline ---- */

static void
show_time(struct buf *out, const char *text)
{
    wall_t time = {0};

    if (units_parse_time(text, &time) == 0)
        frame_time(out, time);
    else
        html_text(out, text);
}

static void
moment(struct buf *out, struct jsonpath_doc *doc, int i)
{
    html_add(out, "<li>%s<br><small class=dim>",
             item(doc, "timeline", i, "what"));
    show_time(out, item(doc, "timeline", i, "at"));
    (void)buf_add_str(out, "</small></li>");
}

static void
timeline(struct buf *out, struct jsonpath_doc *doc)
{
    if (!has_item(doc, "timeline", 0))
        return;
    (void)buf_add_str(out, "<h2>What happened</h2><div class=card><ol "
                           "class=time>");
    for (int i = 0; has_item(doc, "timeline", i); i++)
        moment(out, doc, i);
    (void)buf_add_str(out, "</ol></div>");
}

/* ---- evidence ---- */

/* Milliseconds as JSON has them, "46.532", in microseconds; -1: absent. */
static int64_t
phase_us(struct jsonpath_doc *doc, int i, enum phase phase)
{
    char key[32];
    const char *text;

    (void)snprintf(key, sizeof(key), "ms.%s", result_phase_name(phase));
    text = item(doc, "evidence", i, key);
    return text[0] == '\0' ? -1
                           : (int64_t)(strtod(text, NULL) * US_PER_MS + 0.5);
}

static void
timings(struct buf *out, struct jsonpath_doc *doc, int i)
{
    int64_t us[PHASE_COUNT];

    for (int p = PHASE_DNS; p < PHASE_COUNT; p++)
        us[p] = phase_us(doc, i, (enum phase)p);
    (void)buf_add_str(
        out, "<div class=\"scroll stack\" tabindex=0><table><thead><tr>");
    phases_head(out);
    (void)buf_add_str(out, "</tr></thead><tbody><tr>");
    phases_cells(out, us);
    (void)buf_add_str(out, "</tr></tbody></table></div>");
}

/* One fact that is not as it was in the last good run. */
static void
change(struct buf *out, struct jsonpath_doc *doc, int i, int k)
{
    char key[CHANGE_KEY];

    (void)buf_add_str(out, "<tr>");
    for (size_t c = 0; c < sizeof(CHANGE) / sizeof(CHANGE[0]); c++) {
        const char *text;

        (void)snprintf(key, sizeof(key), "evidence.changed[%d].%s", k,
                       CHANGE[c].key);
        text = item(doc, "evidence", i, key);
        if (CHANGE[c].ms == NULL) {
            html_add(out, "<th scope=row>%s</th>", text);
            continue;
        }
        html_add(out, "<td data-l=%s>", CHANGE[c].title);
        if (text[0] != '\0') { /* what is not there: as in json_view.h */
            html_add(out, "%s</td>",
                     str_eq(text, "null") ? "\xE2\x80\x93" : text);
            continue;
        }
        (void)snprintf(key, sizeof(key), "evidence.changed[%d].%s", k,
                       CHANGE[c].ms);
        text = item(doc, "evidence", i, key);
        html_add(out, text[0] == '\0' ? "%s</td>" : "%s ms</td>", text);
    }
    (void)buf_add_str(out, "</tr>");
}

static bool
has_change(struct jsonpath_doc *doc, int i, int k)
{
    char key[CHANGE_KEY];

    (void)snprintf(key, sizeof(key), "evidence.changed[%d].what", k);
    return k < LIST_MAX && item(doc, "evidence", i, key)[0] != '\0';
}

static void
changes(struct buf *out, struct jsonpath_doc *doc, int i)
{
    if (!has_change(doc, i, 0))
        return;
    (void)buf_add_str(out, "<p class=small>Different from the last good run, ");
    show_time(out, item(doc, "evidence", i, "evidence.last_good.started"));
    (void)buf_add_str(
        out, ":</p><div class=\"scroll stack any\" tabindex=0><table><thead>"
             "<tr><th scope=col>What</th><th scope=col>Was</th>"
             "<th scope=col>Is</th></tr></thead><tbody>");
    for (int k = 0; has_change(doc, i, k); k++)
        change(out, doc, i, k);
    (void)buf_add_str(out, "</tbody></table></div>");
}

/* The check's links, while the check is there. */
static void
links(struct buf *out, const struct spec *spec, struct jsonpath_doc *doc, int i)
{
    char *region = str_xdup(item(doc, "evidence", i, "region"));
    struct id run;

    if (spec != NULL && id_parse(&run, item(doc, "evidence", i, "run")) == 0)
        run_links_add(out, spec, region, &run);
    free(region);
}

/* What stands above it already is left out; a chain is long and says something
 * only where it is at fault. */
static void
proof(struct buf *out, const char *json, const char *reason)
{
    static const char *const above[] = {"message", "last_good", "changed",
                                        NULL};
    static const char *const chain[] = {"chain", "path", NULL};
    static const char *const none[] = {NULL};
    const struct json_view_opts opts = {
        .left_out = above, .folded = str_starts(reason, "tls.") ? none : chain};

    json_view_of(out, json, &opts);
}

static void
exhibit(struct buf *out, const struct spec *spec, struct jsonpath_doc *doc,
        int i)
{
    const char *inner = item(doc, "evidence", i, "evidence");
    const char *facts = item(doc, "evidence", i, "facts");

    html_add(out, "<article class=card><h3>%s: %s</h3>",
             item(doc, "evidence", i, "region"),
             item(doc, "evidence", i, "message"));
    html_add(out, "<p class=\"dim small\">%s, run <code>%s</code>, started ",
             item(doc, "evidence", i, "target"),
             item(doc, "evidence", i, "run"));
    show_time(out, item(doc, "evidence", i, "started"));
    links(out, spec, doc, i);
    (void)buf_add_str(out, "</p>");
    timings(out, doc, i);
    incident_steps_add(out, doc, i);
    changes(out, doc, i);
    if (inner[0] != '\0')
        proof(out, inner, item(doc, "evidence", i, "reason"));
    if (facts[0] != '\0') {
        (void)buf_add_str(out, "<details><summary>Facts</summary>");
        json_view(out, facts);
        (void)buf_add_str(out, "</details>");
    }
    (void)buf_add_str(out, "</article>");
}

static void
evidence(struct buf *out, const struct spec *spec, struct jsonpath_doc *doc)
{
    if (!has_item(doc, "evidence", 0))
        return;
    (void)buf_add_str(out, "<h2>Evidence</h2>");
    for (int i = 0; has_item(doc, "evidence", i); i++)
        exhibit(out, spec, doc, i);
}

void
incident_page(struct buf *out, const struct view *view,
              const struct decider_incident *incident)
{
    const char *json = incident->json == NULL ? "" : incident->json;
    char why[128];
    struct jsonpath_doc *doc =
        jsonpath_doc(json, strlen(json), why, sizeof(why));
    char *title =
        str_xprintf("%s %s - Picket", incident->check, incident->verdict);
    struct frame frame = {.title = title,
                          .name = "Picket",
                          .home = "/",
                          .here = "",
                          .is_wide = true};

    frame_begin(out, &frame);
    head(out, view, incident);
    votes(out, view, incident, doc);
    evidence(out, spec_of(view, incident), doc);
    timeline(out, doc);
    frame_end(out, NULL);
    jsonpath_doc_free(doc);
    free(title);
}
