/*
 * Three truths: true, false and broken (absent, wrong type, unanswerable).
 * Clauses are asked from left to right until the answer stands; a broken one
 * that is reached ends everything, so `not` cannot turn it into true, while
 * `header x exists and header x == 'a'` never reaches the second without the
 * first.
 *
 * The message is written while the tree is walked: each node leaves its text
 * behind the text that was there when it began.  `and` keeps the operand that
 * ended it, `or` that failed keeps them all: none of them alone is the reason.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/expr_priv.h"
#include "base/expr_show.h"
#include "base/str.h"

struct eval {
    const struct expr_world *world;
    struct expr_verdict *verdict;
    struct expr_out out; /* into verdict->message */
    bool is_negated;     /* under an odd number of `not` */
};

static enum expr_truth eval_node(struct eval *e, const struct expr_node *node);

static void
cut_back(struct eval *e, size_t len)
{
    e->out.len = len;
    e->out.is_full = false;
    e->out.to[len] = '\0';
}

static void
write_message(struct eval *e, const struct expr_values *values)
{
    char more[40];

    if (e->out.len > 0)
        expr_show_add(&e->out, "; ");
    if (e->is_negated)
        expr_show_add(&e->out, "not ");
    expr_show_add(&e->out, values->clause->shown);
    expr_show_add(&e->out, ": ");
    if (values->count == 0 && !values->is_broken)
        expr_show_add(&e->out, "absent");
    else
        expr_show_add(&e->out, values->seen);
    if (values->count < 2 || values->is_broken ||
        values->clause->op == EXPR_OP_EXISTS)
        return;
    snprintf(more, sizeof(more), " and %zu more", values->count - 1);
    expr_show_add(&e->out, more);
}

static enum expr_truth
eval_clause(struct eval *e, const struct expr_clause *clause)
{
    struct expr_values values = {.clause = clause, .world = e->world};

    e->world->lookup(e->world->cookie, clause->subject, clause->arg, &values);
    e->verdict->subject = clause->subject;
    e->verdict->match_at =
        values.span.end > 0 ? (int64_t)values.span.start : -1;
    e->verdict->match_len = (int64_t)(values.span.end - values.span.start);
    write_message(e, &values);
    return expr_values_truth(&values);
}

static enum expr_truth
eval_and(struct eval *e, const struct expr_node *node)
{
    const size_t start = e->out.len;
    enum expr_truth truth = EXPR_TRUE;

    for (const struct expr_node *n = node->first;
         n != NULL && truth == EXPR_TRUE; n = n->next) {
        cut_back(e, start);
        truth = eval_node(e, n);
    }
    return truth;
}

/* What begins at `from` moves down to `to`. */
static void
keep_last(struct eval *e, size_t to, size_t from)
{
    static const char join[] = "; ";
    size_t skip = to == 0 && str_starts(e->out.to + from, join) ? 2 : 0;

    if (to == from)
        return;
    from += skip;
    memmove(e->out.to + to, e->out.to + from, e->out.len - from + 1);
    e->out.len -= from - to;
}

static enum expr_truth
eval_or(struct eval *e, const struct expr_node *node)
{
    const size_t start = e->out.len;
    const struct expr_subject *first = NULL;

    for (const struct expr_node *n = node->first; n != NULL; n = n->next) {
        size_t before = 0;
        enum expr_truth truth = EXPR_FALSE;

        /* The next one may be what decides: leave it room. */
        if (e->out.len > EXPR_MESSAGE_MAX / 2) {
            cut_back(e, start);
            first = NULL;
        }
        before = e->out.len;
        truth = eval_node(e, n);
        if (truth != EXPR_FALSE) {
            keep_last(e, start, before);
            return truth;
        }
        first = first != NULL ? first : e->verdict->subject;
    }
    e->verdict->subject = first;
    return EXPR_FALSE;
}

static enum expr_truth
eval_not(struct eval *e, const struct expr_node *node)
{
    enum expr_truth truth = EXPR_BROKEN;

    e->is_negated = !e->is_negated;
    truth = eval_node(e, node->first);
    e->is_negated = !e->is_negated;
    if (truth == EXPR_BROKEN)
        return EXPR_BROKEN;
    return truth == EXPR_TRUE ? EXPR_FALSE : EXPR_TRUE;
}

/* Recursion is bounded by EXPR_DEPTH_MAX. */
static enum expr_truth
eval_node(struct eval *e, const struct expr_node *node)
{
    switch (node->kind) {
    case EXPR_AND:
        return eval_and(e, node);
    case EXPR_OR:
        return eval_or(e, node);
    case EXPR_NOT:
        return eval_not(e, node);
    case EXPR_CLAUSE:
        break;
    }
    return eval_clause(e, &node->clause);
}

void
expr_eval(const struct expr *expr, expr_lookup_fn *lookup, void *cookie,
          struct expr_verdict *verdict)
{
    struct expr_world world = {.lookup = lookup, .cookie = cookie};

    expr_eval_clean(expr, &world, verdict);
}

void
expr_eval_clean(const struct expr *expr, const struct expr_world *world,
                struct expr_verdict *verdict)
{
    struct eval e = {.world = world,
                     .verdict = verdict,
                     .out = expr_show(verdict->message, EXPR_MESSAGE_MAX)};

    assert(world->lookup != NULL);
    verdict->subject = NULL;
    verdict->match_at = -1;
    verdict->match_len = 0;
    verdict->holds = eval_node(&e, expr->root) == EXPR_TRUE;
    assert(verdict->subject != NULL);
}
