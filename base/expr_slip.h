/*
 * expr_slip.h - errors of a parse: the word, what is wrong, what to write.
 *
 * Private to the expression files.
 *
 * Ownership   borrows the parse.
 * Errors      the first one set is kept, later ones are dropped.
 * Threads     none of its own.
 */
#ifndef BASE_EXPR_SLIP_H
#define BASE_EXPR_SLIP_H

#include "base/expr.h"
#include "base/expr_lex.h"

struct expr_parse {
    struct expr_lex lex;
    const struct expr_subject *table;
    size_t count;
    struct expr_error *error;
    bool failed;
    int depth;
};

/* `at` is the place, `hint` may be empty. */
void expr_slip_set(struct expr_parse *p, struct expr_word at, const char *hint,
                   const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A word as a message may quote it. */
struct expr_slip_quoted {
    char text[64];
};
struct expr_slip_quoted expr_slip_quote(const struct expr_parse *p,
                                        struct expr_word word);

/* What to write instead of another language's word, or NULL. */
const char *expr_slip_hint(const struct expr_parse *p, struct expr_word word);
/* No subject stands here: say so, with the nearest name. */
void expr_slip_subject(struct expr_parse *p);

#endif
