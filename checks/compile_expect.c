/*
 * Expectations, and `${...}` in any text of a check.
 */
#include <string.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/expr.h"
#include "base/str.h"
#include "checks/compile.h"
#include "checks/merge.h"
#include "checks/spec.h"
#include "checks/subject.h"

#define SECRET_REF "${secret."
#define ORIGIN_MAX 300 /* bytes */

static void
add_error(struct compile_job *job, const struct conf *item,
          const struct expr_error *error)
{
    struct diag_pos pos = conf_pos_in(item, error->offset, error->len);
    const char *hint = error->hint[0] ? error->hint : NULL;
    struct buf why;
    size_t len = 0;

    buf_init(&why, sizeof(error->message) * 2);
    if (error->offset < strlen(item->text))
        len =
            subject_explain(job->spec->kind, item->text + error->offset, &why);
    if (len > 0) {
        hint = NULL;
        pos = conf_pos_in(item, error->offset, len);
    }
    compile_wrong(job, pos, hint, "%s",
                  len > 0 ? buf_text(&why) : error->message);
    buf_free(&why);
}

static void
add_expr(struct compile_job *job, const struct conf *item,
         struct spec_exprs *list)
{
    size_t count;
    const struct expr_subject *table = subject_table(job->spec->kind, &count);
    struct expr_error error = {0};
    struct expr *expr = expr_parse(item->text, table, count, &error);
    size_t size = (list->count + 1) * sizeof(list->item[0]);

    if (!expr) {
        add_error(job, item, &error);
        return;
    }
    list->item = str_xrealloc(list->item, size);
    list->item[list->count++] = expr;
}

/* Only secrets, only in what is sent. */
static void
check_reference(struct compile_job *job, const struct conf *item,
                const char *text, const char *origin)
{
    for (const char *at = strstr(text, "${"); at; at = strstr(at + 2, "${")) {
        const char *end = strchr(at, '}');
        size_t len = end ? (size_t)(end - at) + 1 : 2;

        if (end && str_starts(at, SECRET_REF))
            compile_secret_use(job, item, at, origin);
        else
            compile_wrong(job,
                          text == item->text
                              ? conf_pos_in(item, (size_t)(at - text), len)
                              : item->value,
                          NULL, "`${...}` in checks is not in this version");
    }
}

/* Where a text of `key` is sent to; NULL: nowhere. */
static const char *
origin_of(const struct compile_job *job, size_t key, char *origin, size_t cap)
{
    if (job->spec->kind != SPEC_HTTP ||
        (key != SPEC_KEY_HTTP && key != SPEC_KEY_HEADERS &&
         key != SPEC_KEY_BODY))
        return NULL;
    compile_secret_origin(job->spec->of.http.request.url, origin, cap);
    return origin;
}

static void
check_references(struct compile_job *job)
{
    char origin[ORIGIN_MAX];

    for (size_t i = 0; i < job->merge->expect.count; i++)
        check_reference(job, job->merge->expect.item[i],
                        job->merge->expect.item[i]->text, NULL);
    for (size_t key = 0; key < SPEC_KEY_COUNT; key++) {
        const struct merge_value *v = &job->merge->value[key];
        const struct conf *from = v->from;
        const char *to = origin_of(job, key, origin, sizeof(origin));

        /* `expect` is what all layers have; a file's name is not its text. */
        if (!from || key == SPEC_KEY_EXPECT || key == SPEC_KEY_CA)
            continue;
        if (from->type == CONF_STRING)
            check_reference(job, from, v->text ? v->text : from->text, to);
        else if (from->type == CONF_ARRAY || from->type == CONF_GROUP)
            for (const struct conf *n = from->first; n; n = n->next)
                check_reference(job, n, n->text, to);
    }
}

void
compile_expect(struct compile_job *job)
{
    const struct merge_list *expect = &job->merge->expect;
    const struct conf *when = job->merge->value[SPEC_KEY_DEGRADED_WHEN].from;
    const struct conf *n =
        when && when->type == CONF_ARRAY ? when->first : when;

    check_references(job);
    if (expect->count > SPEC_EXPECT_MAX)
        compile_wrong(job, expect->item[SPEC_EXPECT_MAX]->value, NULL,
                      "a check has at most %d expectations", SPEC_EXPECT_MAX);
    for (size_t i = 0; i < expect->count && i < SPEC_EXPECT_MAX; i++)
        add_expr(job, expect->item[i], &job->spec->expect);
    for (; n; n = n == when ? NULL : n->next)
        add_expr(job, n, &job->spec->degraded_when);
}
