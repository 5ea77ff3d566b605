#include "checks/encode.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"

/* `also`: characters that stand for themselves beside letters and digits. */
static bool
stands(char c, const char *also)
{
    return str_is_alpha(c) || str_is_digit(c) ||
           (c != '\0' && strchr(also, c) != NULL);
}

static void
add_hex(struct buf *out, char c)
{
    buf_addf(out, "%%%02X", (unsigned)(unsigned char)c);
}

void
encode_url(struct buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (stands(text[i], "-._~"))
            buf_add_char(out, text[i]);
        else
            add_hex(out, text[i]);
    }
}

void
encode_url_bytes(struct buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] > ' ' && text[i] < 0x7F &&
            strchr("\"<>\\^`{|}", text[i]) == NULL)
            buf_add_char(out, text[i]);
        else
            add_hex(out, text[i]);
    }
}

void
encode_form(struct buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == ' ')
            buf_add_char(out, '+');
        else if (stands(text[i], "*-._"))
            buf_add_char(out, text[i]);
        else
            add_hex(out, text[i]);
    }
}

void
encode_json(struct buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '"' || text[i] == '\\')
            buf_add_char(out, '\\');
        if ((unsigned char)text[i] < ' ')
            buf_addf(out, "\\u%04x", (unsigned)(unsigned char)text[i]);
        else
            buf_add_char(out, text[i]);
    }
}
