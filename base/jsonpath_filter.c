/*
 * Conditions are RFC 9535, 2.3.5.1, and the types of section 2.4:
 *
 *     condition = all *(S "||" S all)
 *     all       = basic *(S "&&" S basic)
 *     basic     = ["!" S] "(" S condition S ")"
 *               | operand S op S operand
 *               | ["!" S] path | ["!" S] call
 *     operand   = literal | singular path | call
 *     call      = name "(" S [argument *(S "," S argument)] S ")"
 *
 * What is well-formed may still make no sense: a comparison of many nodes with
 * one value, length() of a condition.  Such a path is refused here, where a
 * person sees it, and no evaluation ever meets one: there is no fault of types
 * at run time, only values that differ.  No function here takes a condition
 * (LogicalType), so an argument that goes on with an operator is refused too.
 *
 * A pattern written as a literal must be an I-Regexp.  The RFC would let it
 * match nothing for ever; `\d` is not one, and whoever wrote it should hear it.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonpath.h"
#include "base/jsonpath_cursor.h"
#include "base/jsonpath_priv.h"
#include "base/regex.h"
#include "base/str.h"

#define WORD_MAX 24 /* longer than any function's name */

/* 2.4.1 */
enum sort { SORT_VALUE, SORT_LOGICAL, SORT_NODES };

static const struct function {
    const char *name;
    enum jsonpath_op op;
    enum sort result;
    enum sort takes;
    int count; /* of arguments, each of the sort above */
} functions[] = {
    {"length", JSONPATH_LENGTH, SORT_VALUE, SORT_VALUE, 1},
    {"count", JSONPATH_COUNT, SORT_VALUE, SORT_NODES, 1},
    {"match", JSONPATH_MATCH, SORT_LOGICAL, SORT_VALUE, 2},
    {"search", JSONPATH_SEARCH, SORT_LOGICAL, SORT_VALUE, 2},
    {"value", JSONPATH_VALUE, SORT_VALUE, SORT_NODES, 1},
};

#define FUNCTION_COUNT (sizeof(functions) / sizeof(functions[0]))

static struct jsonpath_term *parse_or(struct jsonpath_cursor *c);
static struct jsonpath_term *parse_operand(struct jsonpath_cursor *c);

void
jsonpath_filter_free(struct jsonpath_term *term)
{
    while (term != NULL) {
        struct jsonpath_term *next = term->next;

        jsonpath_filter_free(term->first);
        jsonpath_free(term->query);
        regex_free(term->pattern.regex);
        free(term->text);
        free(term);
        term = next;
    }
}

static struct jsonpath_term *
make_term(enum jsonpath_op op, size_t at)
{
    struct jsonpath_term *term = str_xcalloc(1, sizeof(*term));

    term->op = op;
    term->at = at;
    return term;
}

/* NULL: no call of a function. */
static const struct function *
function_of(const struct jsonpath_term *term)
{
    for (size_t i = 0; i < FUNCTION_COUNT; i++)
        if (functions[i].op == term->op)
            return &functions[i];
    return NULL;
}

/* ---- literals ---- */

static bool
take_digits(struct jsonpath_cursor *c)
{
    size_t start = c->at;

    while (str_is_digit(jsonpath_cursor_peek(c, 0)))
        c->at++;
    return c->at > start;
}

/* Past a number as JSON has it; false: it is none. */
static bool
take_number(struct jsonpath_cursor *c, bool *is_decimal)
{
    size_t digits = 0;

    (void)jsonpath_cursor_take(c, "-");
    digits = c->at;
    if (!take_digits(c) || (c->text[digits] == '0' && c->at - digits > 1))
        return false;
    if (jsonpath_cursor_take(c, ".")) {
        *is_decimal = true;
        if (!take_digits(c))
            return false;
    }
    if (jsonpath_cursor_take(c, "e") || jsonpath_cursor_take(c, "E")) {
        *is_decimal = true;
        if (!jsonpath_cursor_take(c, "-"))
            (void)jsonpath_cursor_take(c, "+");
        return take_digits(c);
    }
    return true;
}

static void
parse_number(struct jsonpath_cursor *c, struct jsonpath_term *term)
{
    struct jsonpath_value *v = &term->literal;

    v->type = JSONPATH_NUMBER;
    if (!take_number(c, &v->is_decimal)) {
        jsonpath_cursor_fail(c, term->at, "not a number as JSON has it");
        return;
    }
    term->text = str_xndup(c->text + term->at, c->at - term->at);
    if (!v->is_decimal && str_parse_i64(term->text, &v->num) == 0)
        return;
    v->is_decimal = true;
    v->decimal = strtod(term->text, NULL); /* the process stays in C locale */
    if (!isfinite(v->decimal))
        jsonpath_cursor_fail(c, term->at, "the number is out of range");
}

static void
parse_text(struct jsonpath_cursor *c, struct jsonpath_term *term)
{
    struct jsonpath_value *v = &term->literal;

    v->type = JSONPATH_TEXT;
    term->text = jsonpath_cursor_get_text(c, &v->len);
    v->text = term->text;
}

/* ---- calls ---- */

static void
check_argument(struct jsonpath_cursor *c, const struct function *f,
               const struct jsonpath_term *argument)
{
    const struct function *inner = function_of(argument);
    int byte = 0;

    jsonpath_cursor_skip(c);
    byte = jsonpath_cursor_peek(c, 0);
    if (byte > 0 && strchr("=!<>&|", byte) != NULL)
        jsonpath_cursor_fail(c, argument->at, "%s() takes no condition",
                             f->name);
    else if (f->takes == SORT_NODES && argument->op != JSONPATH_QUERY)
        jsonpath_cursor_fail(c, argument->at, "%s() takes a path", f->name);
    else if (f->takes == SORT_NODES)
        return;
    else if (argument->op == JSONPATH_QUERY && !argument->query->is_singular)
        jsonpath_cursor_fail(c, argument->at,
                             "%s() takes one value: a path of single names "
                             "and indexes",
                             f->name);
    else if (inner != NULL && inner->result != SORT_VALUE)
        jsonpath_cursor_fail(c, argument->at,
                             "%s() takes a value, and %s() gives true or false",
                             f->name, inner->name);
}

static void
parse_argument(struct jsonpath_cursor *c, const struct function *f,
               struct jsonpath_term **argument)
{
    int byte = jsonpath_cursor_peek(c, 0);

    if (byte == '!' || byte == '(') {
        jsonpath_cursor_fail(c, c->at, "%s() takes no condition", f->name);
        return;
    }
    *argument = parse_operand(c);
    if (!c->failed)
        check_argument(c, f, *argument);
}

/* The second argument of match() and search(), when it is written out. */
static void
compile_pattern(struct jsonpath_cursor *c, struct jsonpath_term *call)
{
    const struct jsonpath_term *pattern = call->first->next;

    if (pattern->op != JSONPATH_LITERAL ||
        pattern->literal.type != JSONPATH_TEXT)
        return;
    call->pattern = jsonpath_iregexp_compile(pattern->literal.text,
                                             pattern->literal.len, call->op);
    if (call->pattern.regex == NULL)
        jsonpath_cursor_fail(c, pattern->at,
                             "byte %zu of the pattern, an I-Regexp: %s",
                             call->pattern.at, call->pattern.why);
}

/* After the parenthesis opened. */
static void
parse_arguments(struct jsonpath_cursor *c, const struct function *f,
                struct jsonpath_term *call)
{
    struct jsonpath_term **link = &call->first;
    int count = 0;

    jsonpath_cursor_skip(c);
    if (jsonpath_cursor_peek(c, 0) != ')') {
        do {
            jsonpath_cursor_skip(c);
            parse_argument(c, f, link);
            link = c->failed ? link : &(*link)->next;
            count++;
        } while (jsonpath_cursor_take(c, ","));
    }
    if (!jsonpath_cursor_take(c, ")"))
        jsonpath_cursor_fail(c, c->at, "expected `,` or `)` in %s()", f->name);
    if (count != f->count)
        jsonpath_cursor_fail(c, call->at, "%s() takes %d argument%s, not %d",
                             f->name, f->count, f->count == 1 ? "" : "s",
                             count);
    if (!c->failed && f->result == SORT_LOGICAL)
        compile_pattern(c, call);
}

static void
parse_call(struct jsonpath_cursor *c, struct jsonpath_term *term,
           const char *name)
{
    for (size_t i = 0; i < FUNCTION_COUNT; i++) {
        if (!str_eq(name, functions[i].name))
            continue;
        term->op = functions[i].op;
        jsonpath_cursor_push(c);
        parse_arguments(c, &functions[i], term);
        jsonpath_cursor_pop(c);
        return;
    }
    jsonpath_cursor_fail(c, term->at,
                         "unknown function %s(): there are length, count, "
                         "match, search, value",
                         name);
}

static bool
is_function(const char *word)
{
    for (size_t i = 0; i < FUNCTION_COUNT; i++)
        if (str_eq(word, functions[i].name))
            return true;
    return false;
}

/* true, false, null, or a function. */
static void
parse_word(struct jsonpath_cursor *c, struct jsonpath_term *term)
{
    char word[WORD_MAX] = "";
    size_t len = 0;
    int byte = jsonpath_cursor_peek(c, 0);

    while ((byte >= 'a' && byte <= 'z') || byte == '_' || str_is_digit(byte)) {
        if (len < sizeof(word) - 1)
            word[len++] = (char)byte;
        c->at++;
        byte = jsonpath_cursor_peek(c, 0);
    }
    if (jsonpath_cursor_take(c, "("))
        parse_call(c, term, word);
    else if (str_eq(word, "true"))
        term->literal.type = JSONPATH_TRUE;
    else if (str_eq(word, "false"))
        term->literal.type = JSONPATH_FALSE;
    else if (str_eq(word, "null"))
        term->literal.type = JSONPATH_NULL;
    else if (is_function(word))
        jsonpath_cursor_fail(c, c->at, "`(` stands right behind %s", word);
    else
        jsonpath_cursor_fail(c, term->at,
                             "`%s`: a path begins with @ or $, a text stands "
                             "in quotes",
                             word);
}

static struct jsonpath_term *
parse_operand(struct jsonpath_cursor *c)
{
    struct jsonpath_term *term = make_term(JSONPATH_LITERAL, c->at);
    int byte = jsonpath_cursor_peek(c, 0);

    if (byte == '@' || byte == '$') {
        term->op = JSONPATH_QUERY;
        term->query = jsonpath_parse_query(c);
    } else if (byte == '\'' || byte == '"') {
        parse_text(c, term);
    } else if (jsonpath_cursor_is_int(byte)) {
        parse_number(c, term);
    } else if (byte >= 'a' && byte <= 'z') {
        parse_word(c, term);
    } else {
        jsonpath_cursor_fail(c, c->at,
                             "expected a path from @ or $, a literal or a "
                             "function");
    }
    return term;
}

/* ---- conditions ---- */

static bool
take_operator(struct jsonpath_cursor *c, enum jsonpath_op *op)
{
    static const struct {
        const char *text;
        enum jsonpath_op op;
    } ops[] = {
        {"==", JSONPATH_EQ}, {"!=", JSONPATH_NE}, {"<=", JSONPATH_LE},
        {">=", JSONPATH_GE}, {"<", JSONPATH_LT},  {">", JSONPATH_GT},
    };

    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        if (!jsonpath_cursor_take(c, ops[i].text))
            continue;
        *op = ops[i].op;
        return true;
    }
    if (jsonpath_cursor_peek(c, 0) == '=')
        jsonpath_cursor_fail(c, c->at, "equality is `==`");
    return false;
}

static void
check_comparable(struct jsonpath_cursor *c, const struct jsonpath_term *term)
{
    const struct function *f = function_of(term);

    if (c->failed)
        return;
    if (term->op == JSONPATH_QUERY && !term->query->is_singular)
        jsonpath_cursor_fail(c, term->at,
                             "a comparison takes one value: a path of single "
                             "names and indexes");
    else if (f != NULL && f->result != SORT_VALUE)
        jsonpath_cursor_fail(c, term->at,
                             "%s() is true or false: it stands without a "
                             "comparison",
                             f->name);
}

static void
check_condition(struct jsonpath_cursor *c, const struct jsonpath_term *term)
{
    const struct function *f = function_of(term);

    if (c->failed)
        return;
    if (term->op == JSONPATH_LITERAL)
        jsonpath_cursor_fail(c, term->at, "a literal alone is no condition");
    else if (f != NULL && f->result != SORT_LOGICAL)
        jsonpath_cursor_fail(c, term->at,
                             "%s() gives a value: compare it with another",
                             f->name);
}

static struct jsonpath_term *
parse_comparison(struct jsonpath_cursor *c)
{
    struct jsonpath_term *left = parse_operand(c);
    struct jsonpath_term *term = NULL;
    enum jsonpath_op op = JSONPATH_EQ;
    size_t end = c->at;

    jsonpath_cursor_skip(c);
    if (!take_operator(c, &op)) {
        c->at = end;
        check_condition(c, left);
        return left;
    }
    term = make_term(op, left->at);
    term->first = left;
    check_comparable(c, left);
    jsonpath_cursor_skip(c);
    left->next = parse_operand(c);
    check_comparable(c, left->next);
    return term;
}

/* After the parenthesis opened. */
static struct jsonpath_term *
parse_inside(struct jsonpath_cursor *c)
{
    size_t start = c->at - 1;
    enum jsonpath_op op = JSONPATH_EQ;
    struct jsonpath_term *term = NULL;

    jsonpath_cursor_push(c);
    jsonpath_cursor_skip(c);
    term = parse_or(c);
    jsonpath_cursor_skip(c);
    if (!jsonpath_cursor_take(c, ")"))
        jsonpath_cursor_fail(c, start, "the parenthesis is not closed by `)`");
    jsonpath_cursor_pop(c);
    start = c->at;
    jsonpath_cursor_skip(c);
    if (take_operator(c, &op))
        jsonpath_cursor_fail(c, start, "a parenthesis cannot be compared");
    c->at = start;
    return term;
}

static struct jsonpath_term *
parse_not(struct jsonpath_cursor *c)
{
    struct jsonpath_term *term = make_term(JSONPATH_NOT, c->at - 1);

    jsonpath_cursor_skip(c);
    if (jsonpath_cursor_take(c, "(")) {
        term->first = parse_inside(c);
        return term;
    }
    term->first = parse_comparison(c);
    if (!c->failed && term->first->op >= JSONPATH_EQ &&
        term->first->op <= JSONPATH_GE)
        jsonpath_cursor_fail(c, term->at,
                             "`!` of a comparison needs parentheses: !(...)");
    return term;
}

static struct jsonpath_term *
parse_basic(struct jsonpath_cursor *c)
{
    if (jsonpath_cursor_take(c, "!"))
        return parse_not(c);
    if (jsonpath_cursor_take(c, "("))
        return parse_inside(c);
    return parse_comparison(c);
}

/* `parse` once or, joined by `joint`, more often: then under one term. */
static struct jsonpath_term *
parse_chain(struct jsonpath_cursor *c, const char *joint, enum jsonpath_op op,
            struct jsonpath_term *(*parse)(struct jsonpath_cursor *))
{
    struct jsonpath_term *first = parse(c);
    struct jsonpath_term *last = first;
    struct jsonpath_term *term = NULL;

    for (;;) {
        size_t end = c->at;

        jsonpath_cursor_skip(c);
        if (!jsonpath_cursor_take(c, joint)) {
            c->at = end;
            break;
        }
        jsonpath_cursor_skip(c);
        last->next = parse(c);
        last = last->next;
    }
    if (last == first)
        return first;
    term = make_term(op, first->at);
    term->first = first;
    return term;
}

static struct jsonpath_term *
parse_and(struct jsonpath_cursor *c)
{
    return parse_chain(c, "&&", JSONPATH_AND, parse_basic);
}

static struct jsonpath_term *
parse_or(struct jsonpath_cursor *c)
{
    return parse_chain(c, "||", JSONPATH_OR, parse_and);
}

struct jsonpath_term *
jsonpath_filter_parse(struct jsonpath_cursor *c)
{
    jsonpath_cursor_skip(c);
    return parse_or(c);
}
