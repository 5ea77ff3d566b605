/*
 * A condition was well-typed when it was read, so nothing can go wrong here
 * but the budget.  An operand is a value or nothing (a path that selects no
 * node, length() of a number); RFC 9535, 2.3.5.2.2, then says:
 *
 *     ==   both nothing, or equal values; numbers as numbers (1 == 1.0), trees
 *          by what they hold, whatever the order of members
 *     <    two numbers, or two texts by their characters; nothing else is
 *          less than anything
 *     <=   < or ==, so that true <= true and nothing <= nothing
 *
 * Whatever takes longer than a step into a node is counted as several: texts
 * by their length, trees by their nodes, patterns as said below.
 */
#include <assert.h>
#include <jansson.h>
#include <stdint.h>
#include <string.h>

#include "base/expr_priv.h"
#include "base/jsonpath.h"
#include "base/jsonpath_priv.h"
#include "base/jsonpath_walk.h"
#include "base/regex.h"
#include "base/str.h"

#define BYTES_A_VISIT 4096 /* of a text that is compared or measured */

/* Steps of PCRE2 in one match(): so much and so much a byte.  With the visits
 * below the most hostile document costs some tens of millions in all, which is
 * below half a second; an honest pattern needs a few a byte. */
#define JSONPATH_STEPS      2000
#define JSONPATH_STEPS_BYTE 16
#define RUN_FREE            32  /* characters a step may run over uncounted */
#define PATTERN_BYTES_VISIT 128 /* a mebibyte of text can be searched once */

/* A pattern out of the document is compiled each time, and may be built to
 * hurt. */
#define FOREIGN_VISITS      16
#define FOREIGN_BYTES_VISIT 16
#define FOREIGN_FAULT       "a pattern in the document is over 1024 bytes"
#define STEPS_FAULT         "a pattern of the json path takes too many steps"

static struct jsonpath_value operand(struct jsonpath_work *work,
                                     const struct jsonpath_term *term,
                                     json_t *node);

/* ---- values ---- */

static struct jsonpath_value
value_of(json_t *node)
{
    struct jsonpath_value v = {.type = JSONPATH_TREE, .tree = node};

    switch (json_typeof(node)) {
    case JSON_OBJECT:
    case JSON_ARRAY:
        break;
    case JSON_STRING:
        v.type = JSONPATH_TEXT;
        v.text = json_string_value(node);
        v.len = json_string_length(node);
        break;
    case JSON_INTEGER:
        v.type = JSONPATH_NUMBER;
        v.num = json_integer_value(node);
        break;
    case JSON_REAL:
        v.type = JSONPATH_NUMBER;
        v.is_decimal = true;
        v.decimal = json_real_value(node);
        break;
    case JSON_TRUE:
        v.type = JSONPATH_TRUE;
        break;
    case JSON_FALSE:
        v.type = JSONPATH_FALSE;
        break;
    case JSON_NULL:
        v.type = JSONPATH_NULL;
        break;
    }
    return v;
}

static struct jsonpath_value
number(size_t num)
{
    return (struct jsonpath_value){.type = JSONPATH_NUMBER,
                                   .num = (int64_t)num};
}

static struct expr_value
for_expr(const struct jsonpath_value *v)
{
    return (struct expr_value){.type = EXPR_V_NUM,
                               .num = v->num,
                               .decimal = v->decimal,
                               .is_decimal = v->is_decimal};
}

static int
cmp_numbers(const struct jsonpath_value *a, const struct jsonpath_value *b)
{
    struct expr_value left = for_expr(a);
    struct expr_value right = for_expr(b);

    return expr_literal_cmp(&left, &right);
}

/* By code point, which is the order of UTF-8's bytes. */
static int
cmp_texts(const struct jsonpath_value *a, const struct jsonpath_value *b)
{
    size_t len = a->len < b->len ? a->len : b->len;
    int cmp = len > 0 ? memcmp(a->text, b->text, len) : 0;

    if (cmp != 0 || a->len == b->len)
        return cmp;
    return a->len < b->len ? -1 : 1;
}

static bool is_equal(struct jsonpath_work *work, const struct jsonpath_value *a,
                     const struct jsonpath_value *b);

static bool
is_equal_node(struct jsonpath_work *work, json_t *a, json_t *b)
{
    struct jsonpath_value left = value_of(a);
    struct jsonpath_value right = value_of(b);

    return jsonpath_walk_count(work, 1) && is_equal(work, &left, &right);
}

static bool
is_equal_object(struct jsonpath_work *work, json_t *a, json_t *b)
{
    for (void *it = json_object_iter(a); it != NULL;
         it = json_object_iter_next(a, it)) {
        json_t *other = json_object_getn(b, json_object_iter_key(it),
                                         json_object_iter_key_len(it));

        if (other == NULL ||
            !is_equal_node(work, json_object_iter_value(it), other))
            return false;
    }
    return true;
}

/* Recursion is bounded by the document's depth. */
static bool
is_equal_tree(struct jsonpath_work *work, json_t *a, json_t *b)
{
    if (json_typeof(a) != json_typeof(b))
        return false;
    if (json_is_object(a))
        return json_object_size(a) == json_object_size(b) &&
               is_equal_object(work, a, b);
    if (json_array_size(a) != json_array_size(b))
        return false;
    for (size_t i = 0; i < json_array_size(a); i++)
        if (!is_equal_node(work, json_array_get(a, i), json_array_get(b, i)))
            return false;
    return true;
}

static bool
is_equal(struct jsonpath_work *work, const struct jsonpath_value *a,
         const struct jsonpath_value *b)
{
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case JSONPATH_NOTHING:
    case JSONPATH_NULL:
    case JSONPATH_FALSE:
    case JSONPATH_TRUE:
        return true;
    case JSONPATH_NUMBER:
        return cmp_numbers(a, b) == 0;
    case JSONPATH_TEXT:
        return a->len == b->len &&
               jsonpath_walk_count(work, a->len / BYTES_A_VISIT) &&
               cmp_texts(a, b) == 0;
    case JSONPATH_TREE:
        break;
    }
    return is_equal_tree(work, a->tree, b->tree);
}

static bool
is_less(struct jsonpath_work *work, const struct jsonpath_value *a,
        const struct jsonpath_value *b)
{
    if (a->type != b->type)
        return false;
    if (a->type == JSONPATH_NUMBER)
        return cmp_numbers(a, b) < 0;
    return a->type == JSONPATH_TEXT &&
           jsonpath_walk_count(work, a->len / BYTES_A_VISIT) &&
           cmp_texts(a, b) < 0;
}

/* ---- functions ---- */

static bool
keep_node(void *cookie, struct json_t *node)
{
    json_t **first = cookie;

    *first = node;
    return false;
}

static bool
count_node(void *cookie, struct json_t *node)
{
    size_t *count = cookie;

    (void)node;
    (*count)++;
    return true;
}

/* Two are enough to know that it is not one. */
struct single {
    json_t *node;
    bool is_many;
};

static bool
keep_single(void *cookie, struct json_t *node)
{
    struct single *s = cookie;

    s->is_many = s->node != NULL;
    s->node = node;
    return !s->is_many;
}

static struct jsonpath_value
call_value(struct jsonpath_work *work, const struct jsonpath *query,
           json_t *node)
{
    struct single s = {.node = NULL};

    jsonpath_walk(work, query, node, keep_single, &s);
    if (s.node == NULL || s.is_many)
        return (struct jsonpath_value){.type = JSONPATH_NOTHING};
    return value_of(s.node);
}

/* 2.4.4: characters, elements, members; nothing of anything else. */
static struct jsonpath_value
call_length(struct jsonpath_work *work, const struct jsonpath_value *v)
{
    if (v->type == JSONPATH_TREE)
        return number(json_is_array(v->tree) ? json_array_size(v->tree)
                                             : json_object_size(v->tree));
    if (v->type != JSONPATH_TEXT ||
        !jsonpath_walk_count(work, v->len / BYTES_A_VISIT))
        return (struct jsonpath_value){.type = JSONPATH_NOTHING};
    return number(str_utf8_count(v->text, v->len));
}

/* The pattern of a call as it stands in the document. */
static struct jsonpath_pattern
compile_foreign(struct jsonpath_work *work, enum jsonpath_op op,
                const struct jsonpath_value *pattern, size_t text_len)
{
    if (pattern->len > JSONPATH_PATTERN_MAX && work->fault == NULL)
        work->fault = FOREIGN_FAULT;
    if (!jsonpath_walk_count(work,
                             FOREIGN_VISITS + text_len / FOREIGN_BYTES_VISIT))
        return (struct jsonpath_pattern){.regex = NULL};
    return jsonpath_iregexp_compile(pattern->text, pattern->len, op);
}

/* What one match may cost: less where one step may run over much. */
static size_t
steps_of(const struct jsonpath_pattern *pattern, size_t len)
{
    size_t run = pattern->weight < len ? pattern->weight : len;

    return (JSONPATH_STEPS + JSONPATH_STEPS_BYTE * len) / (1 + run / RUN_FREE);
}

/* 2.4.6, 2.4.7: false unless both are texts and the second is a pattern. */
static bool
call_match(struct jsonpath_work *work, const struct jsonpath_term *call,
           json_t *node)
{
    struct jsonpath_value text = operand(work, call->first, node);
    struct jsonpath_value pattern = operand(work, call->first->next, node);
    struct jsonpath_pattern use = call->pattern;
    enum regex_result result = REGEX_NO;
    size_t start = 0;
    size_t end = 0;

    if (text.type != JSONPATH_TEXT || pattern.type != JSONPATH_TEXT ||
        !jsonpath_walk_count(work, 1 + text.len / PATTERN_BYTES_VISIT))
        return false;
    if (use.regex == NULL)
        use = compile_foreign(work, call->op, &pattern, text.len);
    if (use.regex != NULL)
        result = regex_match_within(use.regex, text.text, text.len,
                                    steps_of(&use, text.len), &start, &end);
    if (result == REGEX_LIMIT && work->fault == NULL)
        work->fault = STEPS_FAULT;
    if (call->pattern.regex == NULL)
        regex_free(use.regex);
    return result == REGEX_YES;
}

/* ---- conditions ---- */

static struct jsonpath_value
operand(struct jsonpath_work *work, const struct jsonpath_term *term,
        json_t *node)
{
    struct jsonpath_value v = {.type = JSONPATH_NOTHING};
    json_t *found = NULL;
    size_t count = 0;

    if (term->op == JSONPATH_LITERAL)
        return term->literal;
    if (term->op == JSONPATH_VALUE)
        return call_value(work, term->first->query, node);
    if (term->op == JSONPATH_COUNT) {
        jsonpath_walk(work, term->first->query, node, count_node, &count);
        return number(count);
    }
    if (term->op == JSONPATH_LENGTH) {
        v = operand(work, term->first, node);
        return call_length(work, &v);
    }
    assert(term->op == JSONPATH_QUERY);
    jsonpath_walk(work, term->query, node, keep_node, &found);
    return found != NULL ? value_of(found) : v;
}

static bool
compare(struct jsonpath_work *work, const struct jsonpath_term *term,
        json_t *node)
{
    struct jsonpath_value a = operand(work, term->first, node);
    struct jsonpath_value b = operand(work, term->first->next, node);

    if (term->op == JSONPATH_EQ)
        return is_equal(work, &a, &b);
    if (term->op == JSONPATH_NE)
        return !is_equal(work, &a, &b);
    if (term->op == JSONPATH_LT)
        return is_less(work, &a, &b);
    if (term->op == JSONPATH_GT)
        return is_less(work, &b, &a);
    if (term->op == JSONPATH_LE)
        return is_less(work, &a, &b) || is_equal(work, &a, &b);
    assert(term->op == JSONPATH_GE);
    return is_less(work, &b, &a) || is_equal(work, &a, &b);
}

static bool holds(struct jsonpath_work *work, const struct jsonpath_term *term,
                  json_t *node);

/* One that is `wanted` decides: true for `||`, false for `&&`. */
static bool
has_one(struct jsonpath_work *work, const struct jsonpath_term *first,
        json_t *node, bool wanted)
{
    for (const struct jsonpath_term *t = first; t != NULL; t = t->next)
        if (holds(work, t, node) == wanted)
            return true;
    return false;
}

static bool
holds(struct jsonpath_work *work, const struct jsonpath_term *term,
      json_t *node)
{
    json_t *found = NULL;

    switch (term->op) {
    case JSONPATH_OR:
        return has_one(work, term->first, node, true);
    case JSONPATH_AND:
        return !has_one(work, term->first, node, false);
    case JSONPATH_NOT:
        return !holds(work, term->first, node);
    case JSONPATH_EQ:
    case JSONPATH_NE:
    case JSONPATH_LT:
    case JSONPATH_LE:
    case JSONPATH_GT:
    case JSONPATH_GE:
        return compare(work, term, node);
    case JSONPATH_MATCH:
    case JSONPATH_SEARCH:
        return call_match(work, term, node);
    case JSONPATH_QUERY:
    case JSONPATH_LITERAL:
    case JSONPATH_LENGTH:
    case JSONPATH_COUNT:
    case JSONPATH_VALUE:
        break;
    }
    assert(term->op == JSONPATH_QUERY);
    jsonpath_walk(work, term->query, node, keep_node, &found);
    return found != NULL;
}

bool
jsonpath_eval(struct jsonpath_work *work, const struct jsonpath_term *condition,
              struct json_t *node)
{
    return holds(work, condition, node) && work->fault == NULL;
}
