/*
 * Nothing is collected: each value is judged against the clause the moment it
 * is found, and only the one that decides is kept, as shown text.  So a lookup
 * may hand out texts that die when it returns, and ten thousand values cost no
 * memory.
 *
 * Of several values one hit is enough; under `every`, and for `!=` (which is
 * not (a == v)), one miss decides.  A value of the wrong type breaks the
 * clause whatever the others are.
 */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/expr_priv.h"
#include "base/expr_show.h"
#include "base/regex.h"
#include "base/str.h"

#define CLEANED_MAX (8 * EXPR_CLEAN_MAX) /* what is hidden has a name */

enum match { MATCH_NO, MATCH_YES, MATCH_TYPE, MATCH_LIMIT };

static bool
is_text_search(enum expr_op op)
{
    return op == EXPR_OP_CONTAINS || op == EXPR_OP_STARTS ||
           op == EXPR_OP_ENDS || op == EXPR_OP_MATCHES;
}

static bool
is_equal_text(const struct expr_value *a, const struct expr_value *b)
{
    return a->len == b->len &&
           (a->len == 0 || memcmp(a->text, b->text, a->len) == 0);
}

/* null is a value of every JSON type: `json $.a != null` is a question about
 * $.a whatever it holds. */
static enum match
match_equal(const struct expr_value *v, const struct expr_value *literal)
{
    if (literal->type == EXPR_V_NULL)
        return v->type == EXPR_V_NULL ? MATCH_YES : MATCH_NO;
    if (v->type != literal->type)
        return MATCH_TYPE;
    switch (v->type) {
    case EXPR_V_NUM:
        return expr_literal_cmp(v, literal) == 0 ? MATCH_YES : MATCH_NO;
    case EXPR_V_TEXT:
        return is_equal_text(v, literal) ? MATCH_YES : MATCH_NO;
    case EXPR_V_BOOL:
        return v->flag == literal->flag ? MATCH_YES : MATCH_NO;
    case EXPR_V_NULL:
        break;
    }
    return MATCH_YES;
}

static enum match
match_address(const struct expr_value *v, const struct expr_literal *literal)
{
    struct expr_net address;
    int bits = 0;

    if (v->type != EXPR_V_TEXT ||
        expr_literal_net(&address, v->text, v->len) != 0)
        return MATCH_TYPE;
    bits = address.family == literal->net.family ? literal->net.prefix : -1;
    return bits >= 0 && expr_literal_in_net(&literal->net, &address) ? MATCH_YES
                                                                     : MATCH_NO;
}

/* ==, != and each of in: one that equals is enough; the type is wrong only
 * when it is wrong for all of them. */
static enum match
match_any_of(const struct expr_clause *c, const struct expr_value *v)
{
    enum match result = MATCH_TYPE;

    for (size_t i = 0; i < c->literal_count; i++) {
        enum match one = c->subject->type == EXPR_ADDRESS
                             ? match_address(v, &c->literals[i])
                             : match_equal(v, &c->literals[i].value);

        if (one == MATCH_YES)
            return MATCH_YES;
        if (one == MATCH_NO)
            result = MATCH_NO;
    }
    return result;
}

static enum match
match_order(const struct expr_clause *c, const struct expr_value *v)
{
    int cmp = 0;
    bool holds = false;

    if (v->type != EXPR_V_NUM)
        return MATCH_TYPE;
    cmp = expr_literal_cmp(v, &c->literals[0].value);
    if (c->op == EXPR_OP_LT)
        holds = cmp < 0;
    else if (c->op == EXPR_OP_LE)
        holds = cmp <= 0;
    else if (c->op == EXPR_OP_GT)
        holds = cmp > 0;
    else
        holds = cmp >= 0;
    return holds ? MATCH_YES : MATCH_NO;
}

static enum match
match_regex(const struct expr_clause *c, const struct expr_value *v,
            struct expr_span *span)
{
    switch (regex_match(c->regex, v->text, v->len, &span->start, &span->end)) {
    case REGEX_YES:
        return MATCH_YES;
    case REGEX_NO:
        return MATCH_NO;
    case REGEX_LIMIT:
        break;
    }
    return MATCH_LIMIT;
}

/* Where `want` stands in `v` as the operator asks; NULL: it does not. */
static const char *
find_text(enum expr_op op, const struct expr_value *v,
          const struct expr_value *want)
{
    const char *at = v->text;

    if (op == EXPR_OP_CONTAINS)
        return str_find(v->text, v->len, want->text, want->len);
    if (op == EXPR_OP_ENDS)
        at += v->len - want->len;
    return memcmp(at, want->text, want->len) == 0 ? at : NULL;
}

static enum match
match_text(const struct expr_clause *c, const struct expr_value *v,
           struct expr_span *span)
{
    const struct expr_value *want = &c->literals[0].value;
    const char *at;

    if (v->type != EXPR_V_TEXT)
        return MATCH_TYPE;
    if (c->op == EXPR_OP_MATCHES)
        return match_regex(c, v, span);
    if (want->len == 0)
        return MATCH_YES;
    if (want->len > v->len)
        return MATCH_NO;
    at = find_text(c->op, v, want);
    if (at == NULL)
        return MATCH_NO;
    span->start = (size_t)(at - v->text);
    span->end = span->start + want->len;
    return MATCH_YES;
}

static enum match
match(const struct expr_clause *c, const struct expr_value *v,
      struct expr_span *span)
{
    if (v->type == EXPR_V_NUM && v->is_decimal && isnan(v->decimal))
        return c->op == EXPR_OP_EXISTS ? MATCH_YES : MATCH_TYPE;
    switch (c->op) {
    case EXPR_OP_EXISTS:
        return MATCH_YES;
    case EXPR_OP_HOLDS:
        if (v->type != EXPR_V_BOOL)
            return MATCH_TYPE;
        return v->flag ? MATCH_YES : MATCH_NO;
    case EXPR_OP_EQ:
    case EXPR_OP_NE:
    case EXPR_OP_IN:
        return match_any_of(c, v);
    case EXPR_OP_LT:
    case EXPR_OP_LE:
    case EXPR_OP_GT:
    case EXPR_OP_GE:
        return match_order(c, v);
    case EXPR_OP_CONTAINS:
    case EXPR_OP_STARTS:
    case EXPR_OP_ENDS:
    case EXPR_OP_MATCHES:
        break;
    }
    return match_text(c, v, span);
}

/* One miss decides rather than one hit. */
static bool
asks_all(const struct expr_clause *c)
{
    return c->is_every || c->op == EXPR_OP_NE;
}

static const char *
wanted(const struct expr_clause *c)
{
    if (c->op == EXPR_OP_HOLDS)
        return "a flag";
    if (c->subject->type == EXPR_ADDRESS)
        return "an address";
    if (is_text_search(c->op))
        return "a string";
    if (c->literal_count == 0)
        return "a number";
    switch (c->literals[0].value.type) {
    case EXPR_V_TEXT:
        return "a string";
    case EXPR_V_BOOL:
        return "true or false";
    case EXPR_V_NUM:
    case EXPR_V_NULL:
        break;
    }
    return "a number";
}

/* Cleaned while it is whole, or as good as that. */
static void
show_value(const struct expr_values *values, struct expr_out *out,
           const struct expr_value *v)
{
    const struct expr_world *world = values->world;
    struct expr_quote quote = {.whole = v->len};
    struct buf clean;

    if (v->type != EXPR_V_TEXT || world == NULL || world->clean == NULL) {
        expr_show_value(out, values->clause->subject->type, v);
        return;
    }
    buf_init(&clean, CLEANED_MAX);
    quote.is_a_begin = v->len > EXPR_CLEAN_MAX;
    world->clean(world->cookie, v->text,
                 quote.is_a_begin ? EXPR_CLEAN_MAX : v->len, &clean);
    quote.text = buf_text(&clean);
    quote.len = clean.len;
    expr_show_quote(out, &quote);
    buf_free(&clean);
}

static void
show_wrong_type(struct expr_values *values, const struct expr_value *v)
{
    struct expr_out out = expr_show(values->seen, sizeof(values->seen));

    expr_show_add(&out, "is ");
    if (v->type == EXPR_V_TEXT && v->is_tree)
        expr_show_add(&out, v->text[0] == '{' ? "an object " : "an array ");
    else if (v->type == EXPR_V_TEXT)
        expr_show_add(&out, "a string ");
    else if (v->type == EXPR_V_NUM)
        expr_show_add(&out, "a number ");
    show_value(values, &out, v);
    expr_show_add(&out, ", not ");
    expr_show_add(&out, wanted(values->clause));
}

static void
show_seen(struct expr_values *values, const struct expr_value *v)
{
    struct expr_out out = expr_show(values->seen, sizeof(values->seen));

    /* Existence is not a reason to print a cookie. */
    if (values->clause->op == EXPR_OP_EXISTS) {
        expr_show_add(&out, "present");
        return;
    }
    if (values->clause->op != EXPR_OP_HOLDS)
        expr_show_add(&out, "got ");
    show_value(values, &out, v);
}

void
expr_values_fault(struct expr_values *values, const char *why)
{
    struct expr_out out;

    if (values->is_broken)
        return;
    values->is_broken = true;
    out = expr_show(values->seen, sizeof(values->seen));
    (void)expr_show_text(&out, why, strlen(why), EXPR_SEEN_MAX);
}

void
expr_values_add(struct expr_values *values, const struct expr_value *v)
{
    struct expr_span span = {0, 0};
    enum match result = MATCH_NO;
    bool is_hit = false;
    bool decides = false;

    values->count++;
    if (values->is_broken)
        return;
    result = match(values->clause, v, &span);
    if (result == MATCH_TYPE) {
        show_wrong_type(values, v);
        values->is_broken = true;
        return;
    }
    if (result == MATCH_LIMIT) {
        expr_values_fault(values, "the pattern takes too many steps here");
        return;
    }
    is_hit = (result == MATCH_YES) != (values->clause->op == EXPR_OP_NE);
    decides = asks_all(values->clause) ? !is_hit && !values->has_miss
                                       : is_hit && !values->has_hit;
    if (values->count == 1 || decides) {
        show_seen(values, v);
        values->span = span;
    }
    values->has_hit |= is_hit;
    values->has_miss |= !is_hit;
}

void
expr_values_int(struct expr_values *values, int64_t num)
{
    expr_values_add(values,
                    &(struct expr_value){.type = EXPR_V_NUM, .num = num});
}

void
expr_values_text(struct expr_values *values, const char *text, size_t len)
{
    expr_values_add(values,
                    &(struct expr_value){.type = EXPR_V_TEXT,
                                         .text = text != NULL ? text : "",
                                         .len = text != NULL ? len : 0});
}

void
expr_values_flag(struct expr_values *values, bool flag)
{
    expr_values_add(values,
                    &(struct expr_value){.type = EXPR_V_BOOL, .flag = flag});
}

enum expr_truth
expr_values_truth(const struct expr_values *values)
{
    bool holds = false;

    if (values->is_broken)
        return EXPR_BROKEN;
    if (values->count == 0)
        return values->clause->op == EXPR_OP_EXISTS ? EXPR_FALSE : EXPR_BROKEN;
    holds = asks_all(values->clause) ? !values->has_miss : values->has_hit;
    return holds ? EXPR_TRUE : EXPR_FALSE;
}
