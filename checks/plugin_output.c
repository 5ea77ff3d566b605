/*
 * The plugins' guidelines give 'LABEL'=VALUE[UNIT];[warn];[crit];[min];[max],
 * with spaces between; a quote in a quoted label is doubled.  Plugins in the
 * wild write less careful things, so a figure that cannot be read is passed
 * over up to the next space, and the rest is read on.
 */
#include "checks/plugin_output.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

/* What is read: a reader that stops at the end of a line. */
struct reader {
    const char *data;
    size_t len;
    size_t at;
};

static int
peek(const struct reader *r)
{
    return r->at < r->len ? (unsigned char)r->data[r->at] : -1;
}

static bool
is_blank(int c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Both kinds of label; false when it is none or too long. */
static bool
read_label(struct reader *r, char to[PLUGIN_LABEL_MAX])
{
    bool is_quoted = peek(r) == '\'';
    size_t len = 0;

    r->at += is_quoted ? 1 : 0;
    for (;; r->at++) {
        int c = peek(r);

        if (c < ' ' || (!is_quoted && (c == '=' || is_blank(c))))
            break;
        if (is_quoted && c == '\'') {
            r->at++;
            if (peek(r) != '\'')
                break;
        }
        if (len < PLUGIN_LABEL_MAX)
            to[len++] = (char)c;
    }
    if (len == 0 || len == PLUGIN_LABEL_MAX || peek(r) != '=')
        return false;
    to[len] = '\0';
    r->at++;
    return true;
}

/* Copies while `is_part` says so; false when it does not fit. */
static bool
read_part(struct reader *r, char *to, size_t cap, bool (*is_part)(int c))
{
    size_t len = 0;

    for (; peek(r) >= 0 && is_part(peek(r)); r->at++)
        if (len < cap)
            to[len++] = (char)peek(r);
    if (len == cap)
        return false;
    to[len] = '\0';
    return true;
}

static bool
is_number_part(int c)
{
    return str_is_digit(c) || c == '.' || c == '-' || c == '+';
}

static bool
is_unit_part(int c)
{
    return c > ' ' && c != ';';
}

/* One point and one sign, in their places, and at least a digit. */
static bool
is_number(const char *text)
{
    bool has_digit = false;
    bool has_point = false;

    text += *text == '-' || *text == '+' ? 1 : 0;
    for (; *text != '\0'; text++) {
        if (str_is_digit((unsigned char)*text))
            has_digit = true;
        else if (*text == '.' && !has_point)
            has_point = true;
        else
            return false;
    }
    return has_digit;
}

/* "e-05", as Python and Perl print what is small; an "e" alone is a unit's.
 * False when it does not fit. */
static bool
read_exponent(struct reader *r, char value[PLUGIN_VALUE_MAX])
{
    size_t len = strlen(value);
    size_t at = r->at;

    if (peek(r) != 'e' && peek(r) != 'E')
        return true;
    r->at++;
    if (peek(r) == '-' || peek(r) == '+')
        r->at++;
    if (!str_is_digit(peek(r))) {
        r->at = at;
        return true;
    }
    while (str_is_digit(peek(r)))
        r->at++;
    if (len + (r->at - at) >= PLUGIN_VALUE_MAX)
        return false;
    memcpy(value + len, r->data + at, r->at - at);
    value[len + (r->at - at)] = '\0';
    return true;
}

/* A comma behind the digits is some country's point: half a number is none. */
static bool
read_figure(struct reader *r, struct plugin_perf *perf)
{
    if (!read_label(r, perf->label) ||
        !read_part(r, perf->value, sizeof(perf->value), is_number_part) ||
        !is_number(perf->value) || !read_exponent(r, perf->value) ||
        peek(r) == ',' ||
        !read_part(r, perf->unit, sizeof(perf->unit), is_unit_part))
        return false;
    perf->number = strtod(perf->value, NULL);
    return isfinite(perf->number);
}

static void
read_figures(struct plugin_output *output, const char *data, size_t len)
{
    struct reader r = {data, len, 0};
    struct plugin_perf spare;

    for (;;) {
        struct plugin_perf *to = output->perf_count < PLUGIN_PERF_MAX
                                     ? &output->perf[output->perf_count]
                                     : &spare;

        while (is_blank(peek(&r)))
            r.at++;
        if (peek(&r) < 0)
            return;
        if (read_figure(&r, to) && to != &spare)
            output->perf_count++;
        else
            output->left_out++;
        while (peek(&r) >= 0 && !is_blank(peek(&r)))
            r.at++;
    }
}

/* Without the spaces at its ends. */
static const char *
trim(const char *text, size_t *len)
{
    while (*len > 0 && is_blank(text[*len - 1]))
        --*len;
    while (*len > 0 && is_blank(*text)) {
        text++;
        --*len;
    }
    return text;
}

/* Up to `c`, or all. */
static size_t
until(const char *data, size_t len, char c)
{
    const char *end = len > 0 ? memchr(data, c, len) : NULL;

    return end != NULL ? (size_t)(end - data) : len;
}

void
plugin_output_parse(struct plugin_output *output, const char *data, size_t len)
{
    size_t line = until(data, len, '\n');
    size_t text = until(data, line, '|');
    size_t more;

    memset(output, 0, sizeof(*output));
    output->text_len = text;
    output->text = trim(data, &output->text_len);
    if (text < line)
        read_figures(output, data + text + 1, line - text - 1);
    data += line;
    len -= line;
    more = until(data, len, '|');
    output->more_len = more;
    output->more = trim(data, &output->more_len);
    if (more < len)
        read_figures(output, data + more + 1, len - more - 1);
}
