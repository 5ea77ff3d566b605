/*
 * A value that came from a server must not change what the author of the check
 * wrote: not add a header, not leave its path segment, not end a string.  Each
 * context encodes what it can and refuses what it cannot.
 *
 * Encoding does not help against a segment that is empty, `.` or `..`: these
 * are looked for when the URL is whole, since two values may stand in one
 * segment.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/jsonpath.h"
#include "base/str.h"
#include "checks/encode.h"
#include "checks/template_priv.h"

#define SHOWN_MAX 60 /* bytes of a reference in a message */

enum region { AT_BEGIN, IN_SCHEME, IN_AUTHORITY, IN_PATH, AFTER_PATH };

enum template_end
template_refuse(const struct template_placed *placed,
                const struct template_node *node, enum template_end end,
                const char *format, ...)
{
    int len = node->len > SHOWN_MAX ? SHOWN_MAX : (int)node->len;
    int used = snprintf(placed->why, TEMPLATE_WHY_MAX, "%.*s%s: ", len,
                        placed->tpl->text + node->offset,
                        node->len > SHOWN_MAX ? "..." : "");
    va_list args;

    va_start(args, format);
    (void)vsnprintf(placed->why + used, TEMPLATE_WHY_MAX - (size_t)used, format,
                    args);
    va_end(args);
    return end;
}

/* --- URLs --- */

static bool
is_unreserved(char c)
{
    return str_is_alpha(c) || str_is_digit(c) ||
           (c != '\0' && strchr("-._~", c) != NULL);
}

/* Where the text ends that stands in a URL so far. */
static enum region
region_of(const char *text)
{
    size_t scheme = strspn(text, "abcdefghijklmnopqrstuvwxyz"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
    const char *authority;
    const char *end;

    if (text[0] == '\0')
        return AT_BEGIN;
    if (text[0] == '/' && text[1] != '/')
        return text[strcspn(text, "?#")] == '\0' ? IN_PATH : AFTER_PATH;
    if (str_starts(text, "//"))
        authority = text + 2;
    else if (str_starts(text + scheme, "://"))
        authority = text + scheme + 3;
    else
        return IN_SCHEME;
    end = authority + strcspn(authority, "/?#\\");
    if (*end == '\0')
        return IN_AUTHORITY;
    return end[strcspn(end, "?#")] == '\0' ? IN_PATH : AFTER_PATH;
}

static enum template_end
place_in_host(struct template_placed *placed, const struct template_node *node,
              struct template_bytes value)
{
    if (value.len > 0 && value.text[0] == '/')
        return template_refuse(placed, node, TEMPLATE_INVALID,
                               "the value would change which host is "
                               "asked; where the target may choose the path, "
                               "write raw() around the value");
    for (size_t i = 0; i < value.len; i++)
        if (!is_unreserved(value.text[i]))
            return template_refuse(placed, node, TEMPLATE_INVALID,
                                   "the value would change which host is "
                                   "asked: it may hold letters, digits, `.`, "
                                   "`-` and `_` there");
    if (value.len == 0)
        return template_refuse(placed, node, TEMPLATE_INVALID,
                               "the value is empty, and it is a part of the "
                               "host");
    buf_add(placed->out, value.text, value.len);
    return TEMPLATE_OK;
}

static enum template_end
place_in_url(struct template_placed *placed, const struct template_node *node,
             struct template_bytes value)
{
    enum region region = region_of(buf_text(placed->out) + placed->start);

    if (value.kind == TEMPLATE_FN_RAW || region == AT_BEGIN) {
        encode_url_bytes(placed->out, value.text, value.len);
        return TEMPLATE_OK;
    }
    if (region == IN_SCHEME)
        return template_refuse(placed, node, TEMPLATE_INVALID,
                               "a value cannot be a part of the scheme");
    if (region == IN_AUTHORITY)
        return place_in_host(placed, node, value);
    if (region == IN_PATH) {
        placed->spot[placed->spots] = placed->out->len;
        placed->of[placed->spots++] = node;
    }
    if (value.kind == TEMPLATE_FN_URL)
        buf_add(placed->out, value.text, value.len);
    else
        encode_url(placed->out, value.text, value.len);
    return TEMPLATE_OK;
}

/* `.` and `..`, however the literal text writes its dots; and nothing. */
static bool
is_dots(const char *text, size_t len)
{
    size_t dots = 0;

    while (len > 0) {
        size_t one = text[0] == '.' ? 1 : 3;

        if (one > len || (one == 3 && (text[0] != '%' || text[1] != '2' ||
                                       str_lower(text[2]) != 'e')))
            return false;
        dots++;
        text += one;
        len -= one;
    }
    return dots <= 2;
}

static enum template_end
end_url(const struct template_placed *placed)
{
    const char *text = buf_text(placed->out);

    for (size_t i = 0; i < placed->spots; i++) {
        size_t begin = placed->spot[i];
        size_t len = strcspn(text + begin, "/?#\\");

        while (begin > placed->start && text[begin - 1] != '/' &&
               text[begin - 1] != '\\') {
            begin--;
            len++;
        }
        if (is_dots(text + begin, len))
            return template_refuse(placed, placed->of[i], TEMPLATE_INVALID,
                                   "the value is %s: the path would be another",
                                   len == 0 ? "empty" : "only dots");
    }
    return TEMPLATE_OK;
}

/* --- JSON --- */

/* Digits from `at` on; where they end. */
static size_t
past_digits(struct template_bytes value, size_t at)
{
    while (at < value.len && str_is_digit(value.text[at]))
        at++;
    return at;
}

static bool
is_json_number(struct template_bytes value)
{
    size_t begin = value.len > 0 && value.text[0] == '-' ? 1 : 0;
    size_t at = past_digits(value, begin);
    size_t from;

    if (at == begin || (value.text[begin] == '0' && at > begin + 1))
        return false;
    if (at < value.len && value.text[at] == '.') {
        from = at + 1;
        at = past_digits(value, from);
        if (at == from)
            return false;
    }
    if (at < value.len && str_lower(value.text[at]) == 'e') {
        from = at + 1;
        if (from < value.len &&
            (value.text[from] == '+' || value.text[from] == '-'))
            from++;
        at = past_digits(value, from);
        if (at == from)
            return false;
    }
    return at == value.len;
}

static bool
is_text(struct template_bytes value, const char *word)
{
    return value.len == strlen(word) &&
           memcmp(value.text, word, value.len) == 0;
}

/* Trees and strings go to the parser of documents. */
static bool
is_json(struct template_bytes value)
{
    char message[200];
    struct jsonpath_doc *doc;
    bool is_tree = value.len > 0 && strchr("{[\"", value.text[0]) != NULL &&
                   value.text[0] != '\0';

    if (!is_tree)
        return is_json_number(value) || is_text(value, "true") ||
               is_text(value, "false") || is_text(value, "null");
    doc = jsonpath_doc(value.text, value.len, message, sizeof(message));
    jsonpath_doc_free(doc);
    return doc != NULL;
}

static enum template_end
place_in_json(struct template_placed *placed, const struct template_node *node,
              struct template_bytes value)
{
    if (node->spot == TEMPLATE_ESCAPED)
        return template_refuse(placed, node, TEMPLATE_INVALID,
                               "a value cannot stand after a backslash");
    if (node->spot == TEMPLATE_QUOTED) {
        encode_json(placed->out, value.text, value.len);
        return TEMPLATE_OK;
    }
    if (!is_json(value))
        return template_refuse(placed, node, TEMPLATE_INVALID,
                               "the value is not one JSON value: put the "
                               "reference in quotes");
    buf_add(placed->out, value.text, value.len);
    return TEMPLATE_OK;
}

/* --- all of them --- */

/* NULL, or what it holds that would end the text, or the line. */
static const char *
breaks(struct template_bytes value, bool is_line)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.text[i] == '\0')
            return "a NUL byte";
        if (is_line && (value.text[i] == '\r' || value.text[i] == '\n'))
            return "a line break";
    }
    return NULL;
}

enum template_end
template_place(struct template_placed *placed, const struct template_node *node,
               struct template_bytes value)
{
    const char *found =
        breaks(value, placed->context == TEMPLATE_IN_URL ||
                          placed->context == TEMPLATE_IN_HEADER);

    if (found != NULL)
        return template_refuse(placed, node, TEMPLATE_INVALID,
                               "the value holds %s", found);
    if (placed->context == TEMPLATE_IN_URL)
        return place_in_url(placed, node, value);
    if (placed->context == TEMPLATE_IN_JSON && value.kind != TEMPLATE_FN_RAW)
        return place_in_json(placed, node, value);
    if (placed->context == TEMPLATE_IN_FORM && value.kind != TEMPLATE_FN_RAW)
        encode_form(placed->out, value.text, value.len);
    else
        buf_add(placed->out, value.text, value.len);
    return TEMPLATE_OK;
}

enum template_end
template_place_end(struct template_placed *placed)
{
    return placed->context == TEMPLATE_IN_URL ? end_url(placed) : TEMPLATE_OK;
}
