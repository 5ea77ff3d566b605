/*
 * phases.c - see phases.h.
 */
#include "controller/web/phases.h"

#include "base/buf.h"
#include "controller/web/frame.h"
#include "controller/web/html.h"

#define WIDTH  1000
#define HEIGHT 16
#define LEAST  4 /* a phase that took no time is still seen */

/* Columns of so long a time; at least what is still seen. */
static int64_t
columns(int64_t us, int64_t whole_us)
{
    int64_t width = us >= whole_us ? WIDTH : us * WIDTH / whole_us;

    return width < LEAST ? LEAST : width;
}

static void
rect(struct buf *out, int p, int64_t x, int64_t width)
{
    if (width > WIDTH - x)
        width = WIDTH - x;
    (void)buf_addf(out, "<rect class=f%d x=%lld width=%lld height=%d />", p,
                   (long long)x, (long long)width, HEIGHT);
}

void
phases_draw_at(struct buf *out, const int64_t us[PHASE_COUNT], int64_t from_us,
               int64_t whole_us)
{
    int64_t x;

    if (whole_us <= 0)
        whole_us = 1;
    (void)buf_addf(out,
                   "<svg class=fall viewBox=\"0 0 %d %d\" "
                   "preserveAspectRatio=none aria-hidden=true>",
                   WIDTH, HEIGHT);
    x = from_us > 0 ? columns(from_us, whole_us) : 0;
    if (us[PHASE_TOTAL] >= 0 && x < WIDTH)
        rect(out, PHASE_TOTAL, x, columns(us[PHASE_TOTAL], whole_us));
    for (int p = PHASE_DNS; p < PHASE_TOTAL && x < WIDTH; p++) {
        if (us[p] < 0)
            continue;
        rect(out, p, x, columns(us[p], whole_us));
        x += columns(us[p], whole_us);
    }
    (void)buf_add_str(out, "</svg>");
}

void
phases_draw(struct buf *out, const int64_t us[PHASE_COUNT], int64_t whole_us)
{
    phases_draw_at(out, us, 0, whole_us);
}

void
phases_key(struct buf *out)
{
    (void)buf_add_str(out, "<p class=\"key small dim\">");
    for (int p = PHASE_DNS; p < PHASE_TOTAL; p++)
        html_add(out,
                 "<span><svg viewBox=\"0 0 1 1\" aria-hidden=true><rect "
                 "class=f%d width=1 height=1 /></svg>%s</span>",
                 p, result_phase_name((enum phase)p));
    html_add(out,
             "<span><svg viewBox=\"0 0 1 1\" aria-hidden=true><rect "
             "class=f%d width=1 height=1 /></svg>between them</span>",
             PHASE_TOTAL);
    (void)buf_add_str(out, "</p>");
}

void
phases_head(struct buf *out)
{
    for (int p = PHASE_DNS; p < PHASE_COUNT; p++)
        html_add(out, "<th class=num scope=col>%s</th>",
                 result_phase_name((enum phase)p));
}

void
phases_cells(struct buf *out, const int64_t us[PHASE_COUNT])
{
    for (int p = PHASE_DNS; p < PHASE_COUNT; p++) {
        html_add(out, "<td class=\"num ph\" data-l=%s>",
                 result_phase_name((enum phase)p));
        frame_duration(out, us[p]);
        (void)buf_add_str(out, "</td>");
    }
}
