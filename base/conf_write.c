#include "base/conf_write.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf_lex.h"
#include "base/str.h"

#define TEXT_MAX ((size_t)64 * 1024 * 1024) /* source 16 MiB, mended more */

void
conf_write_open(struct conf_write *out)
{
    *out = (struct conf_write){.line = 1};
    buf_init(&out->text, TEXT_MAX);
}

void
conf_write_close(struct conf_write *out)
{
    buf_free(&out->text);
    free(out->places);
    *out = (struct conf_write){0};
}

struct conf_write_mark
conf_write_mark(const struct conf_write *out)
{
    return (struct conf_write_mark){out->text.len, out->count, out->line};
}

void
conf_write_back(struct conf_write *out, struct conf_write_mark to)
{
    out->text.len = to.len;
    if (out->text.data)
        out->text.data[to.len] = 0;
    out->count = to.count;
    out->line = to.line;
}

void
conf_write_text(struct conf_write *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out->line += text[i] == '\n';
    (void)buf_add(&out->text, text, len);
}

void
conf_write_at(struct conf_write *out, const struct conf_lex_token *token,
              const char *text)
{
    while (out->line < token->pos.line)
        conf_write_text(out, "\n", 1);
    (void)buf_add_char(&out->text, ' ');
    conf_write_text(out, text, strlen(text));
}

void
conf_write_quoted(struct conf_write *out, const struct conf_lex_token *token,
                  const char *text, size_t len)
{
    bool is_raw = token->type == CONF_LEX_STRING && token->text[0] == '"';
    size_t slashes = 0;

    /* A text cut off after a backslash would escape its last quote. */
    while (is_raw && slashes < len && text[len - 1 - slashes] == '\\')
        slashes++;
    len -= slashes % 2;
    conf_write_at(out, token, "\"");
    for (size_t i = 0; i < len; i++) {
        if (!is_raw && (text[i] == '"' || text[i] == '\\'))
            conf_write_text(out, "\\", 1);
        conf_write_text(out, &text[i], 1);
    }
    conf_write_text(out, "\"", 1);
}

size_t
conf_write_place(struct conf_write *out, struct diag_pos pos)
{
    if (out->count == out->cap) {
        out->cap = out->cap ? out->cap * 2 : 256;
        out->places =
            str_xrealloc(out->places, out->cap * sizeof(out->places[0]));
    }
    out->places[out->count] = (struct conf_write_place){.pos = pos, .raw = ""};
    return out->count++;
}

void
conf_write_value(struct conf_write *out, size_t place,
                 const struct conf_lex_token *token)
{
    struct conf_write_place *at = &out->places[place];

    at->value = token->pos;
    at->raw = token->text;
    at->raw_len = token->len;
}
