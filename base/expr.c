/* expr.c - a parsed expectation as an object: what it asks, and its end. */
#include "base/expr.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/expr_priv.h"
#include "base/expr_show.h"
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

static void
show_nodes_of(struct expr_node *node, const char *text)
{
    for (; node != NULL; node = node->next) {
        struct expr_clause *clause = &node->clause;

        show_nodes_of(node->first, text);
        if (node->kind != EXPR_CLAUSE)
            continue;
        free(clause->shown);
        clause->shown = expr_show_clause(text + clause->at, clause->len);
    }
}

void
expr_set_text(struct expr *expr, const char *text)
{
    char *copy = str_xdup(text);

    assert(strlen(copy) == strlen(expr->text));
    free(expr->text);
    expr->text = copy;
    show_nodes_of(expr->root, copy);
}

static void
show_nodes_as(struct expr_node *node, const struct expr_node *written)
{
    for (; node != NULL && written != NULL;
         node = node->next, written = written->next) {
        show_nodes_as(node->first, written->first);
        if (node->kind != EXPR_CLAUSE || written->kind != EXPR_CLAUSE)
            continue;
        free(node->clause.shown);
        node->clause.shown = str_xdup(written->clause.shown);
    }
}

void
expr_show_as(struct expr *expr, const struct expr *written)
{
    show_nodes_as(expr->root, written->root);
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
