/*
 * The grammar, loosest first:
 *
 *     expectation = and-chain *("or" and-chain)
 *     and-chain   = operand *("and" operand)
 *     operand     = "not" operand | "(" expectation ")" | clause
 *     clause      = ["every"] SUBJECT [ARG] OP VALUE
 *                 | SUBJECT [ARG] "in" VALUE *VALUE
 *                 | SUBJECT [ARG] "exists" | FLAG
 *
 * A function for each row.  The first error wins and everything unwinds; its
 * place is a word of the text, so that a caller can put a caret under it.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/expr_lex.h"
#include "base/expr_priv.h"
#include "base/expr_show.h"
#include "base/expr_slip.h"
#include "base/jsonpath.h"
#include "base/regex.h"
#include "base/str.h"

#define BIT(type) (1U << (type))
#define NUMBERS                                                                \
    (BIT(EXPR_INT) | BIT(EXPR_DECIMAL) | BIT(EXPR_DURATION) | BIT(EXPR_SIZE) | \
     BIT(EXPR_ANY))
#define TEXTS  (BIT(EXPR_TEXT) | BIT(EXPR_ANY))
#define VALUES (NUMBERS | TEXTS | BIT(EXPR_ADDRESS))

struct op_row {
    const char *name;
    enum expr_op op;
    unsigned types;
    const char *asks;
};

static const struct op_row ops[] = {
    {"==", EXPR_OP_EQ, VALUES, "a value"},
    {"!=", EXPR_OP_NE, VALUES, "a value"},
    {"<", EXPR_OP_LT, NUMBERS, "a number"},
    {"<=", EXPR_OP_LE, NUMBERS, "a number"},
    {">", EXPR_OP_GT, NUMBERS, "a number"},
    {">=", EXPR_OP_GE, NUMBERS, "a number"},
    {"contains", EXPR_OP_CONTAINS, TEXTS, "text"},
    {"starts", EXPR_OP_STARTS, TEXTS, "text"},
    {"ends", EXPR_OP_ENDS, TEXTS, "text"},
    {"~", EXPR_OP_MATCHES, TEXTS, "text"},
    {"in", EXPR_OP_IN, VALUES, "a value"},
    {"exists", EXPR_OP_EXISTS, VALUES | BIT(EXPR_FLAG), "anything"},
};

#define OPS (sizeof(ops) / sizeof(ops[0]))

static struct expr_node *parse_chain(struct expr_parse *p, enum expr_kind kind);

static const char *
type_name(enum expr_type type)
{
    static const char *const names[] = {
        [EXPR_INT] = "a number",        [EXPR_DECIMAL] = "a number",
        [EXPR_DURATION] = "a duration", [EXPR_SIZE] = "a size",
        [EXPR_TEXT] = "text",           [EXPR_FLAG] = "a flag",
        [EXPR_ADDRESS] = "an address",  [EXPR_ANY] = "any value",
    };

    return names[type];
}

/* ---- small steps ---- */

static struct expr_word
peek(const struct expr_parse *p)
{
    struct expr_lex ahead = p->lex;

    return expr_lex_name(&ahead);
}

static bool
take_word(struct expr_parse *p, const char *text)
{
    if (!expr_lex_is(&p->lex, peek(p), text))
        return false;
    (void)expr_lex_name(&p->lex);
    return true;
}

static const struct op_row *
find_op(const struct expr_parse *p, struct expr_word word)
{
    for (size_t i = 0; i < OPS; i++)
        if (expr_lex_is(&p->lex, word, ops[i].name))
            return &ops[i];
    return NULL;
}

static bool
is_operator(const struct expr_parse *p, struct expr_word word)
{
    return word.kind == EXPR_W_SYMBOL || find_op(p, word) != NULL;
}

/* and, or, ) and the end close a clause. */
static bool
is_joint(const struct expr_parse *p, struct expr_word word)
{
    return word.kind == EXPR_W_END || word.kind == EXPR_W_CLOSE ||
           expr_lex_is(&p->lex, word, "and") ||
           expr_lex_is(&p->lex, word, "or");
}

/* ---- subjects ---- */

/* True when the words of `name` stand at lex; moves lex behind them. */
static bool
match_words(struct expr_lex *lex, const char *name)
{
    struct expr_lex at = *lex;

    while (*name != '\0') {
        size_t len = strcspn(name, " ");
        struct expr_word word = expr_lex_name(&at);

        if (word.kind != EXPR_W_NAME || word.len != len ||
            memcmp(at.text + word.offset, name, len) != 0)
            return false;
        name += len + (name[len] == ' ' ? 1 : 0);
    }
    *lex = at;
    return true;
}

/* The longest name wins: `serial agrees` over `serial`. */
static const struct expr_subject *
find_subject(struct expr_parse *p)
{
    const struct expr_subject *best = NULL;
    struct expr_lex end = p->lex;

    for (size_t i = 0; i < p->count; i++) {
        struct expr_lex at = p->lex;

        if (match_words(&at, p->table[i].name) && at.at > end.at) {
            best = &p->table[i];
            end = at;
        }
    }
    p->lex = end;
    return best;
}

/* ---- arguments ---- */

static void
parse_path_arg(struct expr_parse *p, struct expr_clause *clause)
{
    struct expr_word word = expr_lex_path(&p->lex);
    struct expr_word at = word;
    size_t offset = 0;
    char why[100];
    struct jsonpath *path = NULL;

    if (word.kind != EXPR_W_NAME || p->lex.text[word.offset] != '$') {
        expr_slip_set(p, word, "for example: json $.items[0].price >= 0",
                      "`%s` needs a path that begins with `$`",
                      clause->subject->name);
        return;
    }
    clause->arg = expr_lex_text(&p->lex, word);
    path = jsonpath_parse(clause->arg, &offset, why, sizeof(why));
    if (path == NULL) {
        at.offset += offset < word.len ? offset : word.len;
        at.len = 1;
        expr_slip_set(p, at, "paths are those of RFC 9535", "in the path: %s",
                      why);
    }
    jsonpath_free(path);
}

static void
parse_word_arg(struct expr_parse *p, struct expr_clause *clause)
{
    struct expr_word word = expr_lex_name(&p->lex);
    char hint[sizeof(p->error->hint)];

    /* `header contains 'x'`: an operator, and no other behind it. */
    if ((word.kind == EXPR_W_NAME && !is_joint(p, word) &&
         (!is_operator(p, word) || is_operator(p, peek(p)))) ||
        word.kind == EXPR_W_STRING) {
        clause->arg = expr_lex_text(&p->lex, word);
        return;
    }
    snprintf(hint, sizeof(hint), "for example: %s NAME exists",
             clause->subject->name);
    expr_slip_set(p, word, hint, "`%s` needs a name before %s",
                  clause->subject->name, expr_slip_quote(p, word).text);
}

static void
parse_arg(struct expr_parse *p, struct expr_clause *clause)
{
    switch (clause->subject->arg) {
    case EXPR_ARG_NONE:
        break;
    case EXPR_ARG_WORD:
        parse_word_arg(p, clause);
        break;
    case EXPR_ARG_JSONPATH:
        parse_path_arg(p, clause);
        break;
    }
}

/* ---- operators and values ---- */

static void
refuse_operator(struct expr_parse *p, struct expr_word word,
                const struct expr_subject *subject)
{
    const char *names[OPS];
    const char *slip = expr_slip_hint(p, word);
    char *wrote = expr_lex_text(&p->lex, word);
    char hint[sizeof(p->error->hint)] = "== != < <= > >= contains starts ends "
                                        "~ in exists";
    int found = -1;

    for (size_t i = 0; i < OPS; i++)
        names[i] = ops[i].name;
    if (word.kind == EXPR_W_NAME)
        found = str_nearest(wrote, names, OPS);
    free(wrote);
    if (slip != NULL)
        snprintf(hint, sizeof(hint), "%s", slip);
    else if (found >= 0)
        snprintf(hint, sizeof(hint), "did you mean `%s`?", names[found]);
    expr_slip_set(p, word, hint, "expected an operator after `%s`, found %s",
                  subject->name, expr_slip_quote(p, word).text);
}

static void
parse_operator(struct expr_parse *p, struct expr_clause *clause)
{
    const struct expr_subject *subject = clause->subject;
    struct expr_word word = peek(p);
    const struct op_row *row = find_op(p, word);
    char hint[sizeof(p->error->hint)] = "";

    clause->op = EXPR_OP_HOLDS;
    if (subject->type == EXPR_FLAG && is_joint(p, word))
        return;
    if (row == NULL && subject->type != EXPR_FLAG) {
        refuse_operator(p, word, subject);
        return;
    }
    if (row == NULL || (BIT(subject->type) & row->types) == 0) {
        if (subject->type == EXPR_FLAG)
            snprintf(hint, sizeof(hint), "write `%s` or `not %s`",
                     subject->name, subject->name);
        else if (subject->type == EXPR_ADDRESS)
            snprintf(hint, sizeof(hint), "write `%s in 192.0.2.0/24`",
                     subject->name);
        expr_slip_set(p, word, hint, "%s is %s: %s does not go with it",
                      subject->name, type_name(subject->type),
                      expr_slip_quote(p, word).text);
        return;
    }
    (void)expr_lex_name(&p->lex);
    clause->op = row->op;
    if (clause->op == EXPR_OP_EXISTS && clause->is_every)
        expr_slip_set(
            p, word, "leave out `every`",
            "`every` asks values, `exists` asks whether there is one");
}

/* The byte of the text where the content's byte `at` was written. */
static size_t
place_in_string(const struct expr_parse *p, struct expr_word word, size_t at)
{
    size_t offset = word.offset + 1;

    for (; at > 0 && offset < word.offset + word.len; at--)
        offset += p->lex.text[offset] == '\'' ? 2 : 1;
    return offset;
}

static void
compile_regex(struct expr_parse *p, struct expr_clause *clause,
              struct expr_word word)
{
    struct expr_word at = word;
    size_t offset = 0;
    char why[140];

    clause->regex =
        regex_compile(clause->literals[0].text, &offset, why, sizeof(why));
    if (clause->regex != NULL)
        return;
    at.offset = place_in_string(p, word, offset);
    at.len = 1;
    expr_slip_set(p, at, "", "in the pattern: %s", why);
}

static void
parse_value(struct expr_parse *p, struct expr_clause *clause)
{
    struct expr_word word = expr_lex_value(&p->lex);
    struct expr_error error = {.offset = 0};
    struct expr_literal *literal = NULL;

    if (word.kind == EXPR_W_UNCLOSED)
        expr_slip_set(p, word, "a quote inside '...' is written twice: ''",
                      "the text is not closed by a quote");
    else if (word.kind != EXPR_W_STRING && word.kind != EXPR_W_NAME)
        expr_slip_set(p, word, "", "expected a value, found %s",
                      expr_slip_quote(p, word).text);
    else if (p->lex.text[word.offset] == '"')
        expr_slip_set(p, word, "write '...'",
                      "text stands in single quotes, not double ones");
    if (p->failed)
        return;
    clause->literals = str_xrealloc(
        clause->literals, (clause->literal_count + 1) * sizeof(*literal));
    literal = &clause->literals[clause->literal_count++];
    *literal = (struct expr_literal){.is_quoted = word.kind == EXPR_W_STRING};
    literal->text = expr_lex_text(&p->lex, word);
    if (expr_literal_parse(literal, clause->subject, clause->op, &error) != 0)
        expr_slip_set(p, word, error.hint, "%s", error.message);
    else if (clause->op == EXPR_OP_MATCHES)
        compile_regex(p, clause, word);
}

static void
parse_values(struct expr_parse *p, struct expr_clause *clause)
{
    const bool has_none =
        clause->op == EXPR_OP_HOLDS || clause->op == EXPR_OP_EXISTS;

    if (p->failed || has_none)
        return;
    do {
        parse_value(p, clause);
    } while (clause->op == EXPR_OP_IN && !p->failed && !is_joint(p, peek(p)));
}

/* ---- clauses ---- */

/* Behind a clause: and, or, ) or the end. */
static void
expect_joint(struct expr_parse *p)
{
    const size_t end = p->lex.at;
    struct expr_word word = peek(p);
    struct expr_lex at = p->lex;
    const char *hint = expr_slip_hint(p, word);
    struct expr_parse ahead = *p;

    if (p->failed || is_joint(p, word))
        return;
    if (hint == NULL && find_subject(&ahead) != NULL)
        hint = "join two expectations by `and` or `or`";
    else if (hint == NULL && word.offset == end && end > 0 &&
             p->lex.text[end - 1] == '\'')
        hint = "a quote inside '...' is written twice: ''";
    else if (hint == NULL)
        hint = "text with blanks stands in single quotes";
    word = expr_lex_value(&at);
    expr_slip_set(p, word, hint, "expected `and`, `or` or the end, found %s",
                  expr_slip_quote(p, word).text);
}

static struct expr_node *
create_node(enum expr_kind kind)
{
    struct expr_node *node = str_xcalloc(1, sizeof(*node));

    node->kind = kind;
    return node;
}

static struct expr_node *
parse_clause(struct expr_parse *p)
{
    struct expr_node *node = create_node(EXPR_CLAUSE);
    struct expr_clause *clause = &node->clause;
    const size_t start = peek(p).offset;

    clause->is_every = take_word(p, "every");
    clause->subject = find_subject(p);
    if (clause->subject == NULL) {
        expr_slip_subject(p);
        return node;
    }
    parse_arg(p, clause);
    if (!p->failed)
        parse_operator(p, clause);
    parse_values(p, clause);
    clause->at = start;
    clause->len = p->lex.at - start;
    clause->shown = expr_show_clause(p->lex.text + start, clause->len);
    expect_joint(p);
    return node;
}

/* ---- the tree ---- */

static struct expr_node *
parse_group(struct expr_parse *p)
{
    struct expr_word open = expr_lex_name(&p->lex);
    struct expr_node *node = parse_chain(p, EXPR_OR);
    struct expr_word close = peek(p);

    if (close.kind == EXPR_W_CLOSE)
        (void)expr_lex_name(&p->lex);
    else
        expr_slip_set(p, open, "", "the parenthesis is not closed");
    expect_joint(p);
    return node;
}

static struct expr_node *
parse_operand(struct expr_parse *p)
{
    struct expr_word word = peek(p);
    bool is_not = expr_lex_is(&p->lex, word, "not");
    struct expr_node *node = NULL;

    if (!is_not && word.kind != EXPR_W_OPEN)
        return parse_clause(p);
    if (p->depth == EXPR_DEPTH_MAX) {
        expr_slip_set(p, word, "", "nested deeper than %d", EXPR_DEPTH_MAX);
        return NULL;
    }
    p->depth++;
    if (is_not) {
        (void)expr_lex_name(&p->lex);
        node = create_node(EXPR_NOT);
        node->first = parse_operand(p);
    } else {
        node = parse_group(p);
    }
    p->depth--;
    return node;
}

/* EXPR_OR or EXPR_AND; a chain of one is that one. */
static struct expr_node *
parse_chain(struct expr_parse *p, enum expr_kind kind)
{
    const char *joint = kind == EXPR_OR ? "or" : "and";
    struct expr_node *first = NULL;
    struct expr_node **link = &first;
    struct expr_node *chain = NULL;

    do {
        *link = kind == EXPR_OR ? parse_chain(p, EXPR_AND) : parse_operand(p);
        link = *link != NULL ? &(*link)->next : link;
    } while (!p->failed && take_word(p, joint));
    if (first == NULL || first->next == NULL)
        return first;
    chain = create_node(kind);
    chain->first = first;
    return chain;
}

static void
check_text(struct expr_parse *p)
{
    struct expr_word all = {.offset = 0, .len = 1};

    if (p->lex.len > EXPR_TEXT_MAX)
        expr_slip_set(p, all, "", "the expectation is over %d bytes",
                      EXPR_TEXT_MAX);
    else if (!str_is_utf8(p->lex.text, p->lex.len))
        expr_slip_set(p, all, "", "the expectation is not UTF-8");
}

struct expr *
expr_parse(const char *text, const struct expr_subject *table, size_t count,
           struct expr_error *error)
{
    struct expr_parse p = {.lex = {.text = text, .len = strlen(text)},
                           .table = table,
                           .count = count,
                           .error = error};
    struct expr *expr = NULL;
    struct expr_word end;

    assert(table != NULL && error != NULL);
    memset(error, 0, sizeof(*error));
    check_text(&p);
    if (p.failed)
        return NULL;
    expr = str_xcalloc(1, sizeof(*expr));
    expr->text = str_xdup(text);
    expr->root = parse_chain(&p, EXPR_OR);
    end = peek(&p);
    if (!p.failed && end.kind != EXPR_W_END)
        expr_slip_set(&p, end, "", "this parenthesis was not opened");
    if (!p.failed)
        return expr;
    expr_free(expr);
    return NULL;
}
