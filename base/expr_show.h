/*
 * expr_show.h - values and texts of targets as a person may safely read them.
 *
 * Private to the expression files.
 *
 * Ownership   writes into the caller's bytes; but for expr_show_clause() it
 *             never allocates.
 * Errors      what does not fit is left out.
 * Threads     none of its own.
 */
#ifndef BASE_EXPR_SHOW_H
#define BASE_EXPR_SHOW_H

#include "base/expr.h"

#define EXPR_QUOTE_MAX 120 /* bytes of a text that are quoted */

/* A message in the making; what does not fit is left out, for good. */
struct expr_out {
    char *to; /* always ends with NUL */
    size_t cap;
    size_t len;
    bool is_full;
};

struct expr_out expr_show(char *to, size_t cap);
void expr_show_add(struct expr_out *out, const char *text);
/* `text` with control bytes, broken UTF-8 and what turns the direction of
 * writing escaped, at most `max` bytes of it; false when some were left. */
bool expr_show_text(struct expr_out *out, const char *text, size_t len,
                    size_t max);
/* As a message quotes it: 503, 'text', 812.3 ms, true. */
void expr_show_value(struct expr_out *out, enum expr_type type,
                     const struct expr_value *v);

struct expr_quote {
    const char *text; /* as it may be seen */
    size_t len;
    size_t whole;    /* bytes of the value */
    bool is_a_begin; /* the value goes on where the text ends */
};

/* The text of a clause, as a message begins; the caller's to free. */
char *expr_show_clause(const char *text, size_t len);

void expr_show_quote(struct expr_out *out, const struct expr_quote *quote);

#endif
