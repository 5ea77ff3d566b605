/* A quote inside '...' is doubled; a backslash is itself. */
#include "base/expr_lex.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

/* The byte at `at`, or -1 at the end. */
static int
byte_at(const struct expr_lex *lex, size_t at)
{
    return at < lex->len ? (unsigned char)lex->text[at] : -1;
}

static bool
is_symbol(int c)
{
    return c > 0 && strchr("=!<>~&|", c) != NULL;
}

/* Where a bare value ends. */
static bool
is_edge(int c)
{
    return c < 0 || str_is_space(c) || c == '(' || c == ')' || c == '\'';
}

static void
skip_blank(struct expr_lex *lex)
{
    while (str_is_space(byte_at(lex, lex->at)))
        lex->at++;
}

static struct expr_word
finish(struct expr_lex *lex, enum expr_word_kind kind, size_t end)
{
    struct expr_word word = {
        .kind = kind, .offset = lex->at, .len = end - lex->at};

    lex->at = end;
    return word;
}

static struct expr_word
lex_string(struct expr_lex *lex)
{
    size_t at = lex->at + 1;

    for (; at < lex->len; at++) {
        if (lex->text[at] != '\'')
            continue;
        if (byte_at(lex, at + 1) != '\'')
            return finish(lex, EXPR_W_STRING, at + 1);
        at++; /* '' is a quote inside */
    }
    return finish(lex, EXPR_W_UNCLOSED, lex->len);
}

/* End, parentheses and strings are the same wherever they stand. */
static bool
lex_fixed(struct expr_lex *lex, struct expr_word *word)
{
    int c = 0;

    skip_blank(lex);
    c = byte_at(lex, lex->at);
    if (c < 0)
        *word = finish(lex, EXPR_W_END, lex->at);
    else if (c == '(')
        *word = finish(lex, EXPR_W_OPEN, lex->at + 1);
    else if (c == ')')
        *word = finish(lex, EXPR_W_CLOSE, lex->at + 1);
    else if (c == '\'')
        *word = lex_string(lex);
    else
        return false;
    return true;
}

struct expr_word
expr_lex_name(struct expr_lex *lex)
{
    struct expr_word word;
    size_t end = 0;

    if (lex_fixed(lex, &word))
        return word;
    end = lex->at;
    if (is_symbol(byte_at(lex, end))) {
        while (is_symbol(byte_at(lex, end)))
            end++;
        return finish(lex, EXPR_W_SYMBOL, end);
    }
    while (!is_edge(byte_at(lex, end)) && !is_symbol(byte_at(lex, end)))
        end++;
    return finish(lex, EXPR_W_NAME, end);
}

struct expr_word
expr_lex_value(struct expr_lex *lex)
{
    struct expr_word word;
    size_t end = 0;

    if (lex_fixed(lex, &word))
        return word;
    for (end = lex->at; !is_edge(byte_at(lex, end));)
        end++;
    return finish(lex, EXPR_W_NAME, end);
}

/* Past a name in quotes inside a path, where a backslash escapes. */
static size_t
skip_path_string(const struct expr_lex *lex, size_t at)
{
    int quote = byte_at(lex, at++);

    while (byte_at(lex, at) >= 0 && byte_at(lex, at) != quote)
        at += byte_at(lex, at) == '\\' ? 2 : 1;
    return at < lex->len ? at + 1 : lex->len;
}

/* RFC 9535 lets blanks stand before a segment; no operator begins with `.` or
 * `[`, so such a blank belongs to the path. */
static bool
goes_on(const struct expr_lex *lex, size_t at)
{
    while (str_is_space(byte_at(lex, at)))
        at++;
    return byte_at(lex, at) == '.' || byte_at(lex, at) == '[';
}

struct expr_word
expr_lex_path(struct expr_lex *lex)
{
    struct expr_word word;
    size_t end = 0;
    int depth = 0;

    if (lex_fixed(lex, &word))
        return word;
    for (end = lex->at; byte_at(lex, end) >= 0;) {
        int c = byte_at(lex, end);

        if (depth > 0 && (c == '\'' || c == '"')) {
            end = skip_path_string(lex, end);
            continue;
        }
        if (depth == 0 && (is_symbol(c) || is_edge(c)) &&
            !(str_is_space(c) && goes_on(lex, end)))
            break;
        depth += c == '[' ? 1 : c == ']' && depth > 0 ? -1 : 0;
        end++;
    }
    return finish(lex, EXPR_W_NAME, end);
}

bool
expr_lex_is(const struct expr_lex *lex, struct expr_word word, const char *text)
{
    return word.kind != EXPR_W_STRING && word.len == strlen(text) &&
           memcmp(lex->text + word.offset, text, word.len) == 0;
}

char *
expr_lex_text(const struct expr_lex *lex, struct expr_word word)
{
    char *copy = str_xndup(lex->text + word.offset, word.len);
    size_t len = 0;

    if (word.kind != EXPR_W_STRING)
        return copy;
    for (size_t i = 1; i + 1 < word.len; i++) {
        copy[len++] = copy[i];
        i += copy[i] == '\'' ? 1 : 0; /* the second of two */
    }
    copy[len] = '\0';
    return copy;
}
