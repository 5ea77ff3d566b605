/*
 * The grammar is RFC 9535, section 2, blanks and all:
 *
 *     path     = "$" *(S segment)
 *     segment  = "." name | "." "*" | "[" list "]"
 *              | ".." name | ".." "*" | ".." "[" list "]"
 *     list     = S selector *(S "," S selector) S
 *     selector = 'text' | "text" | "*" | int
 *              | [int S] ":" S [int S] [":" [S int]] | "?" S condition
 *
 * A path inside a condition is the same, from `@` or `$`, and ends where no
 * further segment follows.
 */
#include "base/jsonpath.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonpath_cursor.h"
#include "base/jsonpath_priv.h"
#include "base/str.h"

static bool
is_name_first(int c)
{
    return str_is_alpha(c) || c == '_' || c >= 0x80;
}

static bool
is_name_char(int c)
{
    return is_name_first(c) || str_is_digit(c);
}

static void
free_selectors(struct jsonpath_selector *s)
{
    while (s != NULL) {
        struct jsonpath_selector *next = s->next;

        jsonpath_filter_free(s->filter);
        free(s->name);
        free(s);
        s = next;
    }
}

void
jsonpath_free(struct jsonpath *path)
{
    if (path == NULL)
        return;
    while (path->first != NULL) {
        struct jsonpath_segment *next = path->first->next;

        free_selectors(path->first->first);
        free(path->first);
        path->first = next;
    }
    free(path);
}

static void
parse_bare_name(struct jsonpath_cursor *c, struct jsonpath_selector *s)
{
    size_t start = c->at;

    if (!is_name_first(jsonpath_cursor_peek(c, 0))) {
        jsonpath_cursor_fail(c, c->at, "expected a name, `*` or `[`");
        return;
    }
    while (is_name_char(jsonpath_cursor_peek(c, 0)))
        c->at++;
    s->kind = JSONPATH_NAME;
    s->len = c->at - start;
    s->name = str_xndup(c->text + start, s->len);
}

/* After the first colon. */
static void
parse_slice(struct jsonpath_cursor *c, struct jsonpath_selector *s)
{
    s->kind = JSONPATH_SLICE;
    s->step = 1;
    jsonpath_cursor_skip(c);
    if (jsonpath_cursor_is_int(jsonpath_cursor_peek(c, 0))) {
        s->end = jsonpath_cursor_get_int(c);
        s->has_end = true;
        jsonpath_cursor_skip(c);
    }
    if (!jsonpath_cursor_take(c, ":"))
        return;
    jsonpath_cursor_skip(c);
    if (jsonpath_cursor_is_int(jsonpath_cursor_peek(c, 0)))
        s->step = jsonpath_cursor_get_int(c);
}

static void
parse_index(struct jsonpath_cursor *c, struct jsonpath_selector *s)
{
    s->kind = JSONPATH_INDEX;
    if (jsonpath_cursor_is_int(jsonpath_cursor_peek(c, 0))) {
        s->start = jsonpath_cursor_get_int(c);
        s->has_start = true;
        jsonpath_cursor_skip(c);
    }
    if (jsonpath_cursor_take(c, ":"))
        parse_slice(c, s);
}

static void
parse_filter(struct jsonpath_cursor *c, struct jsonpath_selector *s)
{
    s->kind = JSONPATH_FILTER;
    jsonpath_cursor_push(c);
    s->filter = jsonpath_filter_parse(c);
    jsonpath_cursor_pop(c);
}

static void
parse_selector(struct jsonpath_cursor *c, struct jsonpath_selector *s)
{
    int byte = jsonpath_cursor_peek(c, 0);

    if (byte == '\'' || byte == '"') {
        s->kind = JSONPATH_NAME;
        s->name = jsonpath_cursor_get_text(c, &s->len);
    } else if (jsonpath_cursor_take(c, "*")) {
        s->kind = JSONPATH_WILDCARD;
    } else if (byte == ':' || jsonpath_cursor_is_int(byte)) {
        parse_index(c, s);
    } else if (jsonpath_cursor_take(c, "?")) {
        parse_filter(c, s);
    } else if (is_name_first(byte)) {
        jsonpath_cursor_fail(c, c->at, "a name in brackets stands in quotes");
    } else if (byte >= 0) { /* the end is the bracket's error */
        jsonpath_cursor_fail(
            c, c->at, "expected a name, a number, `*`, a slice or a filter");
    }
}

static struct jsonpath_selector *
add_selector(struct jsonpath_cursor *c, struct jsonpath_segment *segment)
{
    struct jsonpath_selector **link = &segment->first;

    if (c->selectors++ == JSONPATH_SELECTORS_MAX)
        jsonpath_cursor_fail(c, c->at, "more than %d selectors",
                             JSONPATH_SELECTORS_MAX);
    while (*link != NULL)
        link = &(*link)->next;
    *link = str_xcalloc(1, sizeof(**link));
    return *link;
}

/* After the bracket opened. */
static void
parse_list(struct jsonpath_cursor *c, struct jsonpath_segment *segment)
{
    size_t start = c->at - 1;

    do {
        jsonpath_cursor_skip(c);
        parse_selector(c, add_selector(c, segment));
        jsonpath_cursor_skip(c);
    } while (jsonpath_cursor_take(c, ","));
    if (jsonpath_cursor_take(c, "]"))
        return;
    if (jsonpath_cursor_peek(c, 0) < 0)
        jsonpath_cursor_fail(c, start, "the bracket is not closed by `]`");
    else
        jsonpath_cursor_fail(c, c->at, "expected `,` or `]`");
}

static void
parse_segment(struct jsonpath_cursor *c, struct jsonpath_segment *segment)
{
    bool has_dot = jsonpath_cursor_take(c, ".");

    segment->is_descendant = has_dot && jsonpath_cursor_take(c, ".");
    if ((!has_dot || segment->is_descendant) && jsonpath_cursor_take(c, "["))
        parse_list(c, segment);
    else if (!has_dot)
        jsonpath_cursor_fail(c, c->at, "expected `.` or `[`");
    else if (jsonpath_cursor_take(c, "*"))
        add_selector(c, segment)->kind = JSONPATH_WILDCARD;
    else
        parse_bare_name(c, add_selector(c, segment));
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* 2.3.5.1, name-segment and index-segment: one name or one index, and no blank
 * inside its brackets.  `from` is where the segment begins. */
static bool
is_singular(const struct jsonpath_cursor *c, size_t from,
            const struct jsonpath_segment *segment)
{
    const struct jsonpath_selector *s = segment->first;

    if (c->failed || segment->is_descendant || s->next != NULL ||
        (s->kind != JSONPATH_NAME && s->kind != JSONPATH_INDEX))
        return false;
    return c->text[from] == '.' ||
           (!is_blank(c->text[from + 1]) && !is_blank(c->text[c->at - 2]));
}

/* The segments that follow here; blanks behind the last one stay. */
static void
parse_segments(struct jsonpath_cursor *c, struct jsonpath *path)
{
    struct jsonpath_segment **link = &path->first;

    path->is_singular = true;
    while (!c->failed) {
        size_t end = c->at;
        size_t from = 0;

        jsonpath_cursor_skip(c);
        from = c->at;
        if (jsonpath_cursor_peek(c, 0) != '.' &&
            jsonpath_cursor_peek(c, 0) != '[') {
            c->at = end;
            return;
        }
        if (c->segments++ == JSONPATH_SEGMENTS_MAX)
            jsonpath_cursor_fail(c, c->at, "more than %d segments",
                                 JSONPATH_SEGMENTS_MAX);
        *link = str_xcalloc(1, sizeof(**link));
        parse_segment(c, *link);
        path->is_singular &= is_singular(c, from, *link);
        link = &(*link)->next;
    }
}

struct jsonpath *
jsonpath_parse_query(struct jsonpath_cursor *c)
{
    struct jsonpath *path = str_xcalloc(1, sizeof(*path));

    path->is_relative = jsonpath_cursor_take(c, "@");
    if (!path->is_relative && !jsonpath_cursor_take(c, "$"))
        jsonpath_cursor_fail(c, c->at, "a path begins with `$`");
    parse_segments(c, path);
    return path;
}

/* What may not follow the last segment. */
static void
check_end(struct jsonpath_cursor *c)
{
    size_t end = c->at;

    jsonpath_cursor_skip(c);
    if (c->failed || end == c->len)
        return;
    if (c->at == c->len)
        jsonpath_cursor_fail(c, end, "a path does not end in a blank");
    else
        jsonpath_cursor_fail(c, c->at, "expected `.` or `[`");
}

struct jsonpath *
/* The parser writes to both. NOLINTNEXTLINE(readability-non-const-parameter) */
jsonpath_parse(const char *text, size_t *error_offset, char *message,
               size_t cap)
{
    struct jsonpath_cursor c = {.text = text,
                                .len = strlen(text),
                                .error_offset = error_offset,
                                .message = message,
                                .cap = cap};
    struct jsonpath *path = NULL;

    assert(error_offset != NULL && cap > 0);
    *error_offset = 0;
    *message = '\0';
    if (c.len > JSONPATH_TEXT_MAX)
        jsonpath_cursor_fail(&c, JSONPATH_TEXT_MAX, "the path is over %d bytes",
                             JSONPATH_TEXT_MAX);
    else if (!str_is_utf8(text, c.len))
        jsonpath_cursor_fail(&c, 0, "the path is not UTF-8");
    else if (text[0] != '$')
        jsonpath_cursor_fail(&c, 0, "a path begins with `$`");
    if (c.failed)
        return NULL;
    path = jsonpath_parse_query(&c);
    check_end(&c);
    if (!c.failed)
        return path;
    jsonpath_free(path);
    return NULL;
}
