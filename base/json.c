/*
 * json.c - see json.h.  Text goes to the buffer in runs of bytes that need no
 * escape, so that the common string is one copy.
 */
#include "base/json.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/units.h"

#define DECIMALS_MAX 18 /* of a 64-bit integer */

struct json
json_begin(struct buf *out)
{
    return (struct json){.out = out};
}

static void
new_line(struct json *j)
{
    if (!j->pretty)
        return;
    (void)buf_add_char(j->out, '\n');
    for (int i = 0; i < j->depth; i++)
        (void)buf_add_str(j->out, "  ");
}

/* What stands between `from` and the next byte that needs care. */
static size_t
plain_run(const char *from, size_t len)
{
    size_t n = 0;

    while (n < len && (unsigned char)from[n] >= 0x20 &&
           (unsigned char)from[n] < 0x80 && from[n] != '"' && from[n] != '\\')
        n++;
    return n;
}

static void
escape(struct buf *out, char c)
{
    static const char from[] = "\"\\\b\f\n\r\t";
    static const char to[] = "\"\\bfnrt";
    const char *at = c == '\0' ? NULL : strchr(from, c);

    if (at != NULL) {
        (void)buf_add_char(out, '\\');
        (void)buf_add_char(out, to[at - from]);
    } else {
        (void)buf_addf(out, "\\u%04x", (unsigned)(unsigned char)c);
    }
}

static void
quoted(struct buf *out, const char *text, size_t len)
{
    size_t i = 0;

    (void)buf_add_char(out, '"');
    while (i < len) {
        size_t n = plain_run(text + i, len - i);

        if (n == 0 && (unsigned char)text[i] >= 0x80)
            n = str_utf8_len(text + i, len - i);
        if (n > 0)
            (void)buf_add(out, text + i, n);
        else if ((unsigned char)text[i] < 0x80)
            escape(out, text[i]);
        else
            (void)buf_add_str(out, "\xEF\xBF\xBD");
        i += n > 0 ? n : 1;
    }
    (void)buf_add_char(out, '"');
}

/* Comma, line and key: all that stands before a value. */
static void
before(struct json *j, const char *key)
{
    assert((key != NULL) == (j->depth > 0 && !j->is_array[j->depth]));
    if (j->need_comma[j->depth])
        (void)buf_add_char(j->out, ',');
    if (j->depth > 0) {
        j->need_comma[j->depth] = true;
        new_line(j);
    }
    if (key != NULL) {
        quoted(j->out, key, strlen(key));
        (void)buf_add_str(j->out, j->pretty ? ": " : ":");
    }
}

static void
open_level(struct json *j, const char *key, bool is_array)
{
    before(j, key);
    assert(j->depth < JSON_DEPTH_MAX);
    j->depth++;
    j->need_comma[j->depth] = false;
    j->is_array[j->depth] = is_array;
    (void)buf_add_char(j->out, is_array ? '[' : '{');
}

void
json_obj(struct json *j, const char *key)
{
    open_level(j, key, false);
}

void
json_arr(struct json *j, const char *key)
{
    open_level(j, key, true);
}

void
json_end(struct json *j)
{
    bool is_array = j->is_array[j->depth];
    bool has_members = j->need_comma[j->depth];

    assert(j->depth > 0);
    j->depth--;
    if (has_members)
        new_line(j);
    (void)buf_add_char(j->out, is_array ? ']' : '}');
}

void
json_str(struct json *j, const char *key, const char *text)
{
    if (text == NULL)
        json_nil(j, key);
    else
        json_strn(j, key, text, strlen(text));
}

void
json_strn(struct json *j, const char *key, const char *text, size_t len)
{
    before(j, key);
    quoted(j->out, text, len);
}

void
json_int(struct json *j, const char *key, int64_t value)
{
    before(j, key);
    (void)buf_addf(j->out, "%lld", (long long)value);
}

void
json_bool(struct json *j, const char *key, bool value)
{
    before(j, key);
    (void)buf_add_str(j->out, value ? "true" : "false");
}

void
json_nil(struct json *j, const char *key)
{
    before(j, key);
    (void)buf_add_str(j->out, "null");
}

void
json_time(struct json *j, const char *key, wall_t at)
{
    char text[UNITS_TEXT_MAX];

    if (at.ms == 0)
        json_nil(j, key);
    else
        json_str(j, key, units_format_time(text, at));
}

void
json_fixed(struct json *j, const char *key, int64_t value, int decimals)
{
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    uint64_t scale = 1;

    assert(decimals >= 0 && decimals <= DECIMALS_MAX);
    for (int i = 0; i < decimals; i++)
        scale *= 10;
    before(j, key);
    (void)buf_addf(j->out, "%s%llu", value < 0 ? "-" : "",
                   (unsigned long long)(left / scale));
    if (decimals > 0)
        (void)buf_addf(j->out, ".%0*llu", decimals,
                       (unsigned long long)(left % scale));
}

void
json_raw(struct json *j, const char *key, const char *text, size_t len)
{
    before(j, key);
    (void)buf_add(j->out, text, len);
}
