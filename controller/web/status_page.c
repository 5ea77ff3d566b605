/*
 * status_page.c - see status_page.h.
 *
 * From the top: one sentence of truth, open incidents, components with 90
 * days, past incidents by day.  A day is a bar of full height in green with
 * what went wrong standing in it from below, so that a short outage does not
 * look like a lost day; it is never under two fifths, so that it is seen.  A
 * day without data is hatched and is in no percentage.
 */
#include "controller/web/status_page.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/units.h"
#include "controller/web/board.h"
#include "controller/web/frame.h"
#include "controller/web/html.h"
#include "controller/web/view.h"

#define DAY_MS     (86400 * MS_PER_S)
#define REFRESH_S  30
#define PAST_DAYS  14
#define BAR_STEP   7 /* of the drawing, not pixels */
#define BAR_WIDTH  5
#define BAR_HEIGHT 32
#define BAR_LEAST  14 /* of a bad part */

static void
truth(struct buf *out, const struct board *board, wall_t now)
{
    html_add(out, "<section class=\"truth %s\" role=status>",
             frame_class(board->verdict));
    frame_icon(out, board->verdict);
    html_add(out, "<div><h1>%s</h1><p class=dim>Updated ", board->sentence);
    frame_ago(out, board->updated, now);
    (void)buf_add_str(out, "</p></div></section>");
}

/* ---- incidents ---- */

static void
concerned(struct buf *out, const struct board *board,
          const struct board_incident *in)
{
    const char *comma = "";

    for (size_t i = 0; i < board->component_count; i++) {
        if (!in->concerns[i])
            continue;
        html_add(out, "%s%s", comma, board->components[i].name);
        comma = ", ";
    }
}

static void
open_incident(struct buf *out, const struct board *board,
              const struct board_incident *in, wall_t now)
{
    html_add(out, "<article class=\"card edge %s\" id=\"%s\"><h3>",
             frame_class(in->verdict), in->id);
    frame_icon(out, in->verdict);
    html_add(out, " %s</h3><p>", in->name);
    (void)buf_add_str(out, in->of.acknowledged.ms != 0
                               ? "<strong>Identified.</strong> Somebody is "
                                 "working on it."
                               : "<strong>Investigating.</strong> Our probes "
                                 "agree that this fails.");
    (void)buf_add_str(out, "</p><p class=\"dim small\">Began ");
    frame_time(out, in->of.began);
    (void)buf_add_str(out, ", ");
    frame_ago(out, in->of.began, now);
    (void)buf_add_str(out, ". Concerns ");
    concerned(out, board, in);
    (void)buf_add_str(out, ".</p></article>");
}

static void
open_incidents(struct buf *out, const struct board *board, wall_t now)
{
    bool has_title = false;

    for (size_t i = 0; i < board->incident_count; i++) {
        if (!board_is_open(&board->incidents[i]))
            continue;
        if (!has_title)
            (void)buf_add_str(out, "<section aria-labelledby=open><h2 "
                                   "id=open>Open incidents</h2>");
        has_title = true;
        open_incident(out, board, &board->incidents[i], now);
    }
    if (has_title)
        (void)buf_add_str(out, "</section>");
}

/* ---- components ---- */

static uint32_t
known_of(const struct decider_day *d)
{
    return d->up + d->degraded + d->partial + d->down;
}

static void
percent(struct buf *out, int hundredths)
{
    (void)buf_addf(out, "%d.%02d\xC2\xA0%%", hundredths / 100,
                   hundredths % 100);
}

static void
bar_title(struct buf *out, const struct decider_day *d, wall_t day)
{
    char date[UNITS_TEXT_MAX];

    html_add(out, "<title>%s: ", units_format_day(date, day));
    if (known_of(d) == 0) {
        (void)buf_add_str(out, "no data</title>");
        return;
    }
    percent(out, board_uptime(d, 1));
    if (d->down > 0)
        html_add(out, ", down %zu of %zu", (size_t)d->down,
                 (size_t)known_of(d));
    if (d->partial > 0)
        html_add(out, ", partial %zu", (size_t)d->partial);
    if (d->degraded > 0)
        html_add(out, ", degraded %zu", (size_t)d->degraded);
    (void)buf_add_str(out, "</title>");
}

static void
bad_part(struct buf *out, const struct decider_day *d, int x)
{
    uint32_t bad = d->down + d->partial + d->degraded;
    char kind = (char)(d->down > 0 ? 'd' : d->partial > 0 ? 'p' : 'g');
    int height;

    if (bad == 0)
        return;
    height = (int)((uint64_t)bad * BAR_HEIGHT / known_of(d));
    if (height < BAR_LEAST)
        height = BAR_LEAST;
    (void)buf_addf(out, "<rect class=%c x=%d y=%d width=%d height=%d />", kind,
                   x, BAR_HEIGHT - height, BAR_WIDTH, height);
}

static void
bars(struct buf *out, const struct board_component *c, wall_t now)
{
    int64_t first = now.ms / DAY_MS - (BOARD_DAYS - 1);
    size_t empty = 0;
    size_t bad = 0;

    for (size_t i = 0; i < BOARD_DAYS; i++) {
        empty += known_of(&c->day[i]) == 0 ? 1 : 0;
        bad += c->day[i].down + c->day[i].partial > 0 ? 1 : 0;
    }
    html_add(out,
             "<svg class=bars viewBox=\"0 0 %d %d\" preserveAspectRatio=none "
             "role=img aria-label=\"%s, last 90 days: outage on %zu, no data "
             "on %zu\">",
             BOARD_DAYS * BAR_STEP - (BAR_STEP - BAR_WIDTH), BAR_HEIGHT,
             c->name, bad, empty);
    for (int i = 0; i < BOARD_DAYS; i++) {
        const struct decider_day *d = &c->day[i];

        (void)buf_addf(out, "<g><rect class=%c x=%d width=%d height=%d />",
                       known_of(d) == 0 ? 'n' : 'u', i * BAR_STEP, BAR_WIDTH,
                       BAR_HEIGHT);
        bad_part(out, d, i * BAR_STEP);
        bar_title(out, d, (wall_t){(first + i) * DAY_MS});
        (void)buf_add_str(out, "</g>");
    }
    (void)buf_add_str(out, "</svg>");
}

static void
uptime(struct buf *out, const struct board_component *c)
{
    int whole = board_uptime(c->day, BOARD_DAYS);
    size_t days = 0;

    for (size_t i = 0; i < BOARD_DAYS; i++)
        days += known_of(&c->day[i]) > 0 ? 1 : 0;
    if (whole < 0) {
        (void)buf_add_str(out, "no data yet");
        return;
    }
    percent(out, whole);
    if (days == 1)
        (void)buf_add_str(out, " over 1 day");
    else
        html_add(out, " over %zu days", days);
}

static void
component(struct buf *out, const struct board_component *c, wall_t now)
{
    html_add(out, "<li><div class=row><h3>%s</h3>", c->name);
    html_add(out, "<span class=\"word %s\">", frame_class(c->verdict));
    frame_icon(out, c->verdict);
    html_add(out, " %s</span></div>", board_noun(c->verdict));
    if (c->description != NULL)
        html_add(out, "<p class=\"dim small\">%s</p>", c->description);
    bars(out, c, now);
    (void)buf_add_str(out, "<div class=ends><span>90 days ago</span><span>");
    uptime(out, c);
    (void)buf_add_str(out, "</span><span>today</span></div></li>");
}

static void
components(struct buf *out, const struct board *board, wall_t now)
{
    (void)buf_add_str(out, "<section aria-labelledby=parts><h2 "
                           "id=parts>Components</h2>");
    if (board->component_count == 0)
        (void)buf_add_str(out, "<p class=dim>Nothing is watched yet.</p>");
    else
        (void)buf_add_str(out, "<ul class=list>");
    for (size_t i = 0; i < board->component_count; i++)
        component(out, &board->components[i], now);
    if (board->component_count > 0)
        (void)buf_add_str(out, "</ul>");
    (void)buf_add_str(out, "</section>");
}

/* ---- the past ---- */

static void
past_incident(struct buf *out, const struct board *board,
              const struct board_incident *in)
{
    char lasted[UNITS_TEXT_MAX];

    html_add(out, "<p><span class=\"word %s\">%s</span> ",
             frame_class(in->verdict), in->name);
    if (board_is_open(in)) {
        html_add(out, "since ");
        frame_time(out, in->of.began);
        html_add(out, ", <a href=\"#%s\">still open</a></p>", in->id);
        return;
    }
    html_add(out, "for %s, from ",
             units_show_duration(
                 lasted, (in->of.resolved.ms - in->of.began.ms) * NS_PER_MS));
    frame_time(out, in->of.began);
    (void)buf_add_str(out, " to ");
    frame_time(out, in->of.resolved);
    (void)buf_add_str(out, ". Resolved. <span class=dim>Concerned ");
    concerned(out, board, in);
    (void)buf_add_str(out, ".</span></p>");
}

static void
past_day(struct buf *out, const struct board *board, int64_t day)
{
    char date[UNITS_TEXT_MAX];
    size_t shown = 0;

    (void)units_format_day(date, (wall_t){day * DAY_MS});
    html_add(out, "<div><h3><time datetime=\"%s\">%s</time></h3><div>", date,
             date);
    for (size_t i = 0; i < board->incident_count; i++)
        if (board->incidents[i].of.opened.ms / DAY_MS == day) {
            past_incident(out, board, &board->incidents[i]);
            shown++;
        }
    if (shown == 0)
        html_add(out, "<p class=dim>%s</p>",
                 day < board->first_day ? "No data." : "No incidents.");
    (void)buf_add_str(out, "</div></div>");
}

static void
past(struct buf *out, const struct board *board, wall_t now)
{
    int64_t today = now.ms / DAY_MS;
    int64_t last = today - PAST_DAYS + 1;

    if (board->first_day > last)
        last = board->first_day;
    (void)buf_add_str(out, "<section aria-labelledby=past><h2 id=past>By "
                           "day</h2><div class=days>");
    for (int64_t day = today; day >= last; day--)
        past_day(out, board, day);
    (void)buf_add_str(out, "</div></section>");
}

void
status_page(struct buf *out, const struct view *view, size_t page)
{
    struct board *board = board_create(view, page);
    char *title = str_xprintf("%s: %s", board->title, board->sentence);
    struct frame frame = {
        .title = title,
        .name = board->title,
        .home = board->path,
        .refresh_s = REFRESH_S,
    };

    frame_begin(out, &frame);
    truth(out, board, view->now);
    open_incidents(out, board, view->now);
    components(out, board, view->now);
    past(out, board, view->now);
    frame_end(out, "<a href=\"/api/v2/summary.json\">This page as JSON</a>");
    free(title);
    board_free(board);
}
