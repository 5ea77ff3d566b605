/*
 * fetch_head.c - finding a header in a head as it was sent.
 */
#include <string.h>

#include "base/fetch_priv.h"
#include "base/str.h"

/* True when the line of `len` bytes is the header `name`; its value then. */
static bool
is_header(const char *line, size_t len, const char *name, size_t *value)
{
    size_t n = strlen(name);
    size_t i;

    if (len <= n || line[n] != ':')
        return false;
    for (i = 0; i < n; i++) {
        if (str_lower(line[i]) != str_lower(name[i]))
            return false;
    }
    *value = n + 1;
    return true;
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

const char *
fetch_header(const char *headers, size_t headers_len, const char *name,
             size_t *at, size_t *len)
{
    while (*at < headers_len) {
        const char *line = headers + *at;
        const char *lf = memchr(line, '\n', headers_len - *at);
        size_t line_len = lf ? (size_t)(lf - line) : headers_len - *at;
        size_t from = 0;

        *at += line_len + (lf != NULL);
        if (!is_header(line, line_len, name, &from))
            continue;
        while (from < line_len && is_blank(line[from]))
            from++;
        while (line_len > from && is_blank(line[line_len - 1]))
            line_len--;
        *len = line_len - from;
        return line + from;
    }
    return NULL;
}
