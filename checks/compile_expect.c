/*
 * Expectations, of a check or of a step.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/expr.h"
#include "base/str.h"
#include "checks/compile.h"
#include "checks/merge.h"
#include "checks/ref_text.h"
#include "checks/spec.h"
#include "checks/subject.h"

static void
add_error(struct compile_job *job, const struct conf *item, int kind,
          const struct expr_error *error)
{
    struct diag_pos pos = conf_pos_in(item, error->offset, error->len);
    const char *hint = error->hint[0] ? error->hint : NULL;
    struct buf why;
    size_t len = 0;

    buf_init(&why, sizeof(error->message) * 2);
    if (error->offset < strlen(item->text))
        len = subject_explain((enum spec_kind)kind, item->text + error->offset,
                              &why);
    if (len > 0) {
        hint = kind == SPEC_JOURNEY ? "write it in the step it is about" : NULL;
        pos = conf_pos_in(item, error->offset, len);
    }
    compile_wrong(job, pos, hint, "%s",
                  len > 0 ? buf_text(&why) : error->message);
    buf_free(&why);
}

/* `~` outside of quotes: then what stands inside some is a pattern. */
static bool
has_pattern(const char *text)
{
    bool is_quoted = false;

    for (; *text; text++) {
        is_quoted = is_quoted != (*text == '\'');
        if (*text == '~' && !is_quoted)
            return true;
    }
    return false;
}

/* With a value in it an expectation is read again in each run, expect_fill.c:
 * here a row of ones stands for the value, so that the rest is judged now. */
struct expr *
compile_expr(struct compile_job *job, const struct conf *item, int kind)
{
    size_t count;
    const struct expr_subject *table =
        subject_table((enum spec_kind)kind, &count);
    struct expr_error error = {0};
    char *plain = ref_text_plain(item->text);
    struct expr *expr = expr_parse(plain, table, count, &error);

    if (!expr) {
        add_error(job, item, kind, &error);
    } else if (!str_eq(plain, item->text)) {
        if (has_pattern(plain))
            compile_wrong(job, item->value, "compare with ==, contains, starts",
                          "a value cannot be part of a pattern");
        expr_set_text(expr, item->text);
    }
    free(plain);
    return expr;
}

static void
add_expr(struct compile_job *job, const struct conf *item, int kind,
         struct spec_exprs *list)
{
    struct expr *expr = compile_expr(job, item, kind);
    size_t size = (list->count + 1) * sizeof(list->item[0]);

    if (!expr)
        return;
    list->item = str_xrealloc(list->item, size);
    list->item[list->count++] = expr;
}

void
compile_exprs(struct compile_job *job, int kind, struct spec_exprs *expect,
              struct spec_exprs *degraded_when)
{
    const struct merge_list *list = &job->merge->expect;
    const struct conf *when = job->merge->value[SPEC_KEY_DEGRADED_WHEN].from;
    const struct conf *n =
        when && when->type == CONF_ARRAY ? when->first : when;

    if (list->count > SPEC_EXPECT_MAX)
        compile_wrong(job, list->item[SPEC_EXPECT_MAX]->value, NULL,
                      "a check has at most %d expectations", SPEC_EXPECT_MAX);
    for (size_t i = 0; i < list->count && i < SPEC_EXPECT_MAX; i++)
        add_expr(job, list->item[i], kind, expect);
    for (; n; n = n == when ? NULL : n->next)
        add_expr(job, n, kind, degraded_when);
}
