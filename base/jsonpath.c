/*
 * Reading: one pass over the bytes comes before Jansson.  It refuses what is
 * nested deeper than JSONPATH_DEPTH_MAX (Jansson would go to 2048, and our
 * walk recurses), and it finds integers beyond 64 bits, for which Jansson
 * would refuse the whole document though nobody may ask for that member.
 * Those are given a ".0" in a copy, and so become decimals: 2^64 is then
 * 1.8446744073709552e19, rounded, while every 64-bit integer stays exact.
 *
 * Selecting: segments are walked depth first, which gives the order of the
 * RFC's node lists without making any.  Recursion is bounded by the document's
 * depth plus the path's segments, work by JSONPATH_NODES_MAX; a path that
 * meets that limit selects nothing and says so, for half an answer to `every`
 * would be a wrong one.
 */
#include "base/jsonpath.h"

#include <assert.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/expr.h"
#include "base/jsonpath_priv.h"
#include "base/str.h"

#define BIG_DIGITS 19 /* an integer of fewer digits fits 64 bits */

/* Texts made for jsonpath_text(). */
struct kept {
    struct kept *next;
    char text[];
};

struct jsonpath_doc {
    json_t *root;
    struct kept *kept;
};

/* ---- reading ---- */

struct scan {
    const char *text;
    size_t len;
    size_t at;
    size_t big_count; /* integers beyond 64 bits */
    char *copy;       /* NULL while counting */
    size_t copy_len;
};

static void
scan_copy(struct scan *s, const char *from, size_t len)
{
    if (s->copy == NULL)
        return;
    memcpy(s->copy + s->copy_len, from, len);
    s->copy_len += len;
}

/* Past the closing quote, or the end of a text that Jansson will refuse. */
static void
scan_string(struct scan *s)
{
    size_t start = s->at++;

    while (s->at < s->len && s->text[s->at] != '"')
        s->at += s->text[s->at] == '\\' && s->at + 1 < s->len ? 2 : 1;
    s->at += s->at < s->len ? 1 : 0;
    scan_copy(s, s->text + start, s->at - start);
}

static bool
fits_64_bits(const char *digits, size_t len, bool is_negative)
{
    uint64_t limit = (uint64_t)INT64_MAX + (is_negative ? 1 : 0);
    uint64_t value = 0;

    if (len > BIG_DIGITS)
        return false;
    for (size_t i = 0; i < len; i++)
        value = value * 10 + (uint64_t)(digits[i] - '0');
    return value <= limit;
}

static void
scan_number(struct scan *s)
{
    size_t start = s->at;
    bool is_negative = s->text[s->at] == '-';
    size_t digits = start + (is_negative ? 1 : 0);

    for (s->at = digits; s->at < s->len && str_is_digit(s->text[s->at]);)
        s->at++;
    scan_copy(s, s->text + start, s->at - start);
    if (s->at < s->len && strchr(".eE", s->text[s->at]) != NULL) {
        do {
            scan_copy(s, s->text + s->at++, 1);
        } while (s->at < s->len && s->text[s->at] != '\0' &&
                 strchr("0123456789eE+-", s->text[s->at]) != NULL);
        return;
    }
    if (s->at - digits < BIG_DIGITS ||
        fits_64_bits(s->text + digits, s->at - digits, is_negative))
        return;
    s->big_count++;
    scan_copy(s, ".0", 2);
}

/* The deepest nesting; stops where that passes the limit. */
static int
scan_text(struct scan *s)
{
    int depth = 0;
    int deepest = 0;

    while (s->at < s->len && deepest <= JSONPATH_DEPTH_MAX) {
        char c = s->text[s->at];

        if (c == '"') {
            scan_string(s);
            continue;
        }
        if (c == '-' || str_is_digit(c)) {
            scan_number(s);
            continue;
        }
        if (c == '[' || c == '{')
            depth++;
        else if (c == ']' || c == '}')
            depth--;
        deepest = depth > deepest ? depth : deepest;
        scan_copy(s, &c, 1);
        s->at++;
    }
    return deepest;
}

static json_t *
load(const char *text, size_t len, char *message, size_t cap)
{
    const size_t flags =
        JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL;
    json_error_t error;
    json_t *root = json_loadb(text, len, flags, &error);

    if (root == NULL)
        snprintf(message, cap, "line %d, column %d: %s", error.line,
                 error.column, error.text);
    return root;
}

static json_t *
load_with_big(struct scan *found, char *message, size_t cap)
{
    struct scan s = {.text = found->text, .len = found->len};
    json_t *root = NULL;

    s.copy = malloc(found->len + 2 * found->big_count);
    if (s.copy == NULL) {
        snprintf(message, cap, "out of memory");
        return NULL;
    }
    (void)scan_text(&s);
    root = load(s.copy, s.copy_len, message, cap);
    free(s.copy);
    return root;
}

struct jsonpath_doc *
jsonpath_doc(const char *text, size_t len, char *message, size_t cap)
{
    struct scan s = {.text = text, .len = len};
    struct jsonpath_doc *doc = NULL;
    json_t *root = NULL;

    assert(message != NULL && cap > 0);
    /* A byte order mark is not JSON, but RFC 8259 lets a reader pass it. */
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        s.text += 3;
        s.len -= 3;
    }
    if (scan_text(&s) > JSONPATH_DEPTH_MAX) {
        snprintf(message, cap, "byte %zu: nested deeper than %d", s.at,
                 JSONPATH_DEPTH_MAX);
        return NULL;
    }
    root = s.big_count > 0 ? load_with_big(&s, message, cap)
                           : load(s.text, s.len, message, cap);
    if (root == NULL)
        return NULL;
    doc = str_xcalloc(1, sizeof(*doc));
    doc->root = root;
    return doc;
}

void
jsonpath_doc_free(struct jsonpath_doc *doc)
{
    if (doc == NULL)
        return;
    while (doc->kept != NULL) {
        struct kept *next = doc->kept->next;

        free(doc->kept);
        doc->kept = next;
    }
    json_decref(doc->root);
    free(doc);
}

/* ---- selecting ---- */

/* Given each selected value in order; false ends the walk. */
typedef bool found_fn(void *cookie, json_t *value);

struct walk {
    found_fn *found;
    void *cookie;
    int visited;
    bool is_done;
};

static void walk_segments(struct walk *w, json_t *node,
                          const struct jsonpath_segment *segment);

static void
walk_array(struct walk *w, json_t *node, int64_t at,
           const struct jsonpath_segment *next)
{
    json_t *child = json_array_get(node, (size_t)at);

    assert(child != NULL);
    walk_segments(w, child, next);
}

static void
walk_children(struct walk *w, json_t *node, const struct jsonpath_segment *next)
{
    if (json_is_array(node)) {
        int64_t count = (int64_t)json_array_size(node);

        for (int64_t i = 0; i < count && !w->is_done; i++)
            walk_array(w, node, i, next);
        return;
    }
    for (void *it = json_object_iter(node); it != NULL && !w->is_done;
         it = json_object_iter_next(node, it))
        walk_segments(w, json_object_iter_value(it), next);
}

static int64_t
clamp(int64_t v, int64_t low, int64_t high)
{
    return v < low ? low : v > high ? high : v;
}

/* RFC 9535, 2.3.4.2.2: bounds from the end, then clamped to the array. */
static void
walk_slice(struct walk *w, json_t *node, const struct jsonpath_selector *s,
           const struct jsonpath_segment *next)
{
    int64_t count = (int64_t)json_array_size(node);
    bool is_up = s->step > 0;
    int64_t start = s->has_start ? s->start : is_up ? 0 : count - 1;
    int64_t end = s->has_end ? s->end : is_up ? count : -count - 1;

    if (s->step == 0)
        return;
    start += start < 0 ? count : 0;
    end += end < 0 ? count : 0;
    start = is_up ? clamp(start, 0, count) : clamp(start, -1, count - 1);
    end = is_up ? clamp(end, 0, count) : clamp(end, -1, count - 1);
    for (int64_t i = start; (is_up ? i < end : i > end) && !w->is_done;
         i += s->step)
        walk_array(w, node, i, next);
}

static void
walk_index(struct walk *w, json_t *node, int64_t at,
           const struct jsonpath_segment *next)
{
    int64_t count = (int64_t)json_array_size(node);

    at += at < 0 ? count : 0;
    if (at >= 0 && at < count)
        walk_array(w, node, at, next);
}

static void
walk_selector(struct walk *w, json_t *node, const struct jsonpath_selector *s,
              const struct jsonpath_segment *next)
{
    json_t *member = NULL;

    switch (s->kind) {
    case JSONPATH_NAME:
        member = json_object_getn(node, s->name, s->len);
        if (member != NULL)
            walk_segments(w, member, next);
        break;
    case JSONPATH_WILDCARD:
        walk_children(w, node, next);
        break;
    case JSONPATH_INDEX:
        walk_index(w, node, s->start, next);
        break;
    case JSONPATH_SLICE:
        walk_slice(w, node, s, next);
        break;
    }
}

static void
walk_list(struct walk *w, json_t *node, const struct jsonpath_segment *segment)
{
    for (const struct jsonpath_selector *s = segment->first;
         s != NULL && !w->is_done; s = s->next)
        walk_selector(w, node, s, segment->next);
}

/* Every step into a node is counted, so that `$..*..*..*` comes to an end. */
static bool
count_visit(struct walk *w)
{
    if (w->is_done)
        return false;
    w->visited++;
    w->is_done = w->visited > JSONPATH_NODES_MAX;
    return !w->is_done;
}

/* `node` and all below it, parents first. */
static void
walk_descendants(struct walk *w, json_t *node,
                 const struct jsonpath_segment *segment)
{
    if (!count_visit(w))
        return;
    walk_list(w, node, segment);
    if (json_is_array(node)) {
        for (size_t i = 0; i < json_array_size(node) && !w->is_done; i++)
            walk_descendants(w, json_array_get(node, i), segment);
        return;
    }
    for (void *it = json_object_iter(node); it != NULL && !w->is_done;
         it = json_object_iter_next(node, it))
        walk_descendants(w, json_object_iter_value(it), segment);
}

static void
walk_segments(struct walk *w, json_t *node,
              const struct jsonpath_segment *segment)
{
    if (!count_visit(w))
        return;
    if (segment == NULL)
        w->is_done = !w->found(w->cookie, node);
    else if (segment->is_descendant)
        walk_descendants(w, node, segment);
    else
        walk_list(w, node, segment);
}

/* -1: the limit was met. */
static int
walk_path(const struct jsonpath *path, const struct jsonpath_doc *doc,
          found_fn *found, void *cookie)
{
    struct walk w = {.found = found, .cookie = cookie};

    walk_segments(&w, doc->root, path->first);
    return w.visited > JSONPATH_NODES_MAX ? -1 : 0;
}

/* ---- values ---- */

/* Compact JSON for anything but a string; NULL without memory. */
/* 15 digits: 1.957 stays 1.957, as it was written, and not what the nearest
 * double looks like with all of its digits. */
static char *
dump(const json_t *value)
{
    return json_dumps(value,
                      JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
}

static void
add_text_of(struct expr_values *values, const json_t *value)
{
    char *text = dump(value);

    if (text == NULL)
        expr_values_fault(values, "out of memory");
    else
        expr_values_text(values, text, strlen(text));
    free(text);
}

static bool
add_value(void *cookie, json_t *value)
{
    struct expr_values *values = cookie;

    switch (json_typeof(value)) {
    case JSON_OBJECT:
    case JSON_ARRAY:
        add_text_of(values, value);
        break;
    case JSON_STRING:
        expr_values_text(values, json_string_value(value),
                         json_string_length(value));
        break;
    case JSON_INTEGER:
        expr_values_int(values, json_integer_value(value));
        break;
    case JSON_REAL:
        expr_values_add(
            values, &(struct expr_value){.type = EXPR_V_NUM,
                                         .is_decimal = true,
                                         .decimal = json_real_value(value)});
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        expr_values_flag(values, json_is_true(value));
        break;
    case JSON_NULL:
        expr_values_add(values, &(struct expr_value){.type = EXPR_V_NULL});
        break;
    }
    return true;
}

void
jsonpath_select(const struct jsonpath *path, const struct jsonpath_doc *doc,
                struct expr_values *values)
{
    char why[80];

    if (walk_path(path, doc, add_value, values) == 0)
        return;
    snprintf(why, sizeof(why), "the path visits more than %d values",
             JSONPATH_NODES_MAX);
    expr_values_fault(values, why);
}

void
jsonpath_lookup(const char *path, const struct jsonpath_doc *doc,
                struct expr_values *values)
{
    size_t at = 0;
    char why[120];
    struct jsonpath *parsed = jsonpath_parse(path, &at, why, sizeof(why));

    if (parsed == NULL) {
        expr_values_fault(values, why);
        return;
    }
    jsonpath_select(parsed, doc, values);
    jsonpath_free(parsed);
}

static bool
take_first(void *cookie, json_t *value)
{
    json_t **first = cookie;

    *first = value;
    return false;
}

static const char *
keep_text(struct jsonpath_doc *doc, char *text)
{
    size_t size = text != NULL ? strlen(text) + 1 : 0;
    struct kept *kept = size > 0 ? malloc(sizeof(*kept) + size) : NULL;

    if (kept != NULL) {
        memcpy(kept->text, text, size);
        kept->next = doc->kept;
        doc->kept = kept;
    }
    free(text);
    return kept != NULL ? kept->text : "";
}

const char *
jsonpath_text(struct jsonpath_doc *doc, const char *path)
{
    size_t at = 0;
    char why[120];
    json_t *first = NULL;
    struct jsonpath *parsed = jsonpath_parse(path, &at, why, sizeof(why));

    if (parsed == NULL)
        return "";
    (void)walk_path(parsed, doc, take_first, &first);
    jsonpath_free(parsed);
    if (first == NULL)
        return "";
    if (json_is_string(first))
        return json_string_value(first);
    return keep_text(doc, dump(first));
}
