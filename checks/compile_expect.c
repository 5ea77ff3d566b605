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

static void
check_reference(struct compile_job *job, const struct conf *item)
{
    const char *at = strstr(item->text, "${");
    const char *end = at ? strchr(at, '}') : NULL;
    size_t len;

    if (!at)
        return;
    len = end ? (size_t)(end - at) + 1 : 2;
    compile_wrong(job, conf_pos_in(item, (size_t)(at - item->text), len), NULL,
                  "%s in checks are not in this version",
                  str_starts(at, SECRET_REF) ? "secrets" : "`${...}`");
}

static void
check_references(struct compile_job *job)
{
    for (size_t i = 0; i < job->merge->expect.count; i++)
        check_reference(job, job->merge->expect.item[i]);
    for (size_t key = 0; key < SPEC_KEY_COUNT; key++) {
        const struct merge_value *v = &job->merge->value[key];
        const struct conf *from = v->text ? NULL : v->from;

        if (from && from->type == CONF_STRING)
            check_reference(job, from);
        else if (from && (from->type == CONF_ARRAY || from->type == CONF_GROUP))
            for (const struct conf *n = from->first; n; n = n->next)
                check_reference(job, n);
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
