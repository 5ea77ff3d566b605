/*
 * For people whose hands know another language: what they wrote is named, and
 * what to write instead.  A subject of several words is searched with as many
 * words as it has, so that `all server agree` finds `all servers agree`.
 */
#include "base/expr_slip.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/expr_show.h"
#include "base/str.h"

#define MORE_MAX          8 /* bytes for a comma and ", ..." */
#define SUBJECT_WORDS_MAX 4 /* "all servers agree" has 3 */

/* What hands write that know other languages. */
static const struct {
    const char *wrote;
    const char *hint;
} slips[] = {
    {"=", "write `==`"},
    {"===", "write `==`"},
    {"is", "write `==`"},
    {"equals", "write `==`"},
    {"eq", "write `==`"},
    {"<>", "write `!=`"},
    {"!==", "write `!=`"},
    {"=>", "write `>=`"},
    {"=<", "write `<=`"},
    {"=~", "write `~`"},
    {"~=", "write `~`"},
    {"!~", "write `not SUBJECT ~ 'pattern'`"},
    {"matches", "write `~`"},
    {"includes", "write `contains`"},
    {"startswith", "write `starts`"},
    {"endswith", "write `ends`"},
    {"not", "`not` stands before the subject"},
    {"!", "write `not`, before the subject"},
    {"&&", "write `and`"},
    {"&", "write `and`"},
    {"||", "write `or`"},
    {"|", "write `or`"},
    {"between", "write `time > 1s and time < 2s`"},
};

#define SLIPS (sizeof(slips) / sizeof(slips[0]))

void
expr_slip_set(struct expr_parse *p, struct expr_word at, const char *hint,
              const char *format, ...)
{
    va_list args;

    if (p->failed)
        return;
    p->failed = true;
    p->error->offset = at.offset;
    p->error->len = at.len > 0 ? at.len : 1;
    snprintf(p->error->hint, sizeof(p->error->hint), "%s", hint);
    va_start(args, format);
    vsnprintf(p->error->message, sizeof(p->error->message), format, args);
    va_end(args);
}

struct expr_slip_quoted
expr_slip_quote(const struct expr_parse *p, struct expr_word word)
{
    struct expr_slip_quoted q;
    struct expr_out out = expr_show(q.text, sizeof(q.text));

    if (word.kind == EXPR_W_END) {
        expr_show_add(&out, "the end");
        return q;
    }
    expr_show_add(&out, "`");
    (void)expr_show_text(&out, p->lex.text + word.offset, word.len, 48);
    expr_show_add(&out, "`");
    return q;
}

const char *
expr_slip_hint(const struct expr_parse *p, struct expr_word word)
{
    for (size_t i = 0; i < SLIPS; i++)
        if (expr_lex_is(&p->lex, word, slips[i].wrote))
            return slips[i].hint;
    return NULL;
}

/* The next `words` names of the text as one, or NULL when there are fewer. */
static char *
join_names(const struct expr_parse *p, int words, struct expr_word *all)
{
    struct expr_lex at = p->lex;
    char *joined = NULL;

    for (int i = 0; i < words; i++) {
        struct expr_word word = expr_lex_name(&at);

        if (word.kind != EXPR_W_NAME) {
            free(joined);
            return NULL;
        }
        if (i == 0)
            *all = word;
        all->len = word.offset + word.len - all->offset;
        free(joined);
        joined = str_xndup(at.text + all->offset, all->len);
    }
    return joined;
}

static int
count_words(const char *name)
{
    int count = 1;

    for (; *name != '\0'; name++)
        count += *name == ' ' ? 1 : 0;
    return count;
}

/* A name of three words is searched with three: "serial agree and aa" is not
 * near "all servers agree". */
static const char *
nearest_of(const struct expr_parse *p, int words, struct expr_word *at)
{
    char *wrote = join_names(p, words, at);
    const char **names = str_xcalloc(p->count + 1, sizeof(*names));
    const char *nearest = NULL;
    size_t count = 0;
    int found = -1;

    for (size_t i = 0; i < p->count; i++)
        if (count_words(p->table[i].name) == words)
            names[count++] = p->table[i].name;
    if (wrote != NULL)
        found = str_nearest(wrote, names, count);
    if (found >= 0)
        nearest = names[found];
    free(names);
    free(wrote);
    return nearest;
}

static bool
hint_nearest(const struct expr_parse *p, struct expr_word *at, char *hint,
             size_t cap)
{
    const char *nearest = NULL;

    for (int words = SUBJECT_WORDS_MAX; words > 0 && nearest == NULL; words--)
        nearest = nearest_of(p, words, at);
    if (nearest != NULL)
        snprintf(hint, cap, "did you mean `%s`?", nearest);
    return nearest != NULL;
}

static void
hint_all(const struct expr_parse *p, char *hint, size_t cap)
{
    struct expr_out out = expr_show(hint, cap);

    expr_show_add(&out, "known:");
    for (size_t i = 0; i < p->count; i++) {
        if (out.cap - out.len < strlen(p->table[i].name) + MORE_MAX) {
            expr_show_add(&out, ", ...");
            return;
        }
        expr_show_add(&out, i > 0 ? ", " : " ");
        expr_show_add(&out, p->table[i].name);
    }
}

void
expr_slip_subject(struct expr_parse *p)
{
    struct expr_lex ahead = p->lex;
    struct expr_word word = expr_lex_name(&ahead);
    struct expr_word named = word;
    const char *slip = expr_slip_hint(p, word);
    char hint[sizeof(p->error->hint)] = "";

    if (word.kind == EXPR_W_END) {
        expr_slip_set(p, word,
                      p->lex.at == 0 ? "for example: status == 200" : "",
                      "an expectation is missing here");
        return;
    }
    if (slip != NULL || word.kind != EXPR_W_NAME ||
        str_is_digit(p->lex.text[word.offset])) {
        expr_slip_set(
            p, word, slip != NULL ? slip : "for example: status == 200",
            "expected a subject, found %s", expr_slip_quote(p, word).text);
        return;
    }
    if (hint_nearest(p, &named, hint, sizeof(hint)))
        word = named;
    else
        hint_all(p, hint, sizeof(hint));
    expr_slip_set(p, word, hint, "unknown subject %s",
                  expr_slip_quote(p, word).text);
}
