/*
 * A journey: its steps in the order written, each a request with what it saves
 * and when it is asked again; then the steps that clean up.
 *
 * Each step is compiled by a job of its own over the step's merge, so that what
 * compiles a check's request, expectations and references compiles a step's.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/conf.h"
#include "base/expr.h"
#include "base/str.h"
#include "base/units.h"
#include "checks/compile.h"
#include "checks/compile_meet.h"
#include "checks/merge.h"
#include "checks/save.h"
#include "checks/spec.h"
#include "checks/template.h"

/* ---- one step ---- */

static struct save *
compile_save(struct compile_job *job, const struct conf *item)
{
    struct expr_error error = {0};
    struct save *save = save_parse(item->name, item->text, &error);

    if (!save)
        compile_wrong(job, conf_pos_in(item, error.offset, error.len),
                      error.hint[0] ? error.hint : NULL, "%s", error.message);
    return save;
}

static void
compile_saves(struct compile_job *job, struct spec_step *step)
{
    const struct conf *from = job->merge->value[SPEC_KEY_SAVE].from;

    step->saves =
        str_xcalloc(from ? from->count + 1 : 1, sizeof(step->saves[0]));
    for (const struct conf *n = from ? from->first : NULL; n; n = n->next) {
        struct spec_save *save = &step->saves[step->save_count++];

        compile_value_name(job, n);
        save->name = str_xdup(n->name);
        save->from = compile_save(job, n);
    }
}

static void
add_longer(struct compile_job *job, const struct conf *from, const char *than,
           int64_t limit)
{
    char text[UNITS_TEXT_MAX];
    char *hint = str_xprintf("at most %s", units_format_duration(text, limit));

    compile_wrong(job, from->value, hint, "`%s` of a step is longer than %s",
                  from->name, than);
    free(hint);
}

static void
compile_until(struct compile_job *job, struct spec_step *step, int64_t limit)
{
    const struct conf *until = job->merge->value[SPEC_KEY_UNTIL].from;
    const struct conf *every = job->merge->value[SPEC_KEY_UNTIL_EVERY].from;
    const struct conf *within = job->merge->value[SPEC_KEY_UNTIL_WITHIN].from;

    if (!until) {
        for (int i = 0; i < 2; i++) {
            const struct conf *n = i == 0 ? every : within;

            if (n)
                compile_wrong(job, n->pos,
                              "write until = \"json $.state == 'done'\";",
                              "`%s` of a step goes with an `until`", n->name);
        }
        return;
    }
    step->until = compile_expr(job, until, SPEC_HTTP);
    step->until_every_ns = compile_number(job, SPEC_KEY_UNTIL_EVERY);
    step->until_within_ns = compile_number(job, SPEC_KEY_UNTIL_WITHIN);
    if (!within)
        compile_wrong(job, until->pos, "write within = \"30s\";",
                      "`until` needs `within`: when to give up");
    else if (step->until_within_ns > limit)
        add_longer(job, within, "the time it has", limit);
    else if (step->until_every_ns > step->until_within_ns)
        add_longer(job, every ? every : within, "`within`",
                   step->until_within_ns);
}

static void
compile_step_timeout(struct compile_job *job, struct spec_step *step,
                     int64_t limit)
{
    const struct conf *from = job->merge->value[SPEC_KEY_STEP_TIMEOUT].from;

    step->timeout_ns = compile_number(job, SPEC_KEY_STEP_TIMEOUT);
    if (from && step->timeout_ns > limit)
        add_longer(job, from, "the time it has", limit);
}

/* What is written there has no effect: nobody is told of a cleanup.  What it
 * is like may expect something of others. */
static void
check_unjudged(struct compile_job *job)
{
    static const enum spec_key keys[] = {SPEC_KEY_EXPECT,
                                         SPEC_KEY_DEGRADED_WHEN};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        struct merge_value *v = &job->merge->value[keys[i]];

        if (v->from && v->is_own)
            compile_wrong(job, v->from->pos, "take it out",
                          "a cleanup step is never judged, so it expects "
                          "nothing");
        *v = (struct merge_value){0};
    }
    job->merge->expect.count = 0;
}

static void
compile_step(struct compile_job *whole, struct merge *merge,
             struct spec_step *step, int64_t limit)
{
    struct compile_job job = {.env = whole->env,
                              .merge = merge,
                              .spec = whole->spec,
                              .is_cleanup = whole->is_cleanup};

    step->name = str_xdup(merge->name);
    compile_files(&job);
    if (merge->value[SPEC_KEY_HTTP].from) {
        compile_request(&job, &step->request);
    } else {
        job.has_failed = true; /* said by catalog_layer.c */
    }
    compile_step_timeout(&job, step, limit);
    compile_until(&job, step, limit);
    if (job.is_cleanup)
        check_unjudged(&job);
    else
        compile_exprs(&job, SPEC_HTTP, &step->expect, &step->degraded_when);
    compile_saves(&job, step);
    compile_refs(&job);
    whole->has_failed = whole->has_failed || job.has_failed;
}

/* ---- all of them ---- */

static void
compile_values(struct compile_job *job, struct spec_fields *values)
{
    const struct conf *from = job->merge->value[SPEC_KEY_VALUES].from;

    values->item =
        str_xcalloc(from ? from->count + 1 : 1, sizeof(values->item[0]));
    for (const struct conf *n = from ? from->first : NULL; n; n = n->next) {
        struct spec_field *value = &values->item[values->count++];

        compile_value_name(job, n);
        value->name = str_xdup(n->name);
        value->value = compile_template(job, n->text);
    }
}

static struct spec_step *
compile_steps(struct compile_job *job, enum spec_key key, size_t *count,
              int64_t limit)
{
    struct merge_value *v = &job->merge->value[key];
    struct spec_step *steps = str_xcalloc(v->step_count + 1, sizeof(*steps));

    job->is_cleanup = key == SPEC_KEY_CLEANUP;
    *count = v->step_count;
    for (size_t i = 0; i < v->step_count; i++)
        compile_step(job, &v->step[i], &steps[i], limit);
    job->is_cleanup = false;
    return steps;
}

/* A name is one row of the result: `cancel` cannot be two of them. */
static void
check_names(struct compile_job *job)
{
    const struct conf *steps = job->merge->value[SPEC_KEY_JOURNEY].from;
    const struct conf *cleanup = job->merge->value[SPEC_KEY_CLEANUP].from;

    for (const struct conf *n = cleanup ? cleanup->first : NULL; n;
         n = n->next) {
        const struct conf *same = conf_find(steps, n->name);
        char *hint;

        if (!same)
            continue;
        hint = str_xprintf("the first is at %s:%d", same->pos.file,
                           same->pos.line);
        compile_wrong(job, n->pos, hint, "there is a step `%s` already",
                      n->name);
        free(hint);
    }
}

static void
check_count(struct compile_job *job)
{
    const struct merge_value *steps = &job->merge->value[SPEC_KEY_JOURNEY];
    const struct merge_value *cleanup = &job->merge->value[SPEC_KEY_CLEANUP];
    size_t count = steps->step_count + cleanup->step_count;

    if (steps->from->count == 0)
        compile_wrong(job, steps->from->value,
                      "write { home = { get = \"https://HOST/\"; }; }",
                      "a journey has at least one step");
    if (count > SPEC_STEPS_MAX)
        compile_wrong(job, steps->from->pos, "make it two checks",
                      "this journey has %zu steps with its cleanup, and at "
                      "most %d fit",
                      count, SPEC_STEPS_MAX);
}

static void
compile_cleanup_timeout(struct compile_job *job)
{
    struct merge_value *v = &job->merge->value[SPEC_KEY_CLEANUP_TIMEOUT];
    struct spec_journey *journey = &job->spec->of.journey;

    if (journey->cleanup_count == 0) {
        if (v->from && v->is_own)
            compile_wrong(job, v->from->pos, "write `cleanup`, or take it out",
                          "`cleanup_timeout` is of `cleanup`, and there is "
                          "none");
        *v = (struct merge_value){0};
        return;
    }
    if (!v->from) {
        v->has_num = true;
        v->num = job->spec->timeout_ns;
    }
    journey->cleanup_timeout_ns = compile_number(job, SPEC_KEY_CLEANUP_TIMEOUT);
}

void
compile_journey(struct compile_job *job)
{
    struct spec_journey *journey = &job->spec->of.journey;
    int64_t limit = job->spec->timeout_ns;
    int64_t cleanup = compile_number(job, SPEC_KEY_CLEANUP_TIMEOUT);

    check_count(job);
    check_names(job);
    compile_values(job, &journey->values);
    journey->steps =
        compile_steps(job, SPEC_KEY_JOURNEY, &journey->step_count, limit);
    journey->cleanup =
        compile_steps(job, SPEC_KEY_CLEANUP, &journey->cleanup_count,
                      cleanup > 0 ? cleanup : limit);
    compile_cleanup_timeout(job);
    compile_meet(job);
    if (journey->step_count > 0 && journey->steps[0].request.url) {
        free(job->spec->target);
        job->spec->target =
            str_xdup(template_text(journey->steps[0].request.url));
    }
}
