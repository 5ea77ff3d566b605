#include "controller/web/step_table.h"

#include "base/buf.h"
#include "controller/web/frame.h"
#include "controller/web/html.h"
#include "controller/web/phases.h"
#include "wire/result.h"

/* One that was never begun took no time. */
static int64_t
took(const struct result_step *step)
{
    return step->us[PHASE_TOTAL] > 0 ? step->us[PHASE_TOTAL] : 0;
}

static int64_t
sum(const struct result *result)
{
    int64_t us = 0;

    for (size_t i = 0; i < result->step_count; i++)
        us += took(&result->steps[i]);
    return us;
}

static int64_t
longest(const struct result *result)
{
    int64_t us = 0;

    for (size_t i = 0; i < result->step_count; i++)
        if (took(&result->steps[i]) > us)
            us = took(&result->steps[i]);
    return us;
}

static void
row(struct buf *out, const struct result_step *step, int64_t from,
    int64_t whole)
{
    enum verdict looks = frame_of_status(step->status);

    html_add(
        out,
        "<tr><th scope=row>%s</th><td data-l=Result><span class=\"word %s\">",
        step->name, frame_class(looks));
    frame_icon(out, looks);
    html_add(out, " %s</span>", result_status_name(step->status));
    if (step->reason != REASON_NONE)
        html_add(out, "<span class=why>%s</span>", reason_name(step->reason));
    if (step->message != NULL)
        html_add(out, "<span class=why>%s</span>", step->message);
    (void)buf_add_str(out, "</td><td class=bar>");
    phases_draw_at(out, step->us, from, whole);
    (void)buf_add_str(out, "</td>");
    phases_cells(out, step->us);
    (void)buf_add_str(out, "</tr>");
}

void
step_table_add(struct buf *out, const char *caption,
               const struct result *result, bool in_order)
{
    int64_t whole = in_order ? sum(result) : longest(result);
    int64_t from = 0;
    const struct result_fact *unclean;

    if (result->step_count == 0)
        return;
    html_add(out, "<h3 class=step>%s</h3>", caption);
    (void)buf_add_str(
        out, "<div class=\"scroll stack\" tabindex=0><table><thead><tr>"
             "<th scope=col>Step</th><th scope=col>Result</th>"
             "<th scope=col>Where the time went</th>");
    phases_head(out);
    (void)buf_add_str(out, "</tr></thead><tbody>");
    for (size_t i = 0; i < result->step_count; i++) {
        row(out, &result->steps[i], from, whole);
        from += in_order ? took(&result->steps[i]) : 0;
    }
    (void)buf_add_str(out, "</tbody></table></div>");
    unclean = result_find(result, FACT_CLEANUP);
    if (unclean != NULL)
        html_add(out, "<p class=small>Cleanup failed: %s</p>", unclean->text);
}
