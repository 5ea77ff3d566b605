/*
 * One pass over the text, byte by byte through advance(), which alone counts
 * lines and columns.
 *
 * A quote that is not closed would swallow the file up to the next quote, and
 * libconfig would complain lines later.  A string may hold line ends, so the
 * only sign is what follows: after a string of several lines that is really
 * one, there is a separator or a space; after one that was closed by the
 * opening quote of the next, text is glued to it.  Then, or at the end of the
 * file, the string is taken to end where its line does; on one line
 * ("a, "b" ]) at the separator.
 */
#include "base/conf_lex.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define TOKENS_MAX 4000000 /* of one file: 16 MiB of `a=1;` and some */
#define BOM        "\xef\xbb\xbf"

struct scan {
    struct conf_lex *lex;
    size_t cap;
    const char *file;
    const char *text;
    size_t len;
    size_t at;
    int line;
    int column;
    int indent; /* 0: no token on this line yet */
    struct diag *diag;
};

static int
peek(const struct scan *s, size_t ahead)
{
    if (s->len - s->at <= ahead)
        return -1;
    return (unsigned char)s->text[s->at + ahead];
}

static void
advance(struct scan *s, size_t bytes)
{
    for (; bytes > 0 && s->at < s->len; bytes--) {
        unsigned char c = (unsigned char)s->text[s->at++];

        if (c == '\n') {
            s->line++;
            s->column = 1;
            s->indent = 0;
        } else if ((c & 0xc0) != 0x80) {
            s->column++;
        }
    }
}

static struct diag_pos
here(const struct scan *s, int length)
{
    return (struct diag_pos){s->file, s->line, s->column, length};
}

/* Characters of `len` bytes up to the end of the line. */
static int
width(const struct scan *s, size_t len)
{
    int count = 0;

    for (size_t i = s->at; i < s->at + len && s->text[i] != '\n'; i++)
        if (((unsigned char)s->text[i] & 0xc0) != 0x80)
            count++;
    return count > 0 ? count : 1;
}

/* Adds the token of the next `len` bytes and passes over them. */
static void
add(struct scan *s, enum conf_lex_type type, size_t len)
{
    struct conf_lex *lex = s->lex;
    struct conf_lex_token *token;

    if (lex->count == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 256;
        lex->tokens =
            str_xrealloc(lex->tokens, s->cap * sizeof(lex->tokens[0]));
    }
    token = &lex->tokens[lex->count++];
    *token = (struct conf_lex_token){
        .type = type,
        .is_first = s->indent == 0,
        .text = s->len ? &s->text[s->at] : "",
        .len = len,
        .pos = here(s, width(s, len)),
    };
    if (s->indent == 0)
        s->indent = s->column;
    token->indent = s->indent;
    advance(s, len);
}

static void
skip_line(struct scan *s)
{
    while (s->at < s->len && s->text[s->at] != '\n')
        advance(s, 1);
}

static void
skip_block_comment(struct scan *s)
{
    struct diag_pos open = here(s, 2);
    const char *end =
        str_find(&s->text[s->at + 2], s->len - s->at - 2, "*/", 2);

    if (!end) {
        diag_add(s->diag, DIAG_ERROR, open, "put `*/` where it ends",
                 "this comment is not closed");
        advance(s, s->len);
        return;
    }
    advance(s, (size_t)(end - &s->text[s->at]) + 2);
}

/* True when it passed over something that is no token. */
static bool
skip_blank(struct scan *s)
{
    int c = peek(s, 0);

    if (str_is_space(c)) {
        advance(s, 1);
        return true;
    }
    if (c == '#' || (c == '/' && peek(s, 1) == '/')) {
        skip_line(s);
        return true;
    }
    if (c == '/' && peek(s, 1) == '*') {
        skip_block_comment(s);
        return true;
    }
    return false;
}

static bool
ends_word(int c)
{
    return c < 0 || str_is_space(c) || (c != 0 && strchr("{}[]()=:;,\"'#", c));
}

/* Bytes of the string that begins here, both quotes included; 0 when the file
 * ends before it does. */
static size_t
string_len(const struct scan *s)
{
    for (size_t i = s->at + 1; i < s->len; i++) {
        if (s->text[i] == '\\')
            i++;
        else if (s->text[i] == '"')
            return i + 1 - s->at;
    }
    return 0;
}

/* Bytes up to the end of the line, without blanks and separators there. */
static size_t
rest_of_line(const struct scan *s)
{
    size_t end = s->at + 1;

    while (end < s->len && s->text[end] != '\n')
        end++;
    while (end > s->at + 1 && (str_is_space((unsigned char)s->text[end - 1]) ||
                               strchr(";,]})", s->text[end - 1])))
        end--;
    return end - s->at;
}

static void
check_escapes(struct scan *s, size_t len)
{
    for (size_t i = 1; i + 1 < len; i++) {
        const char *at = &s->text[s->at + i];

        if (at[0] != '\\')
            continue;
        if (i + 4 < len && at[1] == 'x' && at[2] == '0' && at[3] == '0')
            diag_add(s->diag, DIAG_ERROR, here(s, width(s, len)), NULL,
                     "a text cannot hold the byte 0 (`\\x00`)");
        i++;
    }
}

/* Bytes up to the last separator in a string of one line; 0: none. */
static size_t
up_to_separator(const struct scan *s, size_t len)
{
    size_t end = len - 1;

    while (end > 1 && !strchr(",;", s->text[s->at + end]))
        end--;
    return end > 1 ? end : 0;
}

static void
scan_string(struct scan *s)
{
    size_t len = string_len(s);
    bool is_long = len && memchr(&s->text[s->at], '\n', len);
    bool is_glued = len && (!ends_word(peek(s, len)) || peek(s, len) == '"');
    size_t cut = is_glued && !is_long ? up_to_separator(s, len) : 0;

    if (len && cut == 0 && !(is_long && is_glued)) {
        check_escapes(s, len);
        add(s, CONF_LEX_STRING, len);
        return;
    }
    len = cut ? cut : rest_of_line(s);
    diag_add(s->diag, DIAG_ERROR, here(s, width(s, len)),
             "put `\"` where the text ends",
             "a quote is opened here and not closed on this line");
    add(s, CONF_LEX_STRING, len);
    s->lex->tokens[s->lex->count - 1].is_unclosed = true;
    /* What was cut off the end of the line (`;`) is read as usual. */
}

static void
scan_single(struct scan *s)
{
    size_t len = 1;
    bool is_closed;

    while (peek(s, len) >= 0 && peek(s, len) != '\n' && peek(s, len) != '\'')
        len++;
    is_closed = peek(s, len) == '\'';
    len = is_closed ? len + 1 : rest_of_line(s);
    diag_add(s->diag, DIAG_ERROR, here(s, width(s, len)), "write \"...\"",
             "text stands in double quotes, not in single ones");
    add(s, CONF_LEX_STRING, len);
    s->lex->tokens[s->lex->count - 1].is_unclosed = !is_closed;
}

static bool
is_name(const char *text, size_t len)
{
    if (!str_is_alpha((unsigned char)text[0]) && text[0] != '*')
        return false;
    for (size_t i = 1; i < len; i++) {
        int c = (unsigned char)text[i];

        if (!str_is_alpha(c) && !str_is_digit(c) && !strchr("-_*", c))
            return false;
    }
    return true;
}

static bool
is_word(const char *text, size_t len, const char *word)
{
    if (len != strlen(word))
        return false;
    for (size_t i = 0; i < len; i++)
        if (str_lower(text[i]) != word[i])
            return false;
    return true;
}

static bool
is_hex(int c)
{
    return str_is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* How many characters from `i` on are digits. */
static size_t
digits(const char *text, size_t len, size_t i)
{
    size_t from = i;

    while (i < len && str_is_digit((unsigned char)text[i]))
        i++;
    return i - from;
}

static bool
is_int(const char *text, size_t len)
{
    size_t i = len > 1 && strchr("+-", text[0]) ? 1 : 0;
    bool is_base16 = len > 2 && text[0] == '0' && strchr("xX", text[1]);

    if (is_base16) {
        for (i = 2; i < len && is_hex((unsigned char)text[i]); i++)
            ;
        if (i == 2)
            return false;
    } else {
        size_t n = digits(text, len, i);

        if (n == 0)
            return false;
        i += n;
    }
    for (size_t n = 0; n < 2 && i < len && text[i] == 'L'; n++)
        i++;
    return i == len;
}

/* libconfig 1.5 wants a dot, and takes `.` alone, which nobody means. */
static bool
is_float(const char *text, size_t len)
{
    size_t i = len > 1 && strchr("+-", text[0]) ? 1 : 0;
    size_t before = digits(text, len, i);
    size_t after;

    i += before;
    if (i >= len || text[i] != '.')
        return false;
    after = digits(text, len, ++i);
    i += after;
    if (before + after == 0)
        return false;
    if (i + 1 < len && strchr("eE", text[i])) {
        i += strchr("+-", text[i + 1]) ? 2 : 1;
        if (digits(text, len, i) == 0)
            return false;
        i += digits(text, len, i);
    }
    return i == len;
}

static enum conf_lex_type
classify(const char *text, size_t len)
{
    if (is_word(text, len, "true") || is_word(text, len, "false"))
        return CONF_LEX_BOOL;
    if (is_name(text, len))
        return CONF_LEX_NAME;
    if (is_int(text, len))
        return CONF_LEX_INT;
    if (is_float(text, len))
        return CONF_LEX_FLOAT;
    if (len == 1 && text[0] == '-')
        return CONF_LEX_DASH;
    return CONF_LEX_WORD;
}

static void
scan_word(struct scan *s)
{
    size_t len = 0;

    for (;;) {
        while (!ends_word(peek(s, len)))
            len++;
        /* An address that was not quoted: its `//` is no comment, its colons
         * are no `=`. */
        if (len == 0 || peek(s, len) != ':' || str_is_space(peek(s, len + 1)) ||
            strchr("{[(\"", peek(s, len + 1) > 0 ? peek(s, len + 1) : '{'))
            break;
        len++;
    }
    if (len == 0)
        len = 1;
    add(s, classify(&s->text[s->at], len), len);
}

/* `name:5` is legal libconfig (`:` is `=`), `https://x` and `10.0.0.1:53` are
 * texts without quotes: what stands before the colon decides. */
static void
scan_plain(struct scan *s)
{
    size_t len = 0;

    while (!ends_word(peek(s, len)))
        len++;
    if (len > 0 && peek(s, len) == ':' && peek(s, len + 1) != '/' &&
        is_name(&s->text[s->at], len)) {
        add(s, classify(&s->text[s->at], len), len);
        return;
    }
    scan_word(s);
}

static bool
scan_include(struct scan *s)
{
    static const char directive[] = "@include";
    size_t len = sizeof(directive) - 1;

    if (s->len - s->at < len || memcmp(&s->text[s->at], directive, len) != 0)
        return false;
    diag_add(s->diag, DIAG_ERROR, here(s, (int)len),
             "write include = [ \"checks/*.conf\" ];",
             "`@include` is not used here: it takes no pattern and looks in "
             "the working directory");
    skip_line(s);
    return true;
}

static void
scan_one(struct scan *s)
{
    int c = peek(s, 0);

    if (skip_blank(s) || (c == '@' && scan_include(s)))
        return;
    if (c == '"') {
        scan_string(s);
    } else if (c == '\'') {
        scan_single(s);
    } else if (c != 0 && strchr("{}[]()=:;,", c)) {
        add(s, CONF_LEX_PUNCT, 1);
        s->lex->tokens[s->lex->count - 1].punct = (char)(c == ':' ? '=' : c);
    } else {
        scan_plain(s);
    }
}

/* To the first byte that is no text; false: all of it is. */
static bool
find_no_text(struct scan *s)
{
    while (s->at < s->len && s->text[s->at] != 0) {
        size_t n = str_utf8_len(s->text + s->at, s->len - s->at);

        if (n == 0)
            return true;
        s->column++;
        if (s->text[s->at] == '\n') {
            s->line++;
            s->column = 1;
        }
        s->at += n;
    }
    return s->at < s->len;
}

/* A file that is not text is refused as a whole: each of its bytes would be
 * an error of its own. */
static int
check_text(struct scan *s)
{
    struct scan from = *s;
    unsigned char c;

    if (find_no_text(&from)) {
        c = (unsigned char)s->text[from.at];
        if (c == 0)
            diag_add(s->diag, DIAG_ERROR, here(&from, 1), "save it as UTF-8",
                     "this file is not text: it holds bytes of value 0");
        else
            diag_add(s->diag, DIAG_ERROR, here(&from, 1),
                     "save the file as UTF-8",
                     "this file is not UTF-8 text: byte 0x%02X", c);
        return -1;
    }
    if (s->len >= 3 && memcmp(s->text, BOM, 3) == 0)
        s->at = 3;
    return 0;
}

int
conf_lex_parse(struct conf_lex *lex, const char *file, const char *text,
               size_t len, struct diag *diag)
{
    struct scan s = {
        .lex = lex,
        .file = file,
        .text = text,
        .len = len,
        .line = 1,
        .column = 1,
        .diag = diag,
    };

    *lex = (struct conf_lex){0};
    if (check_text(&s))
        return -1;
    while (s.at < s.len && lex->count < TOKENS_MAX)
        scan_one(&s);
    if (s.at < s.len) {
        diag_add(diag, DIAG_ERROR, here(&s, 1), "split the file",
                 "this file has more than %d words", TOKENS_MAX);
        conf_lex_free(lex);
        return -1;
    }
    add(&s, CONF_LEX_END, 0);
    lex->lines = s.line;
    return 0;
}

void
conf_lex_free(struct conf_lex *lex)
{
    free(lex->tokens);
    *lex = (struct conf_lex){0};
}
