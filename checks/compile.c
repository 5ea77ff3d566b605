#include "checks/compile.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/digest.h"
#include "base/str.h"
#include "base/trust.h"
#include "base/units.h"
#include "checks/merge.h"
#include "checks/spec.h"

#define TIMEOUT_NS  (10 * NS_PER_S) /* without `timeout`, if `every` allows */
#define MIB         ((size_t)1024 * 1024)
#define TEXT_MAX    (2 * MIB) /* of one check */
#define MESSAGE_MAX 500

void
compile_wrong(struct compile_job *job, struct diag_pos pos, const char *hint,
              const char *format, ...)
{
    char message[MESSAGE_MAX];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    diag_add(job->env->diag, DIAG_ERROR, pos, hint, "%s", message);
    job->has_failed = true;
}

const char *
compile_text(const struct compile_job *job, enum spec_key key)
{
    const struct merge_value *v = &job->merge->value[key];

    if (v->text)
        return v->text;
    return v->from ? v->from->text : spec_table.rows[key].fallback;
}

int64_t
compile_number(const struct compile_job *job, enum spec_key key)
{
    const struct schema_row *row = &spec_table.rows[key];
    const struct merge_value *v = &job->merge->value[key];
    struct conf value = {.type = CONF_STRING, .text = row->fallback};

    if (v->has_num)
        return v->num;
    if (v->from)
        return schema_number(row, v->from);
    if (!row->fallback)
        return 0;
    if (row->type == SCHEMA_INT)
        (void)str_parse_i64(row->fallback, &value.num);
    else if (row->type == SCHEMA_BOOL)
        value.num = str_eq(row->fallback, "true");
    return schema_number(row, &value);
}

struct diag_pos
compile_pos(const struct compile_job *job, enum spec_key key)
{
    const struct conf *from = job->merge->value[key].from;

    return from ? from->value : job->merge->check->pos;
}

void
compile_push(struct spec_list *list, const char *text)
{
    size_t size = (list->count + 1) * sizeof(list->item[0]);

    list->item = str_xrealloc(list->item, size);
    list->item[list->count++] = str_xdup(text);
}

void
compile_list(const struct compile_job *job, enum spec_key key,
             struct spec_list *list)
{
    const struct conf *from = job->merge->value[key].from;

    if (!from && spec_table.rows[key].fallback)
        compile_push(list, spec_table.rows[key].fallback);
    else if (from && from->type == CONF_STRING)
        compile_push(list, from->text);
    else
        for (const struct conf *n = from ? from->first : NULL; n; n = n->next)
            compile_push(list, n->text);
}

/* Stands in the text instead of what was inherited. */
static void
replace(struct compile_job *job, enum spec_key key, int64_t num,
        const char *note)
{
    struct merge_value *v = &job->merge->value[key];

    v->has_num = true;
    v->num = num;
    v->note = note;
}

static void
compile_times(struct compile_job *job)
{
    const struct merge_value *timeout = &job->merge->value[SPEC_KEY_TIMEOUT];
    int64_t every = compile_number(job, SPEC_KEY_EVERY);
    int64_t limit = compile_number(job, SPEC_KEY_TIMEOUT);
    char text[UNITS_TEXT_MAX];
    char *hint;

    if (!job->merge->value[SPEC_KEY_EVERY].from)
        replace(job, SPEC_KEY_EVERY, every, NULL);
    if (!timeout->from) {
        limit = every < TIMEOUT_NS ? every : TIMEOUT_NS;
        replace(job, SPEC_KEY_TIMEOUT, limit, NULL);
    } else if (limit > every && timeout->is_own) {
        hint = str_xprintf("at most %s", units_format_duration(text, every));
        compile_wrong(job, timeout->from->value, hint,
                      "`timeout` is longer than `every`");
        free(hint);
    } else if (limit > every) {
        limit = every;
        replace(job, SPEC_KEY_TIMEOUT, every, "no longer than `every`");
    }
    job->spec->every_ns = every;
    job->spec->timeout_ns = limit;
}

static void
check_region(struct compile_job *job, const struct conf *item)
{
    const struct compile_env *env = job->env;
    char *hint;

    for (size_t i = 0; i < env->region_count; i++)
        if (str_eq(env->regions[i], item->text))
            return;
    hint = schema_nearest(item->text, env->regions, env->region_count);
    compile_wrong(job, item->value, hint, "there is no region `%s`",
                  item->text);
    free(hint);
}

static void
compile_regions(struct compile_job *job)
{
    const struct conf *from = job->merge->value[SPEC_KEY_REGIONS].from;
    struct spec_list *regions = &job->spec->regions;
    const struct conf *n =
        from && from->type == CONF_ARRAY ? from->first : from;

    compile_list(job, SPEC_KEY_REGIONS, regions);
    for (size_t i = 0; i < regions->count; i++) {
        if (job->env->region_count > 0 && n)
            check_region(job, n);
        for (size_t k = 0; n && k < i; k++)
            if (str_eq(regions->item[k], regions->item[i]))
                compile_wrong(job, n->value, NULL, "`%s` is here twice",
                              regions->item[i]);
        n = n && n != from ? n->next : NULL;
    }
}

/* A number of regions: written on the check it may not be more than there
 * are; an inherited one is made smaller. */
static int
compile_votes(struct compile_job *job, enum spec_key key)
{
    const struct merge_value *v = &job->merge->value[key];
    size_t listed = job->spec->regions.count;
    int64_t regions = (int64_t)(listed ? listed : job->env->region_total);
    int64_t num = v->from ? compile_number(job, key) : 0;

    if (num <= regions || regions == 0)
        return (int)num;
    if (v->is_own)
        compile_wrong(job, v->from->value, NULL,
                      "`%s` is %lld, but the check runs in %lld region%s",
                      spec_table.rows[key].name, (long long)num,
                      (long long)regions, regions == 1 ? "" : "s");
    else
        replace(job, key, regions, "no more than there are regions");
    return (int)regions;
}

static void
compile_tags(struct compile_job *job)
{
    const struct merge_list *tags = &job->merge->tags;

    for (size_t i = 0; i < tags->count; i++) {
        const struct conf *item = tags->item[i];

        if (merge_tag(item)[0] == 0 || strpbrk(item->text, " \t\r\n,"))
            compile_wrong(job, item->value, NULL, "a tag is one word");
        compile_push(&job->spec->tags, merge_tag(item));
    }
}

static void
compile_people(struct compile_job *job)
{
    const struct compile_env *env = job->env;
    const char *policy = compile_text(job, SPEC_KEY_POLICY);
    const char *runbook = compile_text(job, SPEC_KEY_RUNBOOK);
    bool is_known = !policy || !env->is_local;

    for (size_t i = 0; i < env->policy_count && !is_known; i++)
        is_known = str_eq(env->policies[i], policy);
    if (!is_known) {
        char *hint = schema_nearest(policy, env->policies, env->policy_count);

        compile_wrong(job, compile_pos(job, SPEC_KEY_POLICY), hint,
                      "there is no policy `%s`", policy);
        free(hint);
    }
    if (runbook && !str_starts(runbook, "https://") &&
        !str_starts(runbook, "http://"))
        compile_wrong(job, compile_pos(job, SPEC_KEY_RUNBOOK),
                      "write \"https://...\"", "`runbook` is a link");
    job->spec->policy = str_xdup(policy);
    job->spec->runbook = str_xdup(runbook);
}

static void
compile_head(struct compile_job *job)
{
    struct spec *spec = job->spec;

    spec->name = str_xdup(job->merge->name);
    if (spec->kind != SPEC_PUSH)
        compile_times(job);
    compile_regions(job);
    spec->quorum = compile_votes(job, SPEC_KEY_QUORUM);
    spec->min_eligible = compile_votes(job, SPEC_KEY_MIN_ELIGIBLE);
    spec->recover = (int)compile_number(job, SPEC_KEY_RECOVER);
    compile_tags(job);
    compile_people(job);
    compile_net(job);
    compile_shown(job);
}

/* The text that travels, and its hash. */
static void
compile_version(struct compile_job *job)
{
    uint8_t sum[DIGEST_SHA256_BYTES];
    struct buf_reader r = buf_reader(sum, sizeof(sum));
    struct spec *spec = job->spec;
    struct buf text;

    buf_init(&text, TEXT_MAX);
    merge_format(job->merge, &text);
    if (text.failed)
        compile_wrong(job, job->merge->check->pos,
                      "its bodies and files are most of it; make it two checks",
                      "as a text the check is over %zu MiB, more than travels "
                      "to a probe",
                      TEXT_MAX / MIB);
    digest_sha256(sum, text.data, text.len);
    spec->version = buf_get_le64(&r);
    spec->text = (char *)buf_take(&text, NULL);
}

struct spec *
compile_create(struct compile_env *env, struct merge *merge)
{
    struct spec *spec = str_xcalloc(1, sizeof(*spec));
    struct compile_job job = {.env = env, .merge = merge, .spec = spec};

    spec->refs = 1;
    spec->kind = (enum spec_kind)merge->kind;
    compile_files(&job);
    compile_head(&job);
    compile_kind(&job);
    compile_lock(&job);
    compile_refs(&job);
    compile_exprs(&job, merge->kind, &spec->expect, &spec->degraded_when);
    if (spec->kind == SPEC_DNS)
        compile_dns_agreement(&job);
    if (!job.has_failed)
        compile_version(&job);
    if (!job.has_failed)
        return spec;
    spec_free(spec);
    return NULL;
}

void
compile_env_clear(struct compile_env *env)
{
    trust_free(env->trust);
    free(env->trust_pem);
    env->trust = NULL;
    env->trust_pem = NULL;
}
