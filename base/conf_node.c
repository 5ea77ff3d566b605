/*
 * Reading one node of a tree, wherever it came from.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/str.h"

const struct conf *
conf_find(const struct conf *group, const char *name)
{
    for (const struct conf *n = group ? group->first : NULL; n; n = n->next)
        if (n->name && strcmp(n->name, name) == 0)
            return n;
    return NULL;
}

const char *
conf_type_name(enum conf_type type)
{
    switch (type) {
    case CONF_GROUP:
        return "a group { }";
    case CONF_ARRAY:
        return "a list [ ]";
    case CONF_LIST:
        return "a list ( )";
    case CONF_STRING:
        return "a text";
    case CONF_INT:
    case CONF_FLOAT:
        return "a number";
    case CONF_BOOL:
        return "true or false";
    }
    return "nothing";
}

/* Bytes of the source, and of the value, that the escape at `raw` takes. */
static size_t
escape(const char *raw, size_t left, size_t *value)
{
    *value = 1;
    if (left < 2 || raw[0] != '\\')
        return 1;
    if (raw[1] == 'x' && left >= 4)
        return 4;
    if (!strchr("nrtf\\\"", raw[1]))
        *value = 2; /* libconfig leaves what it does not know */
    return 2;
}

struct diag_pos
conf_pos_in(const struct conf *node, size_t offset, size_t len)
{
    struct diag_pos pos = node->value;
    bool has_quotes = node->raw_len > 0 && strchr("\"'", node->raw[0]);
    size_t begin = has_quotes ? 1 : 0;
    size_t end;
    size_t step;

    if (node->raw_len == 0)
        return pos;
    for (size_t seen = 0; seen < offset && begin < node->raw_len; seen += step)
        begin += escape(&node->raw[begin], node->raw_len - begin, &step);
    end = begin;
    for (size_t seen = 0; seen < len && end < node->raw_len; seen += step)
        end += escape(&node->raw[end], node->raw_len - end, &step);
    for (size_t i = 0; i < begin; i++) {
        if (node->raw[i] == '\n') {
            pos.line++;
            pos.column = 1;
        } else {
            pos.column += (int)str_utf8_count(&node->raw[i], 1);
        }
    }
    pos.length = (int)str_utf8_count(&node->raw[begin], end - begin);
    if (pos.length < 1)
        pos.length = 1;
    return pos;
}

void
conf_quote(struct buf *out, const char *text)
{
    size_t len = strlen(text);
    bool is_utf8 = str_is_utf8(text, len);

    (void)buf_add_char(out, '"');
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c == '"' || c == '\\')
            (void)buf_addf(out, "\\%c", c);
        else if (c == '\n')
            (void)buf_add_str(out, "\\n");
        else if (c < ' ' || c == 127 || (c >= 128 && !is_utf8))
            (void)buf_addf(out, "\\x%02X", c);
        else
            (void)buf_add_char(out, (char)c);
    }
    (void)buf_add_char(out, '"');
}
