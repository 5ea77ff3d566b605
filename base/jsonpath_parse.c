/*
 * The grammar is RFC 9535 section 2 without filters:
 *
 *     path     = "$" *(blank segment)
 *     segment  = "." name | "." "*" | "[" list "]"
 *              | ".." name | ".." "*" | ".." "[" list "]"
 *     list     = selector *("," selector)
 *     selector = 'text' | "text" | "*" | int | [int] ":" [int] [":" [int]]
 *
 * One struct walks the text; every step either moves on or sets the error,
 * and after an error nothing moves any more, so callers check once.
 */
#include "base/jsonpath.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonpath_priv.h"
#include "base/str.h"

struct parse {
    const char *text;
    size_t len;
    size_t at;
    bool failed;
    int selectors;
    size_t *error_offset;
    char *message;
    size_t cap;
};

static void set_error(struct parse *p, size_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void
set_error(struct parse *p, size_t offset, const char *format, ...)
{
    va_list args;

    if (p->failed)
        return;
    p->failed = true;
    *p->error_offset = offset;
    va_start(args, format);
    vsnprintf(p->message, p->cap, format, args);
    va_end(args);
}

/* The byte `ahead` of here, or -1: at the end, or once something failed. */
static int
peek(const struct parse *p, size_t ahead)
{
    if (p->failed || p->at + ahead >= p->len)
        return -1;
    return (unsigned char)p->text[p->at + ahead];
}

static bool
take(struct parse *p, char c)
{
    if (peek(p, 0) != (unsigned char)c)
        return false;
    p->at++;
    return true;
}

/* The blanks of the grammar, which are JSON's. */
static void
skip_blank(struct parse *p)
{
    for (;;) {
        int c = peek(p, 0);

        if (c != ' ' && c != '\t' && c != '\n' && c != '\r')
            return;
        p->at++;
    }
}

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

/* `-` and digits as the RFC has them: no leading zero, no -0, and within the
 * integers that every JSON implementation keeps exactly. */
static int64_t
parse_int(struct parse *p)
{
    size_t start = p->at;
    bool is_negative = take(p, '-');
    size_t digits = p->at;
    int64_t value = 0;

    while (str_is_digit(peek(p, 0)) && value <= JSONPATH_INT_MAX)
        value = value * 10 + (p->text[p->at++] - '0');
    if (p->at == digits)
        set_error(p, start, "expected a number");
    else if (p->text[digits] == '0' && (p->at - digits > 1 || is_negative))
        set_error(p, start, "a number has no leading zero and no -0");
    else if (value > JSONPATH_INT_MAX)
        set_error(p, start, "the number is beyond 2^53 - 1");
    return is_negative ? -value : value;
}

static unsigned
parse_hex4(struct parse *p)
{
    unsigned value = 0;

    for (int i = 0; i < 4; i++) {
        int c = peek(p, 0);
        int lower = c >= 'A' && c <= 'F' ? c + 32 : c;

        if (str_is_digit(c))
            value = value * 16 + (unsigned)(c - '0');
        else if (lower >= 'a' && lower <= 'f')
            value = value * 16 + (unsigned)(lower - 'a' + 10);
        else
            set_error(p, p->at, "\\u needs four hexadecimal digits");
        p->at += p->failed ? 0 : 1;
    }
    return value;
}

/* After `\u`: one code point, from a pair of surrogates where it takes two. */
static unsigned
parse_code_point(struct parse *p)
{
    size_t start = p->at;
    unsigned high = parse_hex4(p);
    unsigned low = 0;

    if (high < 0xd800 || high > 0xdfff)
        return high;
    if (high < 0xdc00 && take(p, '\\') && take(p, 'u'))
        low = parse_hex4(p);
    if (low < 0xdc00 || low > 0xdfff) {
        set_error(p, start, "half of a surrogate pair");
        return 0;
    }
    return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

static void
add_utf8(struct jsonpath_selector *s, unsigned c)
{
    static const unsigned first[] = {0, 0, 0xc0, 0xe0, 0xf0};
    int bytes = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

    if (bytes == 1) {
        s->name[s->len++] = (char)c;
        return;
    }
    s->name[s->len++] =
        (char)(first[bytes] | (c >> (6 * (unsigned)(bytes - 1))));
    for (int i = bytes - 2; i >= 0; i--)
        s->name[s->len++] = (char)(0x80 | ((c >> (6 * (unsigned)i)) & 0x3f));
}

/* After a backslash. */
static void
parse_escape(struct parse *p, struct jsonpath_selector *s, char quote)
{
    static const char from[] = "bfnrt/\\";
    static const char to[] = "\b\f\n\r\t/\\";
    int c = peek(p, 0);
    const char *known = c > 0 ? strchr(from, c) : NULL;

    if (c == 'u') {
        p->at++;
        add_utf8(s, parse_code_point(p));
        return;
    }
    if (c != quote && known == NULL) {
        set_error(p, p->at, "unknown escape after `\\` in a name");
        return;
    }
    s->name[s->len++] = (char)(known != NULL ? to[known - from] : quote);
    p->at++;
}

static void
parse_quoted(struct parse *p, struct jsonpath_selector *s)
{
    size_t start = p->at;
    char quote = p->text[p->at++];

    s->kind = JSONPATH_NAME;
    /* No escape is shorter than what it stands for. */
    s->name = str_xcalloc(p->len - start + 1, 1);
    while (!p->failed && !take(p, quote)) {
        int c = peek(p, 0);

        if (c < 0) {
            set_error(p, start, "the name is not closed by %c", quote);
        } else if (take(p, '\\')) {
            parse_escape(p, s, quote);
        } else if (c < 0x20) {
            set_error(p, p->at, "a control character must be escaped");
        } else {
            s->name[s->len++] = (char)c;
            p->at++;
        }
    }
}

static void
parse_bare_name(struct parse *p, struct jsonpath_selector *s)
{
    size_t start = p->at;

    if (!is_name_first(peek(p, 0))) {
        set_error(p, p->at, "expected a name, `*` or `[`");
        return;
    }
    while (is_name_char(peek(p, 0)))
        p->at++;
    s->kind = JSONPATH_NAME;
    s->len = p->at - start;
    s->name = str_xndup(p->text + start, s->len);
}

static bool
is_int_start(int c)
{
    return c == '-' || str_is_digit(c);
}

/* After the first colon. */
static void
parse_slice(struct parse *p, struct jsonpath_selector *s)
{
    s->kind = JSONPATH_SLICE;
    s->step = 1;
    skip_blank(p);
    if (is_int_start(peek(p, 0))) {
        s->end = parse_int(p);
        s->has_end = true;
        skip_blank(p);
    }
    if (!take(p, ':'))
        return;
    skip_blank(p);
    if (is_int_start(peek(p, 0)))
        s->step = parse_int(p);
}

static void
parse_index(struct parse *p, struct jsonpath_selector *s)
{
    s->kind = JSONPATH_INDEX;
    if (is_int_start(peek(p, 0))) {
        size_t end = 0;

        s->start = parse_int(p);
        s->has_start = true;
        end = p->at;
        skip_blank(p);
        if (peek(p, 0) != ':') {
            p->at = p->failed ? p->at : end;
            return;
        }
    }
    if (take(p, ':'))
        parse_slice(p, s);
}

static void
parse_selector(struct parse *p, struct jsonpath_selector *s)
{
    int c = peek(p, 0);

    if (c == '\'' || c == '"')
        parse_quoted(p, s);
    else if (take(p, '*'))
        s->kind = JSONPATH_WILDCARD;
    else if (c == ':' || is_int_start(c))
        parse_index(p, s);
    else if (c == '?')
        set_error(p, p->at, "filters (`?`) are not in this version");
    else if (is_name_first(c))
        set_error(p, p->at, "a name in brackets stands in quotes");
    else if (c >= 0) /* the end is the bracket's error */
        set_error(p, p->at, "expected a name, a number, `*` or a slice");
}

static struct jsonpath_selector *
add_selector(struct parse *p, struct jsonpath_segment *segment)
{
    struct jsonpath_selector **link = &segment->first;

    if (p->selectors++ == JSONPATH_SELECTORS_MAX)
        set_error(p, p->at, "more than %d selectors", JSONPATH_SELECTORS_MAX);
    while (*link != NULL)
        link = &(*link)->next;
    *link = str_xcalloc(1, sizeof(**link));
    return *link;
}

/* After the bracket opened. */
static void
parse_list(struct parse *p, struct jsonpath_segment *segment)
{
    size_t start = p->at - 1;

    do {
        skip_blank(p);
        parse_selector(p, add_selector(p, segment));
        skip_blank(p);
    } while (take(p, ','));
    if (take(p, ']'))
        return;
    if (peek(p, 0) < 0)
        set_error(p, start, "the bracket is not closed by `]`");
    else
        set_error(p, p->at, "expected `,` or `]`");
}

static void
parse_segment(struct parse *p, struct jsonpath_segment *segment)
{
    bool has_dot = take(p, '.');

    segment->is_descendant = has_dot && take(p, '.');
    if ((!has_dot || segment->is_descendant) && take(p, '['))
        parse_list(p, segment);
    else if (!has_dot)
        set_error(p, p->at, "expected `.` or `[`");
    else if (take(p, '*'))
        add_selector(p, segment)->kind = JSONPATH_WILDCARD;
    else
        parse_bare_name(p, add_selector(p, segment));
}

static void
parse_path(struct parse *p, struct jsonpath *path)
{
    struct jsonpath_segment **link = &path->first;

    if (!take(p, '$'))
        set_error(p, 0, "a path begins with `$`");
    for (int i = 0; !p->failed && p->at < p->len; i++) {
        size_t blank = p->at;

        skip_blank(p);
        if (p->at == p->len)
            set_error(p, blank, "a path does not end in a blank");
        if (i == JSONPATH_SEGMENTS_MAX)
            set_error(p, p->at, "more than %d segments", JSONPATH_SEGMENTS_MAX);
        *link = str_xcalloc(1, sizeof(**link));
        parse_segment(p, *link);
        link = &(*link)->next;
    }
}

struct jsonpath *
jsonpath_parse(const char *text, size_t *error_offset, char *message,
               size_t cap)
{
    struct parse p = {.text = text,
                      .len = strlen(text),
                      .error_offset = error_offset,
                      .message = message,
                      .cap = cap};
    struct jsonpath *path = NULL;

    assert(error_offset != NULL && cap > 0);
    if (p.len > JSONPATH_TEXT_MAX)
        set_error(&p, JSONPATH_TEXT_MAX, "the path is over %d bytes",
                  JSONPATH_TEXT_MAX);
    else if (!str_is_utf8(text, p.len))
        set_error(&p, 0, "the path is not UTF-8");
    if (p.failed)
        return NULL;
    path = str_xcalloc(1, sizeof(*path));
    parse_path(&p, path);
    if (!p.failed)
        return path;
    jsonpath_free(path);
    return NULL;
}
