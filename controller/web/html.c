/*
 * html.c - see html.h.
 */
#include "controller/web/html.h"

#include <assert.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"

static const char *
entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static bool
is_shown(char c)
{
    return c == '\n' || c == '\t' ||
           ((unsigned char)c >= 0x20 && (unsigned char)c != 0x7f);
}

void
html_text(struct buf *out, const char *text)
{
    size_t len = text == NULL ? 0 : strlen(text);
    size_t i = 0;

    while (i < len) {
        size_t n = str_utf8_len(text + i, len - i);
        const char *known = entity(text[i]);

        if (known != NULL)
            (void)buf_add_str(out, known);
        else if (n == 0 || !is_shown(text[i]))
            (void)buf_add_str(out, "\xEF\xBF\xBD");
        else
            (void)buf_add(out, text + i, n);
        i += n == 0 ? 1 : n;
    }
}

/* One conversion beginning after its '%'; returns what follows it. */
static const char *
convert(struct buf *out, const char *at, va_list *args)
{
    if (*at == 's') {
        html_text(out, va_arg(*args, const char *));
        return at + 1;
    }
    if (*at == 'd') {
        (void)buf_addf(out, "%d", va_arg(*args, int));
        return at + 1;
    }
    if (str_starts(at, "lld")) {
        (void)buf_addf(out, "%lld", va_arg(*args, long long));
        return at + 3;
    }
    if (str_starts(at, "zu")) {
        (void)buf_addf(out, "%zu", va_arg(*args, size_t));
        return at + 2;
    }
    assert(*at == '%');
    (void)buf_add_char(out, '%');
    return at + 1;
}

void
html_add(struct buf *out, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    while (*format != '\0') {
        size_t plain = strcspn(format, "%");

        if (plain > 0)
            (void)buf_add(out, format, plain);
        format += plain;
        if (*format == '%')
            format = convert(out, format + 1, &args);
    }
    va_end(args);
}
