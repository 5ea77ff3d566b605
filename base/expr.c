/* expr.c - a parsed expectation as an object: what it asks, and its end. */
#include "base/expr.h"

#include <stdlib.h>

#include "base/expr_priv.h"
#include "base/regex.h"
#include "base/str.h"

static void
free_clause(struct expr_clause *clause)
{
    for (size_t i = 0; i < clause->literal_count; i++)
        expr_literal_free(&clause->literals[i]);
    free(clause->literals);
    regex_free(clause->regex);
    free(clause->arg);
    free(clause->shown);
}

static void
free_nodes(struct expr_node *node)
{
    while (node != NULL) {
        struct expr_node *next = node->next;

        free_nodes(node->first);
        free_clause(&node->clause);
        free(node);
        node = next;
    }
}

void
expr_free(struct expr *expr)
{
    if (expr == NULL)
        return;
    free_nodes(expr->root);
    free(expr->text);
    free(expr);
}

void
expr_set_text(struct expr *expr, const char *text)
{
    char *copy = str_xdup(text);

    free(expr->text);
    expr->text = copy;
}

const char *
expr_text(const struct expr *expr)
{
    return expr->text;
}

static bool
nodes_use(const struct expr_node *node, const char *subject)
{
    for (; node != NULL; node = node->next) {
        if (node->kind == EXPR_CLAUSE &&
            str_eq(node->clause.subject->name, subject))
            return true;
        if (nodes_use(node->first, subject))
            return true;
    }
    return false;
}

bool
expr_uses(const struct expr *expr, const char *subject)
{
    return nodes_use(expr->root, subject);
}
