/*
 * A `}` that was forgotten shows at the end of the file, where every later
 * `}` has closed one group too early.  People indent, so:
 *
 *   1. match brackets; when they match, do nothing;
 *   2. else find the first line that stands no deeper than the line which
 *      opened the group it is in: the `}` is missing before that line;
 *   3. without such a line blame the innermost group that is open at the end;
 *   4. put the `}` there, and look again.
 */
#include "base/conf_balance.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf_lex.h"
#include "base/diag.h"
#include "base/str.h"

#define DEPTH_MAX  64 /* deeper nesting is not looked after */
#define MENDED_MAX 8  /* forgotten brackets in one file */
#define NONE       SIZE_MAX

struct open_group {
    size_t at;      /* token of its `{` */
    size_t suspect; /* first token that stands too far left in it, or NONE */
};

struct suspicion {
    size_t open;
    size_t before;
};

static bool
is_punct(const struct conf_lex_token *token, char c)
{
    return token->type == CONF_LEX_PUNCT && token->punct == c;
}

static void
look(const struct conf_lex *lex, size_t i, struct open_group *top)
{
    const struct conf_lex_token *token = &lex->tokens[i];
    const struct conf_lex_token *open = &lex->tokens[top->at];
    bool is_close = is_punct(token, '}');

    if (top->suspect != NONE || !token->is_first ||
        token->pos.line == open->pos.line)
        return;
    if (is_close && token->indent < open->indent)
        top->suspect = i;
    if (token->type == CONF_LEX_NAME && token->indent <= open->indent &&
        token->indent > 0)
        top->suspect = i;
}

static void
remember(struct suspicion *found, const struct open_group *group)
{
    if (group->suspect != NONE &&
        (found->before == NONE || group->suspect < found->before))
        *found = (struct suspicion){group->at, group->suspect};
}

/* False when every bracket has its other half. */
static bool
find_missing(const struct conf_lex *lex, struct suspicion *found)
{
    struct open_group stack[DEPTH_MAX];
    size_t depth = 0;

    *found = (struct suspicion){NONE, NONE};
    for (size_t i = 0; i < lex->count; i++) {
        if (depth > 0)
            look(lex, i, &stack[depth - 1]);
        if (is_punct(&lex->tokens[i], '{')) {
            if (depth == DEPTH_MAX)
                return false;
            stack[depth++] = (struct open_group){i, NONE};
        } else if (is_punct(&lex->tokens[i], '}') && depth > 0) {
            remember(found, &stack[--depth]);
        }
    }
    if (depth == 0)
        return false;
    for (size_t i = 0; i < depth; i++)
        remember(found, &stack[i]);
    if (found->before == NONE)
        *found = (struct suspicion){stack[depth - 1].at, lex->count - 1};
    return true;
}

static void
insert_close(struct conf_lex *lex, size_t before)
{
    struct conf_lex_token close = lex->tokens[before];
    size_t size = (lex->count + 1) * sizeof(lex->tokens[0]);

    close.type = CONF_LEX_PUNCT;
    close.punct = '}';
    close.is_first = false;
    close.len = 0;
    lex->tokens = str_xrealloc(lex->tokens, size);
    memmove(&lex->tokens[before + 1], &lex->tokens[before],
            (lex->count - before) * sizeof(lex->tokens[0]));
    lex->tokens[before] = close;
    lex->count++;
}

void
conf_balance_add(struct conf_lex *lex, struct diag *diag)
{
    struct suspicion found;

    for (int i = 0; i < MENDED_MAX && find_missing(lex, &found); i++) {
        const struct conf_lex_token *before = &lex->tokens[found.before];
        char *hint =
            before->type == CONF_LEX_END
                ? str_xdup("put `};` where the group ends")
                : str_xprintf("put `};` before line %d", before->pos.line);

        diag_add(diag, DIAG_ERROR, lex->tokens[found.open].pos, hint,
                 "the `{` opened here is not closed");
        free(hint);
        insert_close(lex, found.before);
    }
}
