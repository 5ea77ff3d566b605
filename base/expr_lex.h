/*
 * expr_lex.h - an expectation's text as words with their places.
 *
 * For the expression files and checks/save.c, which has the same words.  Not
 * the grammar: that is expr_parse.c.
 *
 * Ownership   a lexer borrows its text; words are places in it.
 * Errors      none: what is no word becomes one that nobody expects.
 * Threads     none of its own.
 */
#ifndef BASE_EXPR_LEX_H
#define BASE_EXPR_LEX_H

#include <stdbool.h>
#include <stddef.h>

enum expr_word_kind {
    EXPR_W_END,
    EXPR_W_OPEN,
    EXPR_W_CLOSE,
    EXPR_W_STRING,   /* with its quotes */
    EXPR_W_UNCLOSED, /* a string that runs into the end */
    EXPR_W_SYMBOL,   /* a run of = ! < > ~ & | */
    EXPR_W_NAME,
};

struct expr_word {
    enum expr_word_kind kind;
    size_t offset;
    size_t len;
};

struct expr_lex {
    const char *text;
    size_t len;
    size_t at;
};

/* The next word where a subject, an operator or `and` may stand: a name ends
 * at a symbol, so that status==200 is three words. */
struct expr_word expr_lex_name(struct expr_lex *lex);
/* The next word where a value stands: it ends at a blank or parenthesis. */
struct expr_word expr_lex_value(struct expr_lex *lex);
/* A JSON path: blanks and parentheses inside brackets belong to it. */
struct expr_word expr_lex_path(struct expr_lex *lex);
bool expr_lex_is(const struct expr_lex *lex, struct expr_word word,
                 const char *text);
/* A copy to free(): as written, or a string's content with '' made one. */
char *expr_lex_text(const struct expr_lex *lex, struct expr_word word);

#endif
