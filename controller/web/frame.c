/*
 * frame.c - see frame.h.
 *
 * Icons are symbols drawn once at the top of the page and used by name, as is
 * the hatch that means "no data".
 */
#include "controller/web/frame.h"

#include "base/buf.h"
#include "base/str.h"
#include "base/units.h"
#include "controller/web/html.h"
#include "controller/web/style.h"

static const char symbols[] =
    "<svg class=void aria-hidden=true><defs>"
    "<pattern id=nd width=5 height=5 patternUnits=userSpaceOnUse "
    "patternTransform=\"rotate(45)\"><path class=hatch d=\"M0 0V5\" "
    "stroke-width=2.4 /></pattern>"
    "<symbol id=up viewBox=\"0 0 24 24\"><path d=\"M12 1a11 11 0 1 0 0 22a11 "
    "11 0 0 0 0-22m5.7 8.4-7 7a1 1 0 0 1-1.4 0l-3-3 1.4-1.4 2.3 2.3 "
    "6.3-6.3z\"/></symbol>"
    "<symbol id=deg viewBox=\"0 0 24 24\"><path d=\"M12 2 .8 22h22.4zm-1.1 "
    "7h2.2v7h-2.2zm0 8.6h2.2v2.2h-2.2z\"/></symbol>"
    "<symbol id=par viewBox=\"0 0 24 24\"><path d=\"M12 1a11 11 0 1 0 0 22a11 "
    "11 0 0 0 0-22m0 2.4v17.2a8.6 8.6 0 0 1 0-17.2\"/></symbol>"
    "<symbol id=dow viewBox=\"0 0 24 24\"><path d=\"M12 1a11 11 0 1 0 0 22a11 "
    "11 0 0 0 0-22m4.8 14.4-1.4 1.4-3.4-3.4-3.4 3.4-1.4-1.4 "
    "3.4-3.4-3.4-3.4 1.4-1.4 3.4 3.4 3.4-3.4 1.4 1.4-3.4 3.4z\"/></symbol>"
    "<symbol id=unk viewBox=\"0 0 24 24\"><path d=\"M12 1a11 11 0 1 0 0 22a11 "
    "11 0 0 0 0-22M10.9 17h2.2v2.2h-2.2zm0-1.4c0-4.2 3.1-4 3.1-6.2 "
    "0-2.6-3.9-2.6-4.1.2l-2.2-.2c.3-5.4 8.5-5.2 8.5.1 0 3.1-3.1 3.2-3.1 "
    "6.1z\"/></symbol>"
    "<symbol id=pau viewBox=\"0 0 24 24\"><path d=\"M12 1a11 11 0 1 0 0 22a11 "
    "11 0 0 0 0-22M8 7.5h2.7v9H8zm5.3 0H16v9h-2.7z\"/></symbol>"
    "</defs></svg>";

static void
navigation(struct buf *out, const char *here)
{
    static const char *const part[][2] = {
        {"/", "Checks"}, {"/probes", "Probes"}, {"/status", "Status page"}};

    (void)buf_add_str(out, "<nav aria-label=Parts>");
    for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
        html_add(out, "<a href=\"%s\"", part[i][0]);
        if (str_eq(part[i][0], here))
            (void)buf_add_str(out, " aria-current=page");
        html_add(out, ">%s</a>", part[i][1]);
    }
    (void)buf_add_str(out, "</nav>");
}

void
frame_begin(struct buf *out, const struct frame *frame)
{
    (void)buf_add_str(out, "<!doctype html><html lang=en><head><meta "
                           "charset=utf-8><meta name=viewport "
                           "content=\"width=device-width,initial-scale=1\">");
    if (frame->refresh_s > 0)
        html_add(out, "<meta http-equiv=refresh content=%d>", frame->refresh_s);
    html_add(out, "<title>%s</title><style>", frame->title);
    (void)buf_add_str(out, style_text());
    html_add(out,
             "</style></head><body%s><a class=skip href=\"#main\">Skip to "
             "the content</a>",
             frame->is_wide ? " class=wide" : "");
    (void)buf_add_str(out, symbols);
    html_add(out, "<header><p class=name><a href=\"%s\">%s</a></p>",
             frame->home, frame->name);
    if (frame->here != NULL)
        navigation(out, frame->here);
    (void)buf_add_str(out, "</header><main id=main>");
}

void
frame_end(struct buf *out, const char *links)
{
    (void)buf_add_str(out, "</main><footer>");
    if (links != NULL)
        (void)buf_add_str(out, links);
    (void)buf_add_str(out, "<span>Watched by Picket. All times are "
                           "UTC.</span></footer></body></html>\n");
}

const char *
frame_class(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_UP:
        return "up";
    case VERDICT_DEGRADED:
        return "deg";
    case VERDICT_PARTIAL:
        return "par";
    case VERDICT_DOWN:
        return "dow";
    case VERDICT_UNKNOWN:
        return "unk";
    case VERDICT_PAUSED:
        return "pau";
    }
    return "unk";
}

void
frame_icon(struct buf *out, enum verdict verdict)
{
    const char *name = frame_class(verdict);

    html_add(out,
             "<svg class=\"ico %s\" aria-hidden=true><use "
             "href=\"#%s\"/></svg>",
             name, name);
}

void
frame_verdict(struct buf *out, enum verdict verdict)
{
    html_add(out, "<span class=\"word %s\">", frame_class(verdict));
    frame_icon(out, verdict);
    html_add(out, " %s</span>", verdict_name(verdict));
}

enum verdict
frame_of_status(enum status status)
{
    switch (status) {
    case STATUS_UP:
        return VERDICT_UP;
    case STATUS_DEGRADED:
        return VERDICT_DEGRADED;
    case STATUS_DOWN:
        return VERDICT_DOWN;
    case STATUS_ERROR:
        return VERDICT_UNKNOWN;
    }
    return VERDICT_UNKNOWN;
}

static void
format_time(char to[UNITS_TEXT_MAX], wall_t at)
{
    (void)units_format_time(to, at);
    to[10] = ' ';
    to[19] = '\0'; /* whole seconds are enough for eyes */
}

void
frame_time(struct buf *out, wall_t at)
{
    char exact[UNITS_TEXT_MAX];
    char shown[UNITS_TEXT_MAX];

    (void)units_format_time(exact, at);
    format_time(shown, at);
    html_add(out, "<time class=nb datetime=\"%s\">%s UTC</time>", exact, shown);
}

void
frame_ago(struct buf *out, wall_t at, wall_t now)
{
    char exact[UNITS_TEXT_MAX];
    char shown[UNITS_TEXT_MAX];
    int64_t ms = now.ms > at.ms ? now.ms - at.ms : 0;

    if (at.ms == 0) {
        (void)buf_add_str(out, "\xE2\x80\x93");
        return;
    }
    (void)units_format_time(exact, at);
    /* whole seconds: a page does not know better */
    (void)units_show_duration(shown, ms / MS_PER_S * NS_PER_S);
    html_add(out, "<time class=nb datetime=\"%s\" title=\"%s\">", exact, exact);
    if (ms < MS_PER_S)
        (void)buf_add_str(out, "just now</time>");
    else
        html_add(out, "%s ago</time>", shown);
}

void
frame_duration(struct buf *out, int64_t us)
{
    char shown[UNITS_TEXT_MAX];

    if (us < 0)
        (void)buf_add_str(out, "\xE2\x80\x93");
    else
        html_add(out, "%s", units_show_duration(shown, us * NS_PER_US));
}

void
frame_reason(struct buf *out, const struct result *result)
{
    const struct result_step *step = result_step_ended(result);

    if (result->reason == REASON_NONE)
        return;
    html_add(out, "<span class=why>%s%s%s</span>", reason_name(result->reason),
             step != NULL ? " at " : "", step != NULL ? step->name : "");
}
