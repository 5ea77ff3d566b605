/*
 * enrol_token.c - see enrol_token.h.
 */
#include "controller/enrol_token.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/str.h"

#define HASH_DIGITS ((size_t)2 * DIGEST_SHA256_BYTES)

void
enrol_token_hash(const char *token, char hash[65])
{
    uint8_t md[DIGEST_SHA256_BYTES];

    digest_sha256(md, token, strlen(token));
    str_hex(hash, md, sizeof(md));
}

void
enrol_token_add(struct enrol_tokens *tokens, const struct enrol_token *token)
{
    tokens->item =
        str_xrealloc(tokens->item, (tokens->count + 1) * sizeof(*tokens->item));
    tokens->item[tokens->count++] = *token;
}

struct enrol_token *
enrol_token_find(struct enrol_tokens *tokens, const char *hash)
{
    if (strlen(hash) != HASH_DIGITS)
        return NULL;
    for (size_t i = 0; i < tokens->count; i++)
        if (digest_equal(tokens->item[i].hash, hash, HASH_DIGITS))
            return &tokens->item[i];
    return NULL;
}

void
enrol_token_forget(struct enrol_tokens *tokens, wall_t now)
{
    size_t n = 0;

    for (size_t i = 0; i < tokens->count; i++)
        if (tokens->item[i].uses_left > 0 && tokens->item[i].ends.ms > now.ms)
            tokens->item[n++] = tokens->item[i];
    tokens->count = n;
}

void
enrol_token_free(struct enrol_tokens *tokens)
{
    free(tokens->item);
    *tokens = (struct enrol_tokens){0};
}
