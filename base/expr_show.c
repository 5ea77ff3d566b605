/*
 * What a target sent ends up in terminals, pages and log lines, so it is
 * quoted, cut, and stripped of everything that could act there: control bytes
 * (C1 too: a terminal takes U+009B for ESC [), bytes that are not UTF-8, and
 * the characters that turn the direction of writing.
 */
#include "base/expr_show.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/units.h"

#define MS_SHOWN_BELOW_NS (10 * NS_PER_S)  /* longer durations read in s */
#define LONG_FROM_NS      (120 * NS_PER_S) /* longer ones in parts */

struct expr_out
expr_show(char *to, size_t cap)
{
    assert(cap > 0);
    to[0] = '\0';
    return (struct expr_out){.to = to, .cap = cap};
}

/* One character or escape: all of it or nothing. */
static bool
add_whole(struct expr_out *out, const char *text, size_t len)
{
    if (out->is_full || len >= out->cap - out->len) {
        out->is_full = true;
        return false;
    }
    memcpy(out->to + out->len, text, len);
    out->len += len;
    out->to[out->len] = '\0';
    return true;
}

/* Bytes of the UTF-8 character at `text`, 0 when it is none. */
static size_t
utf8_len(const char *text, size_t len)
{
    unsigned char c = (unsigned char)text[0];
    size_t want = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

    return want <= len && str_is_utf8(text, want) ? want : 0;
}

/* U+200E, U+200F, U+202A..U+202E, U+2066..U+2069. */
static bool
turns_direction(const unsigned char *c)
{
    if (c[0] != 0xe2)
        return false;
    if (c[1] == 0x80)
        return c[2] == 0x8e || c[2] == 0x8f || (c[2] >= 0xaa && c[2] <= 0xae);
    return c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9;
}

static bool
is_safe(const char *text, size_t len)
{
    const unsigned char *c = (const unsigned char *)text;

    if (len == 1)
        return c[0] >= 0x20 && c[0] != 0x7f;
    if (len == 2)
        return !(c[0] == 0xc2 && c[1] < 0xa0);
    return len != 3 || !turns_direction(c);
}

static bool
add_escaped(struct expr_out *out, unsigned char c)
{
    char hex[5];

    if (c == '\n')
        return add_whole(out, "\\n", 2);
    if (c == '\r')
        return add_whole(out, "\\r", 2);
    if (c == '\t')
        return add_whole(out, "\\t", 2);
    snprintf(hex, sizeof(hex), "\\x%02x", c);
    return add_whole(out, hex, 4);
}

/* Printable ASCII, which most texts are, that fits as a whole. */
static size_t
plain_len(const struct expr_out *out, const char *text, size_t len)
{
    size_t room = out->is_full ? 0 : out->cap - out->len - 1;
    size_t n = 0;

    while (n < len && n < room && text[n] >= 0x20 && text[n] < 0x7f)
        n++;
    return n;
}

bool
expr_show_text(struct expr_out *out, const char *text, size_t len, size_t max)
{
    size_t end = len < max ? len : max;
    size_t at = 0;

    while (at < end) {
        size_t run = plain_len(out, text + at, end - at);
        size_t n = run > 0 ? run : utf8_len(text + at, len - at);
        bool is_plain = run > 0 || (n > 0 && is_safe(text + at, n));
        /* An unsafe character is escaped byte by byte. */
        bool fits = is_plain ? add_whole(out, text + at, n)
                             : add_escaped(out, (unsigned char)text[at]);

        if (!fits)
            return false;
        at += is_plain ? n : 1;
    }
    return at >= len;
}

void
expr_show_add(struct expr_out *out, const char *text)
{
    size_t len = strlen(text);

    (void)expr_show_text(out, text, len, len);
}

#define CLAUSE_MAX 160 /* bytes of a clause in a message */

char *
expr_show_clause(const char *text, size_t len)
{
    char shown[CLAUSE_MAX];
    struct expr_out out = expr_show(shown, sizeof(shown));
    bool is_whole = expr_show_text(&out, text, len, CLAUSE_MAX);

    return str_xprintf("%s%s", shown, is_whole ? "" : "...");
}

/* Room is left for the closing quote and the count behind it. */
#define TAIL_MAX 32

void
expr_show_quote(struct expr_out *out, const struct expr_quote *quote)
{
    char tail[TAIL_MAX];
    struct expr_out head = *out;
    bool is_whole = false;

    if (out->cap - out->len < (size_t)2 * TAIL_MAX) {
        out->is_full = true;
        return;
    }
    head.cap -= TAIL_MAX;
    expr_show_add(&head, "'");
    is_whole = expr_show_text(&head, quote->text, quote->len, EXPR_QUOTE_MAX) &&
               !quote->is_a_begin;
    out->len = head.len;
    if (is_whole)
        snprintf(tail, sizeof(tail), "'");
    else
        snprintf(tail, sizeof(tail), "...' (%zu bytes)", quote->whole);
    expr_show_add(out, tail);
}

/* `v` / 10^3 without zeros that say nothing: 812.3, 800. */
static void
format_milli(char *to, size_t cap, int64_t v, const char *unit)
{
    char rest[8];
    int len = 4; /* the point and three digits */

    snprintf(rest, sizeof(rest), ".%03d", (int)(v % 1000));
    while (len > 0 && (rest[len - 1] == '0' || rest[len - 1] == '.'))
        len--;
    snprintf(to, cap, "%" PRId64 "%.*s %s", v / 1000, len, rest, unit);
}

/* "1 d 23 h 59 min 55.342 s": as exact as the seconds, and readable. */
static void
format_long(char *to, size_t cap, int64_t ns)
{
    static const struct {
        int64_t ns;
        const char *unit;
    } parts[] = {{NS_PER_S * 86400, "d"},
                 {NS_PER_S * 3600, "h"},
                 {NS_PER_S * 60, "min"}};

    int at = 0;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (ns >= parts[i].ns)
            at += snprintf(to + at, cap - (size_t)at, "%s%" PRId64 " %s",
                           at > 0 ? " " : "", ns / parts[i].ns, parts[i].unit);
        ns %= parts[i].ns;
    }
    if (ns < NS_PER_MS)
        return;
    at += snprintf(to + at, cap - (size_t)at, " ");
    format_milli(to + at, cap - (size_t)at, ns / NS_PER_MS, "s");
}

/* To the microsecond: "time < 800ms: got 800 ms" would explain nothing. */
static void
show_duration(struct expr_out *out, int64_t ns)
{
    char text[64];

    if (ns < NS_PER_US)
        snprintf(text, sizeof(text), "%" PRId64 " ns", ns);
    else if (ns < MS_SHOWN_BELOW_NS)
        format_milli(text, sizeof(text), ns / NS_PER_US, "ms");
    else if (ns < LONG_FROM_NS)
        format_milli(text, sizeof(text), ns / NS_PER_MS, "s");
    else
        format_long(text, sizeof(text), ns);
    expr_show_add(out, text);
}

/* The shortest text that reads back as the same number. */
static void
show_decimal(struct expr_out *out, double v)
{
    char text[40];

    snprintf(text, sizeof(text), "%.15g", v);
    if (isfinite(v) && islessgreater(strtod(text, NULL), v))
        snprintf(text, sizeof(text), "%.17g", v);
    expr_show_add(out, text);
}

static void
show_number(struct expr_out *out, enum expr_type type,
            const struct expr_value *v)
{
    char text[40];

    if (v->text != NULL) {
        expr_show_add(out, v->text);
        return;
    }
    if (v->is_decimal) {
        show_decimal(out, v->decimal);
        return;
    }
    if (type == EXPR_DURATION) {
        show_duration(out, v->num);
        return;
    }
    if (type == EXPR_SIZE && v->num >= 0)
        units_format_size(text, v->num);
    else
        snprintf(text, sizeof(text), "%" PRId64, v->num);
    expr_show_add(out, text);
}

void
expr_show_value(struct expr_out *out, enum expr_type type,
                const struct expr_value *v)
{
    switch (v->type) {
    case EXPR_V_NUM:
        show_number(out, type, v);
        break;
    case EXPR_V_TEXT:
        expr_show_quote(out,
                        &(struct expr_quote){v->text, v->len, v->len, false});
        break;
    case EXPR_V_BOOL:
        expr_show_add(out, v->flag ? "true" : "false");
        break;
    case EXPR_V_NULL:
        expr_show_add(out, "null");
        break;
    }
}
