/*
 * Problems are kept as they come and put in order when printed: first by the
 * order in which the files became known, then by place.  The same problem at
 * the same place is kept once: a fault in `defaults` shows in every check that
 * inherits it, and is still one fault.
 */
#include "base/diag.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"

#define MESSAGE_MAX  600 /* bytes of one message; longer ones are cut */
#define SHOWN_MAX    160 /* characters of a source line that are shown */
#define SHOWN_BEFORE 80  /* of these before the caret, in a longer line */
#define COLOUR_ERROR "\033[1;31m"
#define COLOUR_WARN  "\033[1;33m"
#define COLOUR_PLACE "\033[1m"
#define COLOUR_OFF   "\033[0m"

struct problem {
    enum diag_level level;
    struct diag_pos pos;
    char *file; /* pos.file's */
    char *hint;
    char *message;
    size_t source; /* order of the file */
    size_t seq;
};

struct source {
    char *file;
    char *text;
    size_t len;
};

struct hidden {
    char *file;
    struct diag_pos pos; /* its file is not used */
};

struct diag {
    struct problem problems[DIAG_MAX];
    size_t count;
    struct hidden *hidden;
    size_t hidden_count;
    size_t errors; /* all of them, those not kept included */
    size_t warnings;
    struct source *sources;
    size_t source_count;
};

struct diag *
diag_create(void)
{
    return str_xcalloc(1, sizeof(struct diag));
}

void
diag_free(struct diag *diag)
{
    if (!diag)
        return;
    for (size_t i = 0; i < diag->source_count; i++) {
        free(diag->sources[i].file);
        free(diag->sources[i].text);
    }
    for (size_t i = 0; i < diag->count; i++) {
        free(diag->problems[i].file);
        free(diag->problems[i].hint);
        free(diag->problems[i].message);
    }
    for (size_t i = 0; i < diag->hidden_count; i++)
        free(diag->hidden[i].file);
    free(diag->hidden);
    free(diag->sources);
    free(diag);
}

void
diag_source(struct diag *diag, const char *file, const char *text, size_t len)
{
    size_t size = (diag->source_count + 1) * sizeof(diag->sources[0]);

    diag->sources = str_xrealloc(diag->sources, size);
    diag->sources[diag->source_count++] =
        (struct source){str_xdup(file), str_xndup(text, len), len};
}

static size_t
find_source(const struct diag *diag, const char *file)
{
    for (size_t i = 0; i < diag->source_count; i++)
        if (str_eq(diag->sources[i].file, file))
            return i;
    return SIZE_MAX;
}

/* Bytes of one character; one that is none stands for itself. */
static size_t
char_len(const char *text, size_t left)
{
    size_t n = str_utf8_len(text, left);

    return n == 0 ? 1 : n;
}

/* Where the password of "//USER:PASSWORD@" lies; false: there is none. */
static bool
find_password(const char *text, size_t len, size_t *from, size_t *to)
{
    size_t colon = 0;
    size_t at = 0;

    for (size_t i = 0; i < len && !strchr("/?#\"'` ", text[i]); i++) {
        if (text[i] == ':' && colon == 0)
            colon = i + 1;
        if (text[i] == '@')
            at = i;
    }
    *from = colon;
    *to = at;
    return colon > 0 && at > colon;
}

/* Of the address whose host begins at `i`; none: both 0. */
static void
find_next_password(const char *text, size_t len, size_t i, size_t *from,
                   size_t *to)
{
    bool has_one = find_password(&text[i], len - i, from, to);

    *from = has_one ? *from + i : 0;
    *to = has_one ? *to + i : 0;
}

/* The same characters, those of passwords as stars; its length into `*len`. */
static char *
without_passwords(const char *text, size_t *len)
{
    char *shown = str_xndup(text, *len);
    size_t from = 0;
    size_t to = 0;
    size_t out = 0;

    for (size_t i = 0, n; i < *len; i += n) {
        n = char_len(&text[i], *len - i);
        if (i >= 3 && i >= to && memcmp(&text[i - 3], "://", 3) == 0)
            find_next_password(text, *len, i, &from, &to);
        if (i >= from && i < to) {
            shown[out++] = '*';
            continue;
        }
        memmove(&shown[out], &text[i], n);
        out += n;
    }
    *len = out;
    return shown;
}

static char *
without_password(const char *text)
{
    size_t len = text ? strlen(text) : 0;
    char *shown = text ? without_passwords(text, &len) : NULL;

    if (shown)
        shown[len] = '\0';
    return shown;
}

static bool
is_known(const struct diag *diag, const struct diag_pos *pos,
         const char *message)
{
    for (size_t i = 0; i < diag->count; i++) {
        const struct problem *p = &diag->problems[i];

        if (p->pos.line == pos->line && p->pos.column == pos->column &&
            str_eq(p->message, message) && str_eq(p->pos.file, pos->file))
            return true;
    }
    return false;
}

void
diag_add(struct diag *diag, enum diag_level level, struct diag_pos pos,
         const char *hint, const char *format, ...)
{
    char message[MESSAGE_MAX];
    struct problem *p;
    va_list args;

    va_start(args, format);
    (void)vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    if (is_known(diag, &pos, message))
        return;
    if (level == DIAG_ERROR)
        diag->errors++;
    else
        diag->warnings++;
    if (diag->count == DIAG_MAX)
        return;
    p = &diag->problems[diag->count];
    p->level = level;
    p->pos = pos;
    p->file = str_xdup(pos.file);
    p->pos.file = p->file;
    p->hint = without_password(hint);
    p->message = without_password(message);
    p->source = find_source(diag, pos.file);
    p->seq = diag->count++;
}

void
diag_hide(struct diag *diag, struct diag_pos pos)
{
    size_t size = (diag->hidden_count + 1) * sizeof(diag->hidden[0]);

    if (pos.file == NULL)
        return;
    diag->hidden = str_xrealloc(diag->hidden, size);
    diag->hidden[diag->hidden_count++] =
        (struct hidden){str_xdup(pos.file), pos};
}

void
diag_move(struct diag *to, const struct diag *from, diag_place_fn *place,
          void *cookie)
{
    for (size_t i = 0; i < from->count; i++) {
        const struct problem *p = &from->problems[i];
        struct diag_pos pos = p->pos;

        place(cookie, &pos);
        diag_add(to, p->level, pos, p->hint, "%s", p->message);
    }
    for (size_t i = 0; i < from->hidden_count; i++) {
        struct diag_pos pos = from->hidden[i].pos;

        pos.file = from->hidden[i].file;
        place(cookie, &pos);
        diag_hide(to, pos);
    }
}

size_t
diag_errors(const struct diag *diag)
{
    return diag->errors;
}

size_t
diag_warnings(const struct diag *diag)
{
    return diag->warnings;
}

static int
compare(const void *a, const void *b)
{
    const struct problem *const *pa = a;
    const struct problem *const *pb = b;
    const struct problem *x = *pa;
    const struct problem *y = *pb;

    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    if (x->pos.line != y->pos.line)
        return x->pos.line < y->pos.line ? -1 : 1;
    if (x->pos.column != y->pos.column)
        return x->pos.column < y->pos.column ? -1 : 1;
    return x->seq < y->seq ? -1 : 1;
}

static void
sort(const struct diag *diag, const struct problem **order)
{
    for (size_t i = 0; i < diag->count; i++)
        order[i] = &diag->problems[i];
    qsort(order, diag->count, sizeof(order[0]), compare);
}

/* The text of line `line`, counted from 1; false when there is none. */
static bool
find_line(const struct source *source, int line, const char **text, size_t *len)
{
    const char *at = source->text;
    size_t left = source->len;
    const char *end;

    while (line > 1) {
        end = left ? memchr(at, '\n', left) : NULL;
        if (!end)
            return false;
        left -= (size_t)(end + 1 - at);
        at = end + 1;
        line--;
    }
    end = left ? memchr(at, '\n', left) : NULL;
    *len = end ? (size_t)(end - at) : left;
    if (*len > 0 && at[*len - 1] == '\r')
        --*len;
    *text = at;
    return true;
}

/* What a terminal would obey (ESC, the like of C1), and bytes that are no
 * character. */
static bool
is_printable(const char *text, size_t left)
{
    unsigned char c = (unsigned char)text[0];

    if (c == '\t' || (c >= ' ' && c < 127))
        return true;
    return c >= 128 && str_utf8_len(text, left) != 0 &&
           !(c == 0xc2 && (unsigned char)text[1] < 0xa0);
}

/* Characters, not bytes, decide what is shown; what cannot be is a `?`. */
static void
print_chars(struct buf *out, const char *text, size_t len, size_t from)
{
    size_t seen = 0;

    for (size_t i = 0; i < len; i += char_len(&text[i], len - i)) {
        seen++;
        if (seen <= from || seen > from + SHOWN_MAX)
            continue;
        if (is_printable(&text[i], len - i))
            (void)buf_add(out, &text[i], char_len(&text[i], len - i));
        else
            (void)buf_add_char(out, '?');
    }
}

/* As wide as what is printed above: a tab stays a tab. */
static void
print_indent(struct buf *out, const char *text, size_t len, size_t from,
             size_t column)
{
    size_t seen = 0;

    for (size_t i = 0; i < len && seen < column;
         i += char_len(&text[i], len - i)) {
        seen++;
        if (seen > from && seen < column)
            (void)buf_add_char(out, text[i] == '\t' ? '\t' : ' ');
    }
    for (seen++; seen < column; seen++)
        (void)buf_add_char(out, ' ');
}

static size_t
count_chars(const char *text, size_t len)
{
    size_t count = 0;

    for (size_t i = 0; i < len; i += char_len(&text[i], len - i))
        count++;
    return count;
}

/* Characters of `text` from `column` on become stars, the quotes around them
 * aside; its length into `*len`. */
static void
put_stars(char *text, size_t *len, size_t column, size_t count)
{
    size_t seen = 0;
    size_t out = 0;

    for (size_t i = 0, n; i < *len; i += n) {
        bool is_quote;

        n = char_len(&text[i], *len - i);
        seen++;
        is_quote =
            text[i] == '"' && (seen == column || seen + 1 == column + count);
        if (seen >= column && seen - column < count && !is_quote) {
            text[out++] = '*';
        } else {
            memmove(&text[out], &text[i], n);
            out += n;
        }
    }
    *len = out;
}

static void
hide(const struct diag *diag, const struct problem *p, char *text, size_t *len)
{
    for (size_t i = 0; i < diag->hidden_count; i++) {
        const struct hidden *h = &diag->hidden[i];

        if (h->pos.line == p->pos.line && str_eq(h->file, p->file))
            put_stars(text, len, (size_t)h->pos.column, (size_t)h->pos.length);
    }
}

static void
print_source(const struct diag *diag, const struct problem *p, struct buf *out)
{
    const char *text;
    char *shown;
    size_t len;
    size_t column = (size_t)(p->pos.column > 0 ? p->pos.column : 1);
    size_t from = 0;
    size_t carets = (size_t)(p->pos.length > 0 ? p->pos.length : 1);
    size_t width;

    if (p->source == SIZE_MAX ||
        !find_line(&diag->sources[p->source], p->pos.line, &text, &len))
        return;
    shown = without_passwords(text, &len);
    hide(diag, p, shown, &len);
    width = count_chars(shown, len);
    if (width > SHOWN_MAX && column > SHOWN_BEFORE)
        from = column - SHOWN_BEFORE;
    if (column + carets > width + 1)
        carets = width >= column ? width + 1 - column : 1;
    if (carets > SHOWN_MAX - SHOWN_BEFORE)
        carets = SHOWN_MAX - SHOWN_BEFORE;
    (void)buf_addf(out, "%5d | ", p->pos.line);
    print_chars(out, shown, len, from);
    (void)buf_add_str(out, "\n      | ");
    print_indent(out, shown, len, from, column);
    free(shown);
    for (size_t i = 0; i < carets; i++)
        (void)buf_add_char(out, '^');
    if (p->hint)
        (void)buf_addf(out, " %s", p->hint);
    (void)buf_add_char(out, '\n');
}

static void
print_one(const struct diag *diag, const struct problem *p, struct buf *out,
          bool colour)
{
    bool is_error = p->level == DIAG_ERROR;
    size_t before;

    (void)buf_add_str(out, colour ? COLOUR_PLACE : "");
    if (p->pos.file)
        (void)buf_addf(out, "%s:", p->pos.file);
    if (p->pos.line > 0)
        (void)buf_addf(out, "%d:%d:", p->pos.line, p->pos.column);
    if (p->pos.file || p->pos.line > 0)
        (void)buf_add_char(out, ' ');
    if (colour)
        (void)buf_add_str(out, is_error ? COLOUR_ERROR : COLOUR_WARN);
    (void)buf_addf(out, "%s:%s %s\n", is_error ? "error" : "warning",
                   colour ? COLOUR_OFF : "", p->message);
    before = out->len;
    if (p->pos.line > 0)
        print_source(diag, p, out);
    if (out->len == before && p->hint)
        (void)buf_addf(out, "      = %s\n", p->hint);
}

void
diag_print(const struct diag *diag, struct buf *out, bool colour)
{
    const struct problem *order[DIAG_MAX];
    size_t all = diag->errors + diag->warnings;

    sort(diag, order);
    for (size_t i = 0; i < diag->count; i++)
        print_one(diag, order[i], out, colour);
    if (all > diag->count)
        (void)buf_addf(out, "and %zu more\n", all - diag->count);
}

void
diag_print_json(const struct diag *diag, struct buf *out)
{
    const struct problem *order[DIAG_MAX];

    sort(diag, order);
    for (size_t i = 0; i < diag->count; i++) {
        const struct problem *p = order[i];
        struct json j = json_begin(out);

        json_obj(&j, NULL);
        json_str(&j, "level", p->level == DIAG_ERROR ? "error" : "warning");
        json_str(&j, "file", p->pos.file);
        json_int(&j, "line", p->pos.line);
        json_int(&j, "column", p->pos.column);
        json_int(&j, "length", p->pos.length);
        json_str(&j, "message", p->message);
        json_str(&j, "hint", p->hint);
        json_end(&j);
        (void)buf_add_char(out, '\n');
    }
}
