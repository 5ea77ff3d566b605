/*
 * A parser that goes down with the brackets.  What is right is written out as
 * it came; a slip whose meaning is plain (a missing `=`, an unquoted word) is
 * reported and written out mended, so that what it says is still checked; a
 * setting without meaning is reported and taken back (conf_write_back).
 */
#include "base/conf_grammar.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf_balance.h"
#include "base/conf_lex.h"
#include "base/conf_names.h"
#include "base/conf_write.h"
#include "base/str.h"

#define DEPTH_MAX 20
#define SHOWN_MAX 60 /* bytes of the source quoted in a message */

struct parse {
    struct conf_write *out;
    struct conf_lex *lex;
    size_t at;
    int depth;
    size_t groups; /* numbered from 1 */
    struct conf_names names;
    bool is_spoilt; /* the value just read says nothing: leave it out */
    struct diag *diag;
};

static int parse_value(struct parse *p, size_t place);

static const struct conf_lex_token *
ahead(const struct parse *p, size_t by)
{
    size_t last = p->lex->count - 1;

    return &p->lex->tokens[p->at + by < last ? p->at + by : last];
}

static const struct conf_lex_token *
now(const struct parse *p)
{
    return ahead(p, 0);
}

static void
next(struct parse *p)
{
    if (p->at < p->lex->count - 1)
        p->at++;
}

static bool
is(const struct conf_lex_token *token, char c)
{
    return token->type == CONF_LEX_PUNCT && token->punct == c;
}

static bool
opens(const struct conf_lex_token *token)
{
    return is(token, '{') || is(token, '[') || is(token, '(');
}

/* A value that is no bracket, or that would be one with quotes. */
static bool
is_plain(const struct conf_lex_token *token)
{
    return token->type < CONF_LEX_DASH && token->type != CONF_LEX_NAME;
}

static int
shown(const struct conf_lex_token *token)
{
    return (int)(token->len < SHOWN_MAX ? token->len : SHOWN_MAX);
}

/* What libconfig calls a setting begins here. */
static bool
begins_setting(const struct parse *p)
{
    return now(p)->type == CONF_LEX_NAME &&
           (is(ahead(p, 1), '=') || is(ahead(p, 1), '{'));
}

/* ---- values ---- */

/* Over a bracket and all in it. */
static void
skip_brackets(struct parse *p)
{
    int depth = 0;

    do {
        depth += opens(now(p)) ? 1 : 0;
        depth -= is(now(p), '}') || is(now(p), ']') || is(now(p), ')') ? 1 : 0;
        next(p);
    } while (depth > 0 && now(p)->type != CONF_LEX_END);
}

static bool
is_in_range(const struct conf_lex_token *token, bool *fits_long)
{
    char digits[64];
    const char *at = digits;
    unsigned long long value;
    unsigned long long limit = 1ULL << 31;
    bool is_long = token->text[token->len - 1] == 'L';
    int base;

    if (token->len >= sizeof(digits))
        return *fits_long = false;
    memcpy(digits, token->text, token->len);
    digits[token->len] = 0;
    if (*at == '+' || *at == '-')
        limit += *at++ == '-' ? 1 : 0;
    base = str_starts(at, "0x") || str_starts(at, "0X") ? 16 : 10;
    value = strtoull(at, NULL, base);
    *fits_long = value < (1ULL << 63);
    return *fits_long && (is_long || value < limit);
}

static void
write_int(struct parse *p, const struct conf_lex_token *token)
{
    bool fits_long = true;
    char *text;

    if (is_in_range(token, &fits_long)) {
        text = str_xndup(token->text, token->len);
    } else {
        text = fits_long ? str_xprintf("write %.*sL", shown(token), token->text)
                         : str_xdup("the largest is 9223372036854775807L");
        diag_add(p->diag, DIAG_ERROR, token->pos, text,
                 "%.*s is too large for a plain number", shown(token),
                 token->text);
        free(text);
        text = str_xdup("0");
        p->is_spoilt = true;
    }
    conf_write_at(p->out, token, text);
    free(text);
}

static bool
is_word(const struct conf_lex_token *token, const char *const *words)
{
    for (; *words; words++)
        if (token->len == strlen(*words) &&
            memcmp(token->text, *words, token->len) == 0)
            return true;
    return false;
}

/* True when the unquoted text goes on with the token ahead. */
static bool
goes_on(const struct parse *p, int line)
{
    const struct conf_lex_token *token = now(p);

    return token->pos.line == line && token->type != CONF_LEX_END &&
           !is(token, ';') && !is(token, ',') && !is(token, '}') &&
           !is(token, ']') && !is(token, ')');
}

static void
parse_unquoted(struct parse *p, size_t place)
{
    static const char *const yes[] = {"yes", "on", "Yes", "On", "YES", NULL};
    static const char *const no[] = {"no", "off", "No", "Off", "NO", NULL};
    const struct conf_lex_token *first = now(p);
    const struct conf_lex_token *last = first;
    struct diag_pos pos = first->pos;
    size_t len;
    char *hint;

    conf_write_value(p->out, place, first);
    next(p);
    if (is_word(first, yes) || is_word(first, no)) {
        bool is_yes = is_word(first, yes);

        diag_add(p->diag, DIAG_ERROR, first->pos,
                 is_yes ? "write true" : "write false", "`%.*s` is no value",
                 shown(first), first->text);
        conf_write_at(p->out, first, is_yes ? "true" : "false");
        return;
    }
    for (; goes_on(p, first->pos.line); next(p))
        last = now(p);
    len = (size_t)(last->text - first->text) + last->len;
    pos.length = last->pos.column + last->pos.length - first->pos.column;
    if (last->pos.line != first->pos.line || len > SHOWN_MAX)
        hint = str_xdup("put it in double quotes");
    else
        hint = str_xprintf("write \"%.*s\"", (int)len, first->text);
    diag_add(p->diag, DIAG_ERROR, pos, hint, "text stands in double quotes");
    free(hint);
    conf_write_quoted(p->out, first, first->text, len);
}

/* One value that is no bracket; the token is plain or a name. */
static void
parse_scalar(struct parse *p, size_t place)
{
    const struct conf_lex_token *token = now(p);
    size_t quotes = token->is_unclosed ? 1 : 2;
    char *text;

    switch (token->type) {
    case CONF_LEX_STRING:
        conf_write_quoted(p->out, token, token->text + 1, token->len - quotes);
        break;
    case CONF_LEX_INT:
        write_int(p, token);
        break;
    case CONF_LEX_FLOAT:
    case CONF_LEX_BOOL:
        text = str_xndup(token->text, token->len);
        conf_write_at(p->out, token, text);
        free(text);
        break;
    case CONF_LEX_NAME:
    case CONF_LEX_WORD:
    case CONF_LEX_DASH:
    case CONF_LEX_PUNCT:
    case CONF_LEX_END:
        parse_unquoted(p, place);
        return;
    }
    conf_write_value(p->out, place, token);
    next(p);
}

static const char *
scalar_name(enum conf_lex_type type)
{
    switch (type) {
    case CONF_LEX_INT:
        return "a whole number";
    case CONF_LEX_FLOAT:
        return "a number with a dot";
    case CONF_LEX_BOOL:
        return "true or false";
    case CONF_LEX_NAME:
    case CONF_LEX_STRING:
    case CONF_LEX_WORD:
    case CONF_LEX_DASH:
    case CONF_LEX_PUNCT:
    case CONF_LEX_END:
        break;
    }
    return "a text";
}

struct array {
    struct conf_lex_token open;
    enum conf_lex_type type; /* of the first element */
    size_t count;
    bool has_comma; /* since the last element */
    char close;
};

static void
check_comma(struct parse *p, const struct array *a)
{
    const struct conf_lex_token *token = now(p);

    if (a->count == 0 || a->has_comma)
        return;
    if (token->type == CONF_LEX_STRING && a->type == CONF_LEX_STRING)
        diag_add(p->diag, DIAG_ERROR, token->pos, "put `,` before this",
                 "a comma is missing between two texts: they would be joined");
    else
        diag_add(p->diag, DIAG_ERROR, token->pos, "put `,` before this",
                 "a comma is missing");
}

static void
parse_element(struct parse *p, struct array *a)
{
    const struct conf_lex_token *token = now(p);
    struct conf_write_mark before = conf_write_mark(p->out);
    size_t place;

    check_comma(p, a);
    if (a->count > 0)
        conf_write_at(p->out, token, ",");
    place = conf_write_place(p->out, token->pos);
    if (opens(token) && a->close == ')') {
        (void)parse_value(p, place);
    } else if (opens(token)) {
        diag_add(p->diag, DIAG_ERROR, token->pos,
                 "write a group with names: { one = { ... }; }",
                 "[ ] holds plain values only");
        skip_brackets(p);
        conf_write_back(p->out, before);
        a->has_comma = true;
        return;
    } else {
        parse_scalar(p, place);
    }
    if (a->count == 0)
        a->type = token->type;
    if (a->close == ']' &&
        !str_eq(scalar_name(a->type), scalar_name(token->type))) {
        diag_add(p->diag, DIAG_ERROR, token->pos, NULL,
                 "one [ ] holds values of one type: the first is %s, this is "
                 "%s",
                 scalar_name(a->type), scalar_name(token->type));
        conf_write_back(p->out, before);
        return;
    }
    a->count++;
    a->has_comma = false;
}

/* True when the array ends here without its bracket. */
static bool
is_cut(const struct parse *p, const struct array *a)
{
    const struct conf_lex_token *token = now(p);
    const struct conf_lex_token *after = ahead(p, 1);

    if (token->type == CONF_LEX_END || is(token, '}') ||
        (begins_setting(p) && (token->is_first || !a->has_comma)))
        return true;
    return is(token, ';') && !is_plain(after) && !is(after, a->close);
}

static void
parse_array(struct parse *p, size_t place, char close)
{
    struct array a = {.open = *now(p), .close = close};
    const char *brackets = close == ']' ? "[]" : "()";

    conf_write_value(p->out, place, now(p));
    conf_write_at(p->out, now(p), close == ']' ? "[" : "(");
    next(p);
    while (!is(now(p), close)) {
        if (is_cut(p, &a)) {
            char *hint = str_xprintf("put `%c` where the list ends", close);

            diag_add(p->diag, DIAG_ERROR, a.open.pos, hint,
                     "the `%c` opened here is not closed", brackets[0]);
            free(hint);
            conf_write_at(p->out, now(p), close == ']' ? "]" : ")");
            return;
        }
        if (is(now(p), ';'))
            diag_add(p->diag, DIAG_ERROR, now(p)->pos, "write `,`",
                     "values in %s are separated by commas", brackets);
        if (is(now(p), ',') || is(now(p), ';')) {
            a.has_comma = true;
            next(p);
        } else if (now(p)->type == CONF_LEX_PUNCT && !opens(now(p))) {
            diag_add(p->diag, DIAG_ERROR, now(p)->pos, NULL,
                     "`%c` has no place here", now(p)->punct);
            next(p);
        } else {
            parse_element(p, &a);
        }
    }
    conf_write_at(p->out, now(p), close == ']' ? "]" : ")");
    next(p);
}

static void
parse_dashes(struct parse *p, size_t place)
{
    struct array a = {.open = *now(p), .close = ']'};

    diag_add(p->diag, DIAG_ERROR, now(p)->pos, "write [ \"one\", \"two\" ]",
             "a list is written in brackets, not with dashes");
    conf_write_value(p->out, place, now(p));
    conf_write_at(p->out, now(p), "[");
    while (now(p)->type == CONF_LEX_DASH) {
        next(p);
        a.has_comma = true;
        if (is_plain(now(p)) || now(p)->type == CONF_LEX_NAME)
            parse_element(p, &a);
        while (is(now(p), ',') || is(now(p), ';'))
            next(p);
    }
    conf_write_at(p->out, now(p), "]");
}

static void parse_members(struct parse *p, bool is_root);

static void
parse_group(struct parse *p, size_t place)
{
    conf_write_value(p->out, place, now(p));
    if (p->depth == DEPTH_MAX) {
        diag_add(p->diag, DIAG_ERROR, now(p)->pos, NULL,
                 "groups are nested deeper than %d", DEPTH_MAX);
        conf_write_at(p->out, now(p), "{ }");
        skip_brackets(p);
        return;
    }
    p->depth++;
    conf_write_at(p->out, now(p), "{");
    next(p);
    parse_members(p, false);
    conf_write_at(p->out, now(p), "}");
    next(p);
    p->depth--;
}

/* -1: there is none here; the caller says so. */
static int
parse_value(struct parse *p, size_t place)
{
    const struct conf_lex_token *token = now(p);

    if (is(token, '{'))
        parse_group(p, place);
    else if (is(token, '['))
        parse_array(p, place, ']');
    else if (is(token, '('))
        parse_array(p, place, ')');
    else if (token->type == CONF_LEX_DASH)
        parse_dashes(p, place);
    else if (is_plain(token) || (token->type == CONF_LEX_NAME &&
                                 !(token->is_first && begins_setting(p))))
        parse_scalar(p, place);
    else
        return -1;
    return 0;
}

/* ---- settings ---- */

static void
parse_joined(struct parse *p)
{
    while (now(p)->type == CONF_LEX_STRING) {
        diag_add(p->diag, DIAG_ERROR, now(p)->pos,
                 "write one text, or [ \"one\", \"two\" ]",
                 "two texts follow each other: they would be joined");
        next(p);
    }
}

/* False when the setting has no value. */
static bool
parse_equals(struct parse *p, const struct conf_lex_token *name)
{
    const struct conf_lex_token *token = now(p);

    if (is(token, '=')) {
        next(p);
        if (is(now(p), '=')) {
            diag_add(p->diag, DIAG_ERROR, now(p)->pos, "write one `=`",
                     "`==` has no place here");
            next(p);
        }
        return true;
    }
    if (!opens(token) && !is_plain(token) && token->type != CONF_LEX_DASH &&
        (token->type != CONF_LEX_NAME || token->is_first))
        return false;
    diag_add(p->diag, DIAG_ERROR, token->pos, "put `=` before this",
             "`=` is missing after `%.*s`", shown(name), name->text);
    return true;
}

static bool
check_name(struct parse *p, size_t group, const struct conf_lex_token *name)
{
    const struct conf_lex_token *first;
    char *hint;

    if (name->type != CONF_LEX_NAME) {
        diag_add(p->diag, DIAG_ERROR, name->pos,
                 "a letter first, then letters, digits, `-` and `_`",
                 "`%.*s` cannot be a name", shown(name), name->text);
        return false;
    }
    first = conf_names_add(&p->names, group, name);
    if (!first)
        return true;
    hint = str_xprintf("the first is on line %d", first->pos.line);
    diag_add(p->diag, DIAG_ERROR, name->pos, hint, "`%.*s` is here twice",
             shown(name), name->text);
    free(hint);
    return false;
}

static void
parse_setting(struct parse *p, size_t group)
{
    const struct conf_lex_token *name = now(p);
    struct conf_write_mark before = conf_write_mark(p->out);
    bool is_kept = check_name(p, group, name);
    char *text = str_xndup(name->text, name->len);
    size_t place = conf_write_place(p->out, name->pos);

    next(p);
    conf_write_at(p->out, name, text);
    conf_write_text(p->out, " =", 2);
    if (!parse_equals(p, name) || parse_value(p, place) < 0) {
        diag_add(p->diag, DIAG_ERROR, name->pos, "write NAME = VALUE;",
                 "`%s` has no value", text);
        is_kept = false;
    } else {
        parse_joined(p);
        conf_write_text(p->out, ";", 1);
    }
    if (p->is_spoilt)
        is_kept = false;
    p->is_spoilt = false;
    if (!is_kept)
        conf_write_back(p->out, before);
    free(text);
}

/* To where the next setting may begin. */
static void
skip_stray(struct parse *p)
{
    const char *what = "a name and `=` are missing before this";
    const char *hint = "write NAME = VALUE;";

    if (now(p)->type == CONF_LEX_DASH) {
        what = "settings are not written with dashes";
        hint = "write NAME = { ... };";
    } else if (p->at > 0 && is(ahead(p, 0), '=')) {
        what = "a name is missing before `=`";
    } else if (p->at > 0 && is(&p->lex->tokens[p->at - 1], ',')) {
        what = "several values stand in brackets";
        hint = "write [ \"one\", \"two\" ]";
    }
    diag_add(p->diag, DIAG_ERROR, now(p)->pos, hint, "%s", what);
    do {
        if (opens(now(p)))
            skip_brackets(p);
        else
            next(p);
    } while (now(p)->type != CONF_LEX_END && !is(now(p), '}') &&
             !is(now(p), ';') && !begins_setting(p));
}

static void
parse_members(struct parse *p, bool is_root)
{
    size_t group = ++p->groups;

    while (now(p)->type != CONF_LEX_END) {
        const struct conf_lex_token *token = now(p);
        bool is_value = is_plain(token);

        if (is(token, '}') && !is_root)
            return;
        if (is(token, ';') || is(token, ',')) {
            next(p);
        } else if (is(token, '}')) {
            diag_add(p->diag, DIAG_ERROR, token->pos, "take it out",
                     "this `}` closes nothing");
            next(p);
        } else if (token->type == CONF_LEX_NAME ||
                   (is_value && token->type != CONF_LEX_STRING &&
                    (is(ahead(p, 1), '=') || is(ahead(p, 1), '{')))) {
            parse_setting(p, group);
        } else {
            skip_stray(p);
        }
    }
}

void
conf_grammar_parse(struct conf_lex *lex, struct conf_write *out,
                   struct diag *diag)
{
    struct parse p = {.out = out, .lex = lex, .diag = diag};

    conf_write_open(out);
    conf_balance_add(lex, diag);
    parse_members(&p, true);
    conf_names_clear(&p.names);
}
