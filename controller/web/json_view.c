/*
 * json_view.c - see json_view.h.
 *
 * One pass of recursive descent over a reader; a string is unescaped into a
 * buffer of its own before it is written, so that what reaches the page went
 * through html_text() whole.  The page is made in a scratch buffer and thrown
 * away when the text turns out not to be JSON.
 */
#include "controller/web/json_view.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "controller/web/html.h"

#define STRING_MAX (256u << 10)
#define HTML_MAX   (2u << 20)

struct walk {
    struct buf_reader in;
    struct buf *out;
    const struct json_view_opts *opts;
    int depth;
    bool failed;
};

static void value(struct walk *w);

static char
peek(struct walk *w)
{
    while (w->in.left > 0 && str_is_space(*w->in.at))
        (void)buf_get_u8(&w->in);
    return (char)(w->in.left > 0 ? *w->in.at : 0);
}

static bool
take(struct walk *w, char c)
{
    if (peek(w) != c)
        return false;
    (void)buf_get_u8(&w->in);
    return true;
}

static void
add_code_point(struct buf *text, uint32_t c)
{
    if (c < 0x80) {
        (void)buf_add_u8(text, (uint8_t)c);
    } else if (c < 0x800) {
        (void)buf_add_u8(text, (uint8_t)(0xc0 | c >> 6));
        (void)buf_add_u8(text, (uint8_t)(0x80 | (c & 0x3f)));
    } else if (c < 0x10000) {
        (void)buf_add_u8(text, (uint8_t)(0xe0 | c >> 12));
        (void)buf_add_u8(text, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
        (void)buf_add_u8(text, (uint8_t)(0x80 | (c & 0x3f)));
    } else {
        (void)buf_add_u8(text, (uint8_t)(0xf0 | (c >> 18 & 0x07)));
        (void)buf_add_u8(text, (uint8_t)(0x80 | (c >> 12 & 0x3f)));
        (void)buf_add_u8(text, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
        (void)buf_add_u8(text, (uint8_t)(0x80 | (c & 0x3f)));
    }
}

static uint32_t
four_hex(struct walk *w)
{
    const uint8_t *at = buf_get(&w->in, 4);
    uint8_t byte[2] = {0, 0};
    char text[5] = "";

    if (at != NULL)
        memcpy(text, at, 4);
    if (at == NULL || str_unhex(byte, 2, text) != 0)
        w->failed = true;
    return (uint32_t)byte[0] << 8 | byte[1];
}

static void
unicode(struct walk *w, struct buf *text)
{
    uint32_t c = four_hex(w);

    if (c >= 0xd800 && c < 0xdc00 && w->in.left >= 6 && w->in.at[0] == '\\' &&
        w->in.at[1] == 'u') {
        (void)buf_get(&w->in, 2);
        c = 0x10000 + ((c & 0x3ff) << 10) + (four_hex(w) & 0x3ff);
    }
    if (c == 0)
        c = 0xfffd; /* a NUL would end the text */
    add_code_point(text, c);
}

static void
escape(struct walk *w, struct buf *text)
{
    static const char from[] = "bfnrt\"\\/";
    static const char to[] = "\b\f\n\r\t\"\\/";
    char c = (char)buf_get_u8(&w->in);
    const char *at = c == '\0' ? NULL : strchr(from, c);

    if (c == 'u')
        unicode(w, text);
    else if (at != NULL)
        (void)buf_add_char(text, to[at - from]);
    else
        w->failed = true;
}

/* After its opening quote. */
static void
string(struct walk *w, struct buf *text)
{
    while (!w->failed) {
        uint8_t c = buf_get_u8(&w->in);

        if (w->in.failed)
            w->failed = true;
        else if (c == '"')
            return;
        else if (c == '\\')
            escape(w, text);
        else
            (void)buf_add_u8(text, c);
    }
}

static void
show_text(struct walk *w)
{
    struct buf text;
    bool is_block;

    buf_init(&text, STRING_MAX);
    string(w, &text);
    is_block = memchr(buf_text(&text), '\n', text.len) != NULL;
    (void)buf_add_str(w->out, is_block ? "<pre>" : "");
    if (text.len == 0)
        (void)buf_add_str(w->out, "<span class=dim>empty</span>");
    html_text(w->out, buf_text(&text));
    (void)buf_add_str(w->out, is_block ? "</pre>" : "");
    buf_free(&text);
}

/* ---- objects ---- */

static bool
is_among(const char *const *names, const char *name)
{
    while (*names != NULL && !str_eq(*names, name))
        names++;
    return *names != NULL;
}

/* How much is to be seen of an object's member. */
enum shown { SHOWN, FOLDED, LEFT_OUT };

static enum shown
shown(const struct walk *w, const char *key)
{
    if (w->depth != 1)
        return SHOWN;
    return is_among(w->opts->left_out, key) ? LEFT_OUT
           : is_among(w->opts->folded, key) ? FOLDED
                                            : SHOWN;
}

static enum shown
show_key(struct walk *w)
{
    struct buf key;
    enum shown how;

    buf_init(&key, STRING_MAX);
    if (!take(w, '"'))
        w->failed = true;
    else
        string(w, &key);
    how = shown(w, buf_text(&key));
    for (size_t i = 0; i < key.len; i++)
        if (key.data[i] == '_')
            key.data[i] = ' ';
    html_add(w->out, "<dt>%s</dt><dd>", buf_text(&key));
    buf_free(&key);
    if (!take(w, ':'))
        w->failed = true;
    return how;
}

static void
show_member(struct walk *w)
{
    size_t mark = w->out->len;
    enum shown how = show_key(w);

    if (how == FOLDED)
        (void)buf_add_str(w->out, "<details><summary>show</summary>");
    value(w);
    (void)buf_add_str(w->out, how == FOLDED ? "</details></dd>" : "</dd>");
    if (how == LEFT_OUT && !w->out->failed)
        w->out->len = mark;
}

static void
show_object(struct walk *w)
{
    bool is_more = !take(w, '}');

    if (!is_more)
        (void)buf_add_str(w->out, "<span class=dim>none</span>");
    else
        (void)buf_add_str(w->out, "<dl class=kv>");
    while (is_more && !w->failed) {
        show_member(w);
        is_more = take(w, ',');
        if (!is_more) {
            w->failed = !take(w, '}') || w->failed;
            (void)buf_add_str(w->out, "</dl>");
        }
    }
}

static void
show_array(struct walk *w)
{
    bool is_more = !take(w, ']');

    if (!is_more)
        (void)buf_add_str(w->out, "<span class=dim>none</span>");
    else
        (void)buf_add_str(w->out, "<ul class=vals>");
    while (is_more && !w->failed) {
        (void)buf_add_str(w->out, "<li>");
        value(w);
        (void)buf_add_str(w->out, "</li>");
        is_more = take(w, ',');
        if (!is_more) {
            w->failed = !take(w, ']') || w->failed;
            (void)buf_add_str(w->out, "</ul>");
        }
    }
}

/* A number, true, false or null: as written. */
static void
show_word(struct walk *w)
{
    static const char signs[] = {'+', '-', '.'};
    char text[32];
    size_t n = 0;

    while (w->in.left > 0 && n < sizeof(text) - 1 &&
           (str_is_alpha(*w->in.at) || str_is_digit(*w->in.at) ||
            memchr(signs, *w->in.at, sizeof(signs)) != NULL))
        text[n++] = (char)buf_get_u8(&w->in);
    text[n] = '\0';
    if (n == 0)
        w->failed = true;
    if (str_eq(text, "null"))
        (void)buf_add_str(w->out, "\xE2\x80\x93");
    else
        html_text(w->out, text);
}

static void
value(struct walk *w)
{
    if (w->depth >= JSON_VIEW_DEPTH)
        w->failed = true;
    if (w->failed)
        return;
    w->depth++;
    switch (peek(w)) {
    case '{':
        (void)take(w, '{');
        show_object(w);
        break;
    case '[':
        (void)take(w, '[');
        show_array(w);
        break;
    case '"':
        (void)take(w, '"');
        show_text(w);
        break;
    default:
        show_word(w);
        break;
    }
    w->depth--;
}

void
json_view_of(struct buf *out, const char *json,
             const struct json_view_opts *opts)
{
    struct buf page;
    struct walk w = {
        .in = buf_reader(json, strlen(json)), .out = &page, .opts = opts};

    buf_init(&page, HTML_MAX);
    value(&w);
    if (w.failed || page.failed || peek(&w) != '\0')
        html_add(out, "<pre>%s</pre>", json);
    else
        (void)buf_add(out, page.data, page.len);
    buf_free(&page);
}

void
json_view(struct buf *out, const char *json)
{
    static const char *const none[] = {NULL};
    const struct json_view_opts opts = {.left_out = none, .folded = none};

    json_view_of(out, json, &opts);
}
