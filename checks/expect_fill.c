#include "checks/expect_fill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/expr.h"
#include "base/loop.h"
#include "base/str.h"
#include "checks/engine_priv.h"
#include "checks/expect.h"
#include "checks/look.h"
#include "checks/ref_text.h"
#include "checks/scope.h"
#include "checks/spec.h"
#include "checks/subject.h"

#define FILLED_MAX ((size_t)64 * 1024) /* bytes of one, with its values */
#define ESCAPE     "$${"

struct fill {
    struct scope *scope;
    struct template_moment moment;
    struct buf out;
    char *why;
};

bool
expect_fill_is_needed(const struct expr *expr)
{
    return strstr(expr_text(expr), "${") != NULL;
}

/* ---- one value ---- */

static bool
is_number(const char *text)
{
    size_t digits;

    text += *text == '-';
    digits = strspn(text, "0123456789");
    text += digits;
    if (digits > 0 && text[0] == '.' && str_is_digit(text[1]))
        text += 1 + strspn(text + 1, "0123456789");
    return digits > 0 && *text == '\0';
}

static enum reason
place(struct fill *fill, const struct buf *value, bool is_quoted)
{
    const char *text = value->len > 0 ? buf_text(value) : "";

    if (!is_quoted && (strlen(text) != value->len || !is_number(text))) {
        (void)snprintf(fill->why, TEMPLATE_WHY_MAX,
                       "a value that is no number stands outside of quotes in "
                       "an expectation");
        return REASON_SAVE_INVALID;
    }
    for (size_t i = 0; i < value->len; i++) {
        if (text[i] == '\'')
            (void)buf_add_char(&fill->out, '\'');
        (void)buf_add_char(&fill->out, text[i]);
    }
    return REASON_NONE;
}

/* `ref` is its `len` bytes: "${order}". */
static enum reason
add_value(struct fill *fill, const char *ref, size_t len, bool is_quoted)
{
    const struct scope_place where = {.context = TEMPLATE_IN_TEXT,
                                      .moment = &fill->moment};
    char *text = str_xndup(ref, len);
    struct template_error error;
    struct template *tpl = template_parse(text, &error);
    enum reason reason = REASON_LOCAL_CONFIG; /* compile_refs.c let none by */
    struct buf value;

    buf_init_wiping(&value, FILLED_MAX);
    if (tpl != NULL)
        reason = scope_expand(fill->scope, tpl, &where, &value, fill->why);
    if (reason == REASON_NONE)
        reason = place(fill, &value, is_quoted);
    buf_free(&value);
    template_free(tpl);
    free(text);
    return reason;
}

/* ---- one expectation ---- */

static enum reason
add_all(struct fill *fill, const char *at)
{
    enum reason reason = REASON_NONE;
    bool is_quoted = false;

    while (*at && reason == REASON_NONE) {
        size_t len = 1;

        if (str_starts(at, ESCAPE)) {
            len = strlen(ESCAPE);
            (void)buf_add_str(&fill->out, "${");
        } else if (str_starts(at, "${")) {
            len = ref_text_len(at);
            reason = add_value(fill, at, len, is_quoted);
        } else {
            is_quoted = is_quoted != (*at == '\'');
            (void)buf_add_char(&fill->out, *at);
        }
        at += len;
    }
    return reason;
}

static struct expr *
read_filled(struct fill *fill, enum reason *reason)
{
    size_t count;
    const struct expr_subject *table = subject_table(SPEC_HTTP, &count);
    struct expr_error error = {0};
    struct expr *expr = fill->out.failed ? NULL
                                         : expr_parse(buf_text(&fill->out),
                                                      table, count, &error);

    if (expr == NULL) {
        *reason = REASON_SAVE_INVALID;
        (void)snprintf(fill->why, TEMPLATE_WHY_MAX,
                       "with its values an expectation cannot be read");
    }
    return expr;
}

struct expr *
expect_fill(struct scope *scope, const struct expr *expr, enum reason *reason,
            char why[TEMPLATE_WHY_MAX])
{
    struct fill fill = {
        .scope = scope,
        .moment = template_moment(loop_wall(scope->engine->loop)),
    };
    struct expr *filled = NULL;

    fill.why = why;
    buf_init_wiping(&fill.out, FILLED_MAX);
    *reason = add_all(&fill, expr_text(expr));
    if (*reason == REASON_NONE)
        filled = read_filled(&fill, reason);
    if (filled != NULL)
        expr_show_as(filled, expr);
    buf_free(&fill.out);
    return filled;
}

/* ---- all of them ---- */

/* Those that need no value are `from`'s own. */
static enum reason
fill_list(struct scope *scope, const struct spec_exprs *from,
          struct spec_exprs *to, char why[TEMPLATE_WHY_MAX])
{
    enum reason reason = REASON_NONE;

    to->item = str_xcalloc(from->count + 1, sizeof(to->item[0]));
    for (size_t i = 0; i < from->count && reason == REASON_NONE; i++) {
        struct expr *expr = from->item[i];

        if (expect_fill_is_needed(expr))
            expr = expect_fill(scope, expr, &reason, why);
        if (expr != NULL)
            to->item[to->count++] = expr;
    }
    return reason;
}

/* And what was expected is again what it says in the configuration. */
static void
drop_list(const struct spec_exprs *from, struct spec_exprs *list,
          struct look *look)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->item[i] == from->item[i])
            continue;
        if (look->expected == expr_text(list->item[i]))
            look->expected = expr_text(from->item[i]);
        expr_free(list->item[i]);
    }
    free(list->item);
}

void
expect_fill_judge(struct look *look, struct scope *scope,
                  const struct spec_exprs *expect,
                  const struct spec_exprs *degraded_when)
{
    char why[TEMPLATE_WHY_MAX] = "";
    struct spec_exprs hard = {0};
    struct spec_exprs soft = {0};
    enum reason reason = fill_list(scope, expect, &hard, why);

    if (reason == REASON_NONE)
        reason = fill_list(scope, degraded_when, &soft, why);
    if (reason == REASON_NONE)
        expect_judge(look, &hard, &soft);
    else
        look_fault(look, reason, "%s", why);
    drop_list(expect, &hard, look);
    drop_list(degraded_when, &soft, look);
}
