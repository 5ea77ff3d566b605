/*
 * conf_names.h - the names of all groups of a file, to find those written twice.
 *
 * Lifecycle   a zeroed one is empty; conf_names_clear() makes it so again.
 * Ownership   tokens are borrowed.
 * Errors      none.
 * Threads     any.
 */
#ifndef BASE_CONF_NAMES_H
#define BASE_CONF_NAMES_H

#include <stddef.h>

struct conf_lex_token;

struct conf_names_slot {
    size_t group; /* counted from 1; 0: empty */
    const struct conf_lex_token *token;
};

struct conf_names { /* a hash table, at most half full */
    struct conf_names_slot *slots;
    size_t count;
    size_t cap; /* a power of two */
};

/* The first of that name in the group, or NULL when this is. */
const struct conf_lex_token *conf_names_add(struct conf_names *names,
                                            size_t group,
                                            const struct conf_lex_token *token);
void conf_names_clear(struct conf_names *names);

#endif
