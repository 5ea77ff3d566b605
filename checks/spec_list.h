/*
 * spec_list.h - lists of texts and of expectations, as a spec holds them.
 *
 * Ownership   the spec's.
 * Threads     any.
 */
#ifndef CHECKS_SPEC_LIST_H
#define CHECKS_SPEC_LIST_H

#include <stddef.h>

struct expr;

struct spec_list { /* texts in source order */
    char **item;
    size_t count;
};

struct spec_exprs {
    struct expr **item;
    size_t count;
};

/* Free what they hold. */
void spec_list_clear(struct spec_list *list);
void spec_exprs_clear(struct spec_exprs *exprs);

#endif
