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
 *
 * Who chooses both values and text (a server that sets cookies) could make that
 * quadratic, so the characters compared are counted and the count has an end.
 */
#include "base/mask.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mask_scheme.h"
#include "base/str.h"

#define BASE64_COUNT 3 /* places among three bytes */

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
    size_t count; /* of the patterns */
    bool is_over; /* there were too many */
};

struct text {
    const char *at;
    size_t len;
    size_t *work; /* characters that may still be compared; NULL: any number */
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
    mask->count++;
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

    if (len < MASK_VALUE_MIN || mask->is_over)
        return;
    if (mask->count > MASK_PATTERNS_MAX) {
        mask->is_over = true;
        return;
    }
    shown = shown_as(mask, name);
    (void)add_pattern(mask, value, len, shown);
    for (size_t place = 0; place < BASE64_COUNT; place++)
        add_base64(mask, (struct text){.at = value, .len = len}, place, shown);
}

static struct text
after(struct text t, size_t chars)
{
    return (struct text){t.at + chars, t.len - chars, t.work};
}

/* ---- matching ---- */

/* '+' stands for a space in a form. */
static bool
is_escape(char c)
{
    return c == '%' || c == '\\' || c == '&' || c == '+';
}

static bool
is_unit_of(const struct mask_scheme_unit *u, const char *want, size_t left,
           enum mask_scheme scheme)
{
    if (u->count <= left && memcmp(u->byte, want, u->count) == 0)
        return true;
    return scheme == MASK_SCHEME_URL && u->chars == 1 && u->byte[0] == '+' &&
           want[0] == ' '; /* of a form */
}

/* Characters of `t` that are the pattern; 0: they are not. */
static size_t
match(const struct pattern *p, enum mask_scheme scheme, struct text t)
{
    const size_t whole = t.len;
    size_t i = 0;

    while (i < p->len && t.len > 0) {
        struct mask_scheme_unit u = mask_scheme_read(scheme, t.at, t.len);

        if (*t.work == 0)
            return 0; /* mask_text() hides it */
        --*t.work;
        if (!is_unit_of(&u, p->text + i, p->len - i, scheme)) {
            if (!mask_scheme_is_half(scheme, t.at, t.len))
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

struct search {
    const struct mask *mask;
    struct text whole;
    size_t next
        [MASK_SCHEME_COUNT]; /* the next place where a scheme's reading is not
                                  the plain one */
};

/* Until its next escape a scheme says what the plain one says. */
static bool
may_differ(struct search *s, enum mask_scheme scheme, size_t at, size_t len)
{
    size_t *next = &s->next[scheme];

    if (scheme == MASK_SCHEME_PLAIN)
        return true;
    if (*next < at)
        *next = at;
    while (*next < s->whole.len &&
           !mask_scheme_differs(scheme, s->whole.at[*next]))
        ++*next;
    return *next < s->whole.len && *next - at < len;
}

/* Of the patterns that begin with `byte`, at `at`, in one scheme. */
static struct found
try_all(struct search *s, size_t at, char byte, enum mask_scheme scheme)
{
    struct found best = {0};

    for (const struct pattern *p = s->mask->first[(uint8_t)byte]; p != NULL;
         p = p->next) {
        size_t chars = may_differ(s, scheme, at, p->len)
                           ? match(p, scheme, after(s->whole, at))
                           : 0;

        if (chars > 0)
            best = longer(best, widen((struct found){at, at + chars, p->shown},
                                      p, s->whole));
    }
    return best;
}

static struct found
find_at(struct search *s, size_t at)
{
    const char c = s->whole.at[at];
    struct found best = {0};

    for (int i = 0; i < MASK_SCHEME_COUNT; i++) {
        enum mask_scheme scheme = (enum mask_scheme)i;
        struct mask_scheme_unit u =
            mask_scheme_read(scheme, s->whole.at + at, s->whole.len - at);

        best = longer(best, try_all(s, at, u.byte[0], scheme));
    }
    if (c == '+')
        best = longer(best, try_all(s, at, ' ', MASK_SCHEME_URL));
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

/* What was not looked at is hidden; a character before it may tell of it. */
static void
add_hidden(struct text whole, size_t done, size_t at, struct buf *out)
{
    at -= at > done ? 1 : 0;
    while (at > done && is_inside_rune(whole.at[at]))
        at--;
    (void)buf_add(out, whole.at + done, at - done);
    (void)buf_add_str(out, MASK_TEXT);
}

static size_t
work_for(const struct mask *mask, size_t len)
{
    if (mask->is_over)
        return 0;
    return len * MASK_WORK_PER_BYTE + MASK_WORK_MIN;
}

static bool
may_begin(const struct mask *mask, char c)
{
    return mask->first[(uint8_t)c] != NULL || is_escape(c);
}

int
mask_text(const struct mask *mask, const char *text, size_t len,
          struct buf *out)
{
    size_t work = work_for(mask, len);
    const struct text whole = {text, len, &work};
    struct search search = {.mask = mask, .whole = whole};
    struct found open = {0};
    size_t done = 0;
    size_t at;

    for (at = 0; at < len && work > 0; at++) {
        struct found f = {0};

        if (may_begin(mask, text[at]))
            f = find_at(&search, at);
        if (f.to == 0 || work == 0)
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
    if (work == 0 && done < len)
        add_hidden(whole, done, at > done ? at - 1 : done, out);
    else if (done < len)
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
