#include "base/conf_names.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf_lex.h"
#include "base/str.h"

static uint64_t
hash_name(size_t group, const struct conf_lex_token *token)
{
    uint64_t h = 14695981039346656037ULL ^ group; /* FNV-1a */

    for (size_t i = 0; i < token->len; i++)
        h = (h ^ (unsigned char)token->text[i]) * 1099511628211ULL;
    return h ^ (h >> 29);
}

static struct conf_names_slot *
find_slot(const struct conf_names *names, size_t group,
          const struct conf_lex_token *token)
{
    size_t i = (size_t)hash_name(group, token) & (names->cap - 1);

    for (;; i = (i + 1) & (names->cap - 1)) {
        struct conf_names_slot *slot = &names->slots[i];

        if (slot->group == 0 ||
            (slot->group == group && slot->token->len == token->len &&
             memcmp(slot->token->text, token->text, token->len) == 0))
            return slot;
    }
}

static void
grow(struct conf_names *names)
{
    struct conf_names_slot *old = names->slots;
    size_t count = names->cap;

    names->cap = count ? count * 2 : 256;
    names->slots = str_xcalloc(names->cap, sizeof(names->slots[0]));
    for (size_t i = 0; i < count; i++)
        if (old[i].group != 0)
            *find_slot(names, old[i].group, old[i].token) = old[i];
    free(old);
}

const struct conf_lex_token *
conf_names_add(struct conf_names *names, size_t group,
               const struct conf_lex_token *token)
{
    struct conf_names_slot *slot;

    if (names->count * 2 >= names->cap)
        grow(names);
    slot = find_slot(names, group, token);
    if (slot->group != 0)
        return slot->token;
    *slot = (struct conf_names_slot){group, token};
    names->count++;
    return NULL;
}

void
conf_names_clear(struct conf_names *names)
{
    free(names->slots);
    *names = (struct conf_names){0};
}
