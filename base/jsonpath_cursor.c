/*
 * Texts in quotes follow RFC 9535, 2.3.1.1, to the letter: the quote that
 * closes is the only one that may be escaped, `\u` is small, and half of a
 * surrogate pair is an error, because no JSON text could hold it.
 */
#include "base/jsonpath_cursor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

void
jsonpath_cursor_fail(struct jsonpath_cursor *c, size_t offset,
                     const char *format, ...)
{
    va_list args;

    if (c->failed)
        return;
    c->failed = true;
    *c->error_offset = offset;
    va_start(args, format);
    vsnprintf(c->message, c->cap, format, args);
    va_end(args);
}

int
jsonpath_cursor_peek(const struct jsonpath_cursor *c, size_t ahead)
{
    if (c->failed || c->at + ahead >= c->len)
        return -1;
    return (unsigned char)c->text[c->at + ahead];
}

bool
jsonpath_cursor_take(struct jsonpath_cursor *c, const char *text)
{
    size_t len = strlen(text);

    if (c->failed || c->len - c->at < len ||
        memcmp(c->text + c->at, text, len) != 0)
        return false;
    c->at += len;
    return true;
}

void
jsonpath_cursor_skip(struct jsonpath_cursor *c)
{
    for (;;) {
        int byte = jsonpath_cursor_peek(c, 0);

        if (byte != ' ' && byte != '\t' && byte != '\n' && byte != '\r')
            return;
        c->at++;
    }
}

void
jsonpath_cursor_push(struct jsonpath_cursor *c)
{
    if (c->nesting++ == JSONPATH_NESTING_MAX)
        jsonpath_cursor_fail(c, c->at, "conditions are nested over %d deep",
                             JSONPATH_NESTING_MAX);
}

void
jsonpath_cursor_pop(struct jsonpath_cursor *c)
{
    c->nesting--;
}

bool
jsonpath_cursor_is_int(int byte)
{
    return byte == '-' || str_is_digit(byte);
}

int64_t
jsonpath_cursor_get_int(struct jsonpath_cursor *c)
{
    size_t start = c->at;
    bool is_negative = jsonpath_cursor_take(c, "-");
    size_t digits = c->at;
    int64_t value = 0;

    while (str_is_digit(jsonpath_cursor_peek(c, 0)) &&
           value <= JSONPATH_INT_MAX)
        value = value * 10 + (c->text[c->at++] - '0');
    if (c->at == digits)
        jsonpath_cursor_fail(c, start, "expected a number");
    else if (c->text[digits] == '0' && (c->at - digits > 1 || is_negative))
        jsonpath_cursor_fail(c, start,
                             "a number has no leading zero and no -0");
    else if (value > JSONPATH_INT_MAX)
        jsonpath_cursor_fail(c, start, "the number is beyond 2^53 - 1");
    return is_negative ? -value : value;
}

/* ---- texts ---- */

static unsigned
get_hex4(struct jsonpath_cursor *c)
{
    unsigned value = 0;

    for (int i = 0; i < 4; i++) {
        int byte = jsonpath_cursor_peek(c, 0);
        int lower = byte >= 'A' && byte <= 'F' ? byte + 32 : byte;

        if (str_is_digit(byte))
            value = value * 16 + (unsigned)(byte - '0');
        else if (lower >= 'a' && lower <= 'f')
            value = value * 16 + (unsigned)(lower - 'a' + 10);
        else
            jsonpath_cursor_fail(c, c->at, "\\u needs four hexadecimal digits");
        c->at += c->failed ? 0 : 1;
    }
    return value;
}

/* After `\u`: one code point, from a pair of surrogates where it takes two. */
static unsigned
get_code_point(struct jsonpath_cursor *c)
{
    size_t start = c->at;
    unsigned high = get_hex4(c);
    unsigned low = 0;

    if (high < 0xd800 || high > 0xdfff)
        return high;
    if (high < 0xdc00 && jsonpath_cursor_take(c, "\\u"))
        low = get_hex4(c);
    if (low < 0xdc00 || low > 0xdfff) {
        jsonpath_cursor_fail(c, start, "half of a surrogate pair");
        return 0;
    }
    return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

static size_t
put_utf8(char *to, unsigned code)
{
    static const unsigned first[] = {0, 0, 0xc0, 0xe0, 0xf0};
    unsigned bytes = code < 0x80      ? 1
                     : code < 0x800   ? 2
                     : code < 0x10000 ? 3
                                      : 4;

    if (bytes == 1) {
        to[0] = (char)code;
        return 1;
    }
    to[0] = (char)(first[bytes] | (code >> (6 * (bytes - 1))));
    for (unsigned i = 1; i < bytes; i++)
        to[i] = (char)(0x80 | ((code >> (6 * (bytes - 1 - i))) & 0x3f));
    return bytes;
}

/* After a backslash. */
static size_t
get_escape(struct jsonpath_cursor *c, char *to, int quote)
{
    static const char from[] = "bfnrt/\\";
    static const char meant[] = "\b\f\n\r\t/\\";
    int byte = jsonpath_cursor_peek(c, 0);
    const char *known = byte > 0 ? strchr(from, byte) : NULL;

    if (jsonpath_cursor_take(c, "u"))
        return put_utf8(to, get_code_point(c));
    if (byte != quote && known == NULL) {
        jsonpath_cursor_fail(c, c->at, "unknown escape after `\\`");
        return 0;
    }
    *to = (char)(known != NULL ? meant[known - from] : quote);
    c->at++;
    return 1;
}

char *
jsonpath_cursor_get_text(struct jsonpath_cursor *c, size_t *len)
{
    size_t start = c->at;
    int quote = jsonpath_cursor_peek(c, 0);
    const char close[] = {(char)quote, '\0'};
    /* No escape is shorter than what it stands for. */
    char *text = str_xcalloc(c->len - start + 4, 1);

    *len = 0;
    c->at++;
    while (!c->failed && !jsonpath_cursor_take(c, close)) {
        int byte = jsonpath_cursor_peek(c, 0);

        if (byte < 0) {
            jsonpath_cursor_fail(c, start, "the text is not closed by %c",
                                 quote);
        } else if (jsonpath_cursor_take(c, "\\")) {
            *len += get_escape(c, text + *len, quote);
        } else if (byte < 0x20) {
            jsonpath_cursor_fail(c, c->at,
                                 "a control character stands escaped");
        } else {
            text[(*len)++] = (char)byte;
            c->at++;
        }
    }
    return text;
}
