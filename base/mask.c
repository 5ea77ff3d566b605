/*
 * A value is not searched in each of its encodings, of which there are many
 * (who encodes chooses which characters): the text is decoded while it is
 * compared.  A scheme turns what stands at a place into the bytes it means and
 * says how long it is; four schemes (as it is, URL, JSON, HTML) are compared
 * one by one, so each has one reading of a text and a comparison is linear.
 *
 * Base64 is different: there the value's place among the encoded bytes decides
 * what its characters are.  For each of the three places the characters that
 * depend on the value alone are a pattern of their own; one that it shares with
 * its neighbour, before or after, is hidden with it.
 *
 *   1. at each place of the text: which patterns can begin here?  by their
 *      first byte; of those that do, the longest;
 *   2. matches that overlap are one: of two values, one inside the other's end,
 *      no rest is shown.
 */
#include "base/mask.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"

#define UNIT_BYTES   4  /* a character of UTF-8 */
#define UNIT_MAX     12 /* characters of an escape: \ud83d\ude00 */
#define BASE64_COUNT 3  /* places among three bytes */

#define NAME_MAX_SHOWN (MASK_GROWTH * MASK_VALUE_MIN - 2) /* in < and > */

struct name {
    struct name *next;
    char text[];
};

struct pattern {
    struct pattern *next; /* of those with the same first byte */
    const char *shown;    /* MASK_TEXT, or a name of the mask's */
    size_t len;
    bool has_lead; /* base64: a character before, one after, tell of it */
    bool has_tail;
    char text[];
};

struct mask {
    struct pattern *first[256];
    struct name *names;
};

struct text {
    const char *at;
    size_t len;
};

/* ---- patterns ---- */

struct mask *
mask_create(void)
{
    return str_xcalloc(1, sizeof(struct mask));
}

void
mask_free(struct mask *mask)
{
    if (mask == NULL)
        return;
    for (size_t i = 0; i < 256; i++)
        while (mask->first[i] != NULL) {
            struct pattern *p = mask->first[i];

            mask->first[i] = p->next;
            explicit_bzero(p->text, p->len);
            free(p);
        }
    while (mask->names != NULL) {
        struct name *name = mask->names;

        mask->names = name->next;
        free(name);
    }
    free(mask);
}

bool
mask_is_empty(const struct mask *mask)
{
    for (size_t i = 0; i < 256; i++)
        if (mask->first[i] != NULL)
            return false;
    return true;
}

/* A secret stays one, whatever else has its value. */
static const char *
graver(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return a != NULL ? a : b;
    return str_eq(b, MASK_TEXT) ? b : a;
}

static struct pattern *
add_pattern(struct mask *mask, const char *text, size_t len, const char *shown)
{
    struct pattern **at = &mask->first[(uint8_t)text[0]];
    struct pattern *p;

    for (p = *at; p != NULL; p = p->next)
        if (p->len == len && memcmp(p->text, text, len) == 0) {
            p->shown = graver(p->shown, shown);
            return p;
        }
    p = str_xcalloc(1, sizeof(*p) + len);
    p->len = len;
    p->shown = shown;
    memcpy(p->text, text, len);
    p->next = *at;
    *at = p;
    return p;
}

/* "<name>"; NULL: MASK_TEXT. */
static const char *
shown_as(struct mask *mask, const char *text)
{
    char shown[NAME_MAX_SHOWN + sizeof("<>")];
    struct name *name;

    if (text == NULL)
        return MASK_TEXT;
    (void)snprintf(shown, sizeof(shown), "<%.*s>", NAME_MAX_SHOWN, text);
    for (name = mask->names; name != NULL; name = name->next)
        if (str_eq(name->text, shown))
            return name->text;
    name = str_xcalloc(1, sizeof(*name) + strlen(shown) + 1);
    memcpy(name->text, shown, strlen(shown));
    name->next = mask->names;
    mask->names = name;
    return name->text;
}

/* The value after `place` other bytes: its own characters are those whose six
 * bits are all its own. */
static void
add_base64(struct mask *mask, struct text value, size_t place,
           const char *shown)
{
    const size_t len = value.len;
    uint8_t *bytes = str_xcalloc(1, place + len);
    size_t from = (8 * place + 5) / 6, to = 8 * (place + len) / 6;
    char *text;
    bool is_same = true;

    memcpy(bytes + place, value.at, len);
    text = str_base64(bytes, place + len);
    for (int alphabet = 0; alphabet < 2; alphabet++) {
        struct pattern *p = add_pattern(mask, text + from, to - from, shown);

        p->has_lead = p->has_lead || 8 * place % 6 != 0;
        p->has_tail = p->has_tail || 8 * (place + len) % 6 != 0;
        for (size_t i = from; i < to; i++) {
            is_same = is_same && text[i] != '+' && text[i] != '/';
            if (text[i] == '+')
                text[i] = '-';
            else if (text[i] == '/')
                text[i] = '_';
        }
        if (is_same)
            break;
    }
    explicit_bzero(text, strlen(text));
    explicit_bzero(bytes, place + len);
    free(text);
    free(bytes);
}

void
mask_add(struct mask *mask, const char *value, size_t len)
{
    mask_add_as(mask, value, len, NULL);
}

void
mask_add_as(struct mask *mask, const char *value, size_t len, const char *name)
{
    const char *shown;

    if (len < MASK_VALUE_MIN)
        return;
    shown = shown_as(mask, name);
    (void)add_pattern(mask, value, len, shown);
    for (size_t place = 0; place < BASE64_COUNT; place++)
        add_base64(mask, (struct text){value, len}, place, shown);
}

/* ---- schemes ---- */

/* What stands at a place: the bytes it means, and its length in characters. */
struct unit {
    size_t chars;
    size_t count;
    char byte[UNIT_BYTES];
};

static int
digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = str_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The number that up to `max` digits give; `*chars` how many they are. */
static uint32_t
number(struct text t, unsigned base, size_t max, size_t *chars)
{
    uint32_t sum = 0;
    size_t i = 0;

    for (; i < max && i < t.len; i++) {
        int digit = digit_of(t.at[i]);

        if (digit < 0 || (unsigned)digit >= base)
            break;
        sum = sum * base + (unsigned)digit;
    }
    *chars = i;
    return sum;
}

static struct text
after(struct text t, size_t chars)
{
    return (struct text){t.at + chars, t.len - chars};
}

static struct unit
unit_of_byte(char c, size_t chars)
{
    return (struct unit){.chars = chars, .count = 1, .byte = {c}};
}

static struct unit
unit_of_rune(uint32_t rune, size_t chars)
{
    struct unit u = {.chars = chars, .count = 1};

    if (rune < 0x80) {
        u.byte[0] = (char)rune;
    } else if (rune < 0x800) {
        u.count = 2;
        u.byte[0] = (char)(0xc0 | rune >> 6);
        u.byte[1] = (char)(0x80 | (rune & 0x3f));
    } else if (rune < 0x10000) {
        u.count = 3;
        u.byte[0] = (char)(0xe0 | rune >> 12);
        u.byte[1] = (char)(0x80 | (rune >> 6 & 0x3f));
        u.byte[2] = (char)(0x80 | (rune & 0x3f));
    } else {
        u.count = 4;
        u.byte[0] = (char)(0xf0 | (rune >> 18 & 0x07));
        u.byte[1] = (char)(0x80 | (rune >> 12 & 0x3f));
        u.byte[2] = (char)(0x80 | (rune >> 6 & 0x3f));
        u.byte[3] = (char)(0x80 | (rune & 0x3f));
    }
    return u;
}

/* `t` is not empty; what is no escape means itself. */
typedef struct unit unit_fn(struct text t);

struct scheme {
    unit_fn *unit;
    char escape; /* what escapes begin with */
};

static struct unit
unit_plain(struct text t)
{
    return unit_of_byte(t.at[0], 1);
}

static struct unit
unit_url(struct text t)
{
    size_t chars = 0;
    uint32_t byte;

    if (t.at[0] != '%')
        return unit_plain(t);
    byte = number(after(t, 1), 16, 2, &chars);
    return chars == 2 ? unit_of_byte((char)byte, 3) : unit_plain(t);
}

/* \uXXXX, or two of them that are one character. */
static struct unit
unit_json_rune(struct text t)
{
    size_t chars = 0, more = 0;
    uint32_t high = number(after(t, 2), 16, 4, &chars);
    uint32_t low;

    if (chars != 4)
        return unit_plain(t);
    if (high < 0xd800 || high > 0xdbff || t.len < UNIT_MAX || t.at[6] != '\\' ||
        t.at[7] != 'u')
        return unit_of_rune(high, 6);
    low = number(after(t, 8), 16, 4, &more);
    if (more != 4 || low < 0xdc00 || low > 0xdfff)
        return unit_of_rune(high, 6);
    return unit_of_rune(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00),
                        UNIT_MAX);
}

static struct unit
unit_json(struct text t)
{
    static const char names[] = "\"\\/'bfnrt";
    static const char means[] = "\"\\/'\b\f\n\r\t";
    const char *name;

    if (t.at[0] != '\\' || t.len < 2)
        return unit_plain(t);
    if (t.at[1] == 'u')
        return unit_json_rune(t);
    name = t.at[1] != '\0' ? strchr(names, t.at[1]) : NULL;
    return name != NULL ? unit_of_byte(means[name - names], 2) : unit_plain(t);
}

static struct unit
unit_html_number(struct text t)
{
    bool is_hex = t.len > 2 && str_lower(t.at[2]) == 'x';
    size_t from = is_hex ? 3 : 2, chars = 0;
    uint32_t rune =
        t.len > from ? number(after(t, from), is_hex ? 16 : 10, 7, &chars) : 0;

    if (chars == 0 || from + chars >= t.len || t.at[from + chars] != ';' ||
        rune > 0x10ffff)
        return unit_plain(t);
    return unit_of_rune(rune, from + chars + 1);
}

static struct unit
unit_html(struct text t)
{
    static const struct {
        const char *name;
        char means;
    } names[] = {{"&amp;", '&'},
                 {"&lt;", '<'},
                 {"&gt;", '>'},
                 {"&quot;", '"'},
                 {"&apos;", '\''}};

    if (t.at[0] != '&')
        return unit_plain(t);
    if (t.len > 1 && t.at[1] == '#')
        return unit_html_number(t);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t len = strlen(names[i].name);

        if (t.len >= len && memcmp(t.at, names[i].name, len) == 0)
            return unit_of_byte(names[i].means, len);
    }
    return unit_plain(t);
}

static const struct scheme SCHEMES[] = {
    {unit_plain, '\0'}, {unit_url, '%'}, {unit_json, '\\'}, {unit_html, '&'}};
static const struct scheme *const URL = &SCHEMES[1];

#define SCHEME_COUNT (sizeof(SCHEMES) / sizeof(SCHEMES[0]))

/* ---- matching ---- */

static bool
is_escape(char c)
{
    return c == '%' || c == '\\' || c == '&';
}

/* An escape that the end of the text cuts off. */
static bool
is_half_escape(struct text t, const struct scheme *scheme)
{
    if (t.len >= UNIT_MAX || t.at[0] != scheme->escape)
        return false;
    if (t.at[0] == '%')
        return t.len < 3;
    if (t.at[0] == '\\')
        return t.len < 2 || t.at[1] == 'u';
    return memchr(t.at, ';', t.len) == NULL;
}

static bool
is_unit_of(const struct unit *u, const char *want, size_t left,
           const struct scheme *scheme)
{
    if (u->count <= left && memcmp(u->byte, want, u->count) == 0)
        return true;
    return scheme == URL && u->chars == 1 && u->byte[0] == '+' &&
           want[0] == ' '; /* of a form */
}

/* Characters of `t` that are the pattern; 0: they are not. */
static size_t
match(const struct pattern *p, const struct scheme *scheme, struct text t)
{
    const size_t whole = t.len;
    size_t i = 0;

    while (i < p->len && t.len > 0) {
        struct unit u = scheme->unit(t);

        if (!is_unit_of(&u, p->text + i, p->len - i, scheme)) {
            if (!is_half_escape(t, scheme))
                return 0;
            t = after(t, t.len);
            break;
        }
        i += u.count;
        t = after(t, u.chars);
    }
    return i == p->len || i >= MASK_VALUE_MIN ? whole - t.len : 0;
}

struct found { /* a part of the text; empty: nothing */
    size_t from;
    size_t to;
    const char *shown;
};

static bool
is_base64(char c)
{
    return str_is_alpha(c) || str_is_digit(c) || c == '+' || c == '/' ||
           c == '-' || c == '_';
}

static struct found
widen(struct found f, const struct pattern *p, struct text whole)
{
    if (p->has_lead && f.from > 0 && is_base64(whole.at[f.from - 1]))
        f.from--;
    if (p->has_tail && f.to < whole.len && is_base64(whole.at[f.to]))
        f.to++;
    return f;
}

static struct found
longer(struct found a, struct found b)
{
    struct found f = a.to == 0 ? b : a;

    if (a.to == 0 || b.to == 0)
        return f;
    f.from = a.from < b.from ? a.from : b.from;
    f.to = a.to > b.to ? a.to : b.to;
    f.shown = graver(a.shown, b.shown);
    return f;
}

/* Of the patterns that begin with `byte`, at `at`, in one scheme. */
static struct found
try_all(const struct mask *mask, struct text whole, size_t at, char byte,
        const struct scheme *scheme)
{
    struct found best = {0};

    for (const struct pattern *p = mask->first[(uint8_t)byte]; p != NULL;
         p = p->next) {
        size_t chars = match(p, scheme, after(whole, at));

        if (chars > 0)
            best = longer(best, widen((struct found){at, at + chars, p->shown},
                                      p, whole));
    }
    return best;
}

static struct found
find_at(const struct mask *mask, struct text whole, size_t at)
{
    const char c = whole.at[at];
    struct found best = {0};

    for (size_t s = 0; s < SCHEME_COUNT; s++) {
        struct unit u = SCHEMES[s].unit(after(whole, at));

        best = longer(best, try_all(mask, whole, at, u.byte[0], &SCHEMES[s]));
    }
    if (c == '+')
        best = longer(best, try_all(mask, whole, at, ' ', URL));
    return best;
}

/* ---- texts ---- */

static bool
is_inside_rune(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

static struct found
widen_to_runes(struct found f, struct text whole)
{
    while (f.from > 0 && is_inside_rune(whole.at[f.from]))
        f.from--;
    while (f.to < whole.len && is_inside_rune(whole.at[f.to]))
        f.to++;
    return f;
}

/* Adds what stands before `f`, and the mask; where the text goes on. */
static size_t
add_masked(struct text whole, size_t done, struct found f, struct buf *out)
{
    (void)buf_add(out, whole.at + done, f.from - done);
    (void)buf_add_str(out, f.shown);
    return f.to;
}

int
mask_text(const struct mask *mask, const char *text, size_t len,
          struct buf *out)
{
    const struct text whole = {text, len};
    struct found open = {0};
    size_t done = 0;

    for (size_t at = 0; at < len; at++) {
        struct found f = {0};

        if (mask->first[(uint8_t)text[at]] != NULL || is_escape(text[at]) ||
            text[at] == '+')
            f = find_at(mask, whole, at);
        if (f.to == 0)
            continue;
        f = widen_to_runes(f, whole);
        if (open.to > f.from) {
            open = longer(open, f);
            continue;
        }
        if (open.to > 0)
            done = add_masked(whole, done, open, out);
        open = f;
    }
    if (open.to > 0)
        done = add_masked(whole, done, open, out);
    if (done < len)
        (void)buf_add(out, text + done, len - done);
    return out->failed ? -1 : 0;
}

void
mask_in_place(const struct mask *mask, char *text, size_t cap)
{
    size_t len = strnlen(text, cap);
    struct buf out;

    buf_init(&out, (len + MASK_VALUE_MIN) * MASK_GROWTH);
    if (mask_text(mask, text, len, &out) == 0)
        (void)str_copy(text, cap, buf_text(&out));
    else
        (void)str_copy(text, cap, MASK_TEXT);
    if (out.len > 0)
        explicit_bzero(out.data, out.len);
    buf_free(&out);
}
