/*
 * What a path selects goes to an expectation as it is found; numbers keep
 * their 64 bits.  The document comes from jsonpath_doc.c, the nodes from
 * jsonpath_walk.c.
 */
#include "base/jsonpath.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/expr.h"
#include "base/jsonpath_priv.h"
#include "base/jsonpath_walk.h"

#define EXACT_MAX 9007199254740992.0 /* 2^53: doubles are sparser above */
#define WHY_MAX   120                /* bytes of a message about a path */

/* Compact JSON for anything but a string; NULL without memory.  15 digits, so
 * that 1.957 stays 1.957 and is not the nearest double with all its digits. */
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
        expr_values_add(values, &(struct expr_value){.type = EXPR_V_TEXT,
                                                     .is_tree = true,
                                                     .text = text,
                                                     .len = strlen(text)});
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
    struct jsonpath_work work = {.root = doc->root};

    jsonpath_walk(&work, path, doc->root, add_value, values);
    if (work.fault != NULL)
        expr_values_fault(values, work.fault);
}

void
jsonpath_lookup(const char *path, const struct jsonpath_doc *doc,
                struct expr_values *values)
{
    size_t at = 0;
    char why[WHY_MAX];
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

static bool
is_inexact(const json_t *value)
{
    double real = json_is_real(value) ? json_real_value(value) : 0;

    return real >= EXACT_MAX || real <= -EXACT_MAX;
}

enum jsonpath_took
jsonpath_take(const struct jsonpath *path, const struct jsonpath_doc *doc,
              struct buf *out)
{
    struct jsonpath_work work = {.root = doc->root};
    json_t *first = NULL;
    char *text = NULL;

    jsonpath_walk(&work, path, doc->root, take_first, &first);
    if (work.fault != NULL)
        return JSONPATH_TOOK_TOO_MUCH;
    if (first == NULL)
        return JSONPATH_TOOK_NOTHING;
    if (json_is_null(first))
        return JSONPATH_TOOK_NULL;
    if (is_inexact(first))
        return JSONPATH_TOOK_INEXACT;
    if (json_is_string(first)) {
        buf_add(out, json_string_value(first), json_string_length(first));
    } else {
        text = dump(first);
        if (text == NULL)
            return JSONPATH_TOOK_TOO_MUCH;
        buf_add_str(out, text);
        free(text);
    }
    return out->failed ? JSONPATH_TOOK_TOO_MUCH : JSONPATH_TOOK;
}

static const char *
keep_text(struct jsonpath_doc *doc, char *text)
{
    size_t size = text != NULL ? strlen(text) + 1 : 0;
    struct jsonpath_kept *kept = size > 0 ? malloc(sizeof(*kept) + size) : NULL;

    if (kept != NULL) {
        memcpy(kept->text, text, size);
        kept->next = doc->kept;
        doc->kept = kept;
    }
    free(text);
    return kept != NULL ? kept->text : "";
}

/* A C string would end at a NUL. */
static const char *
whole_text(struct jsonpath_doc *doc, const json_t *string)
{
    const char *text = json_string_value(string);
    size_t len = json_string_length(string);
    char *copy;

    if (strlen(text) == len)
        return text;
    copy = malloc(len + 1);
    if (copy == NULL)
        return text;
    for (size_t i = 0; i < len; i++)
        copy[i] = (char)(text[i] == '\0' ? '.' : text[i]);
    copy[len] = '\0';
    return keep_text(doc, copy);
}

const char *
jsonpath_text(struct jsonpath_doc *doc, const char *path)
{
    size_t at = 0;
    char why[WHY_MAX];
    json_t *first = NULL;
    struct jsonpath_work work = {.root = doc->root};
    struct jsonpath *parsed = jsonpath_parse(path, &at, why, sizeof(why));

    if (parsed == NULL)
        return "";
    jsonpath_walk(&work, parsed, doc->root, take_first, &first);
    jsonpath_free(parsed);
    if (first == NULL || work.fault != NULL)
        return "";
    if (json_is_string(first))
        return whole_text(doc, first);
    return keep_text(doc, dump(first));
}
