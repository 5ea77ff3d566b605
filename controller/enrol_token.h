/*
 * enrol_token.h - the open invitations and keys of enrol.c, by their hash.
 *
 * A token itself is never kept: whoever reads the store can invite nobody.
 *
 * Ownership   the list owns its tokens; a found one is valid until the next
 *             add or forget.
 * Errors      none.
 * Threads     loop thread only.
 */
#ifndef CONTROLLER_ENROL_TOKEN_H
#define CONTROLLER_ENROL_TOKEN_H

#include <stddef.h>

#include "base/clock.h"
#include "wire/result.h"

struct enrol_token {
    char hash[65]; /* SHA-256 of the token, hex */
    char region[RESULT_NAME_MAX];
    char name[RESULT_NAME_MAX]; /* "": the probe's wish */
    wall_t ends;
    int uses_left;
};

struct enrol_tokens {
    struct enrol_token *item;
    size_t count;
};

void enrol_token_hash(const char *token, char hash[65]);
void enrol_token_add(struct enrol_tokens *tokens,
                     const struct enrol_token *token);
/* Also a used or old one; NULL: unknown. */
struct enrol_token *enrol_token_find(struct enrol_tokens *tokens,
                                     const char *hash);
/* Forget what is used up or has run out. */
void enrol_token_forget(struct enrol_tokens *tokens, wall_t now);
void enrol_token_free(struct enrol_tokens *tokens);

#endif
