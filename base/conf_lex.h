/*
 * conf_lex.h - configuration text as tokens, each with its place.
 *
 * Sees what libconfig does not tell: columns, quotes that never close, words
 * that should have been quoted.  The order of tokens is conf_grammar.h's.
 *
 * Ownership   tokens point into the text; the caller frees the array.
 * Units       columns and lengths are characters, `len` is bytes.
 * Errors      what is wrong goes to `diag`, and a token that can be worked
 *             with takes its place.  -1: no tokens (not text, or too many).
 * Threads     any.
 */
#ifndef BASE_CONF_LEX_H
#define BASE_CONF_LEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"

enum conf_lex_type {
    CONF_LEX_NAME,   /* what libconfig takes as a name */
    CONF_LEX_STRING, /* with its quotes, also '...' */
    CONF_LEX_INT,
    CONF_LEX_FLOAT,
    CONF_LEX_BOOL,
    CONF_LEX_WORD,  /* glued characters that are none of these: 5s, a.b */
    CONF_LEX_DASH,  /* a lone `-` */
    CONF_LEX_PUNCT, /* one of { } [ ] ( ) = ; ,   (`:` is made `=`) */
    CONF_LEX_END,   /* always the last */
};

struct conf_lex_token {
    enum conf_lex_type type;
    char punct;       /* CONF_LEX_PUNCT, else 0 */
    bool is_unclosed; /* a string without its last quote */
    bool is_first;    /* of its line */
    const char *text;
    size_t len;
    struct diag_pos pos;
    int indent; /* column of the first token of its line */
};

struct conf_lex {
    struct conf_lex_token *tokens;
    size_t count;
    int lines;
};

int conf_lex_parse(struct conf_lex *lex, const char *file, const char *text,
                   size_t len, struct diag *diag);
void conf_lex_free(struct conf_lex *lex);

#endif
