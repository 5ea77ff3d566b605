/*
 * Text is literal up to a ${; what stands up to its } is one value:
 *
 *     value = name | call             at the top
 *     call  = name "(" arg *("," arg) ")"
 *     arg   = name | call | "'" text "'" | digits
 *
 * Blanks do not matter between these.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "checks/template_priv.h"

struct parse {
    struct template *tpl;
    const char *text;
    size_t at;
    size_t open; /* of the reference that is read */
    struct template_error *error;
    bool failed;
};

struct place {
    size_t offset;
    size_t len;
};

static struct template_node *fail(struct parse *p, struct place place,
                                  const char *hint, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The first error stays. */
static struct template_node *
fail(struct parse *p, struct place place, const char *hint, const char *format,
     ...)
{
    struct template_error *e = p->error;
    va_list args;

    if (p->failed)
        return NULL;
    p->failed = true;
    e->offset = place.offset;
    e->len = place.len > 0 ? place.len : 1;
    va_start(args, format);
    (void)vsnprintf(e->message, sizeof(e->message), format, args);
    va_end(args);
    (void)snprintf(e->hint, sizeof(e->hint), "%s", hint);
    return NULL;
}

static struct place
here(const struct parse *p)
{
    return (struct place){p->at, p->text[p->at] != '\0' ? 1 : 0};
}

static void
skip_blanks(struct parse *p)
{
    while (str_is_space(p->text[p->at]))
        p->at++;
}

static bool
begins_name(char c)
{
    return str_is_alpha(c) || c == '_';
}

static bool
goes_on(char c)
{
    return begins_name(c) || str_is_digit(c) || c == '-' || c == '.';
}

static void
free_node(struct template_node *node)
{
    while (node != NULL) {
        struct template_node *next = node->next;

        free_node(node->first);
        free(node->text);
        free(node);
        node = next;
    }
}

static struct template_node *
new_node(const struct parse *p, enum template_kind kind, const char *text,
         size_t len)
{
    struct template_node *node = str_xcalloc(1, sizeof(*node));

    node->kind = kind;
    node->text = str_xndup(text, len);
    node->text_len = len;
    node->offset = p->open;
    return node;
}

/* 'text', in which '' is one quote. */
static struct template_node *
parse_quoted(struct parse *p)
{
    struct place open = {p->at, 1};
    struct template_node *node =
        new_node(p, TEMPLATE_LITERAL, p->text + p->at, strlen(p->text + p->at));
    size_t len = 0;

    for (p->at++; p->text[p->at] != '\0'; p->at++) {
        if (p->text[p->at] == '\'' && p->text[++p->at] != '\'') {
            node->text[len] = '\0';
            node->text_len = len;
            return node;
        }
        node->text[len++] = p->text[p->at];
    }
    free_node(node);
    return fail(p, open, "a text ends with ', and '' in it is one quote",
                "this text is not closed");
}

static struct template_node *
parse_digits(struct parse *p)
{
    size_t begin = p->at;

    while (str_is_digit(p->text[p->at]))
        p->at++;
    return new_node(p, TEMPLATE_LITERAL, p->text + begin, p->at - begin);
}

static void
fail_unknown(struct parse *p, struct place at, const char *name)
{
    const struct template_fn *near = template_fn_nearest(name);
    char hint[120] =
        "uuid, timestamp, base64, hmac_sha256, totp, ...: see docs/values.md";

    if (near != NULL)
        (void)snprintf(hint, sizeof(hint), "did you mean `%s`?", near->shape);
    (void)fail(p, at, hint, "there is no function `%s`", name);
}

static struct template_node *parse_value(struct parse *p, int depth);

/* Arguments up to the closing parenthesis. */
static void
parse_args(struct parse *p, struct template_node *call, int depth)
{
    struct template_node **to = &call->first;
    size_t count = 0;

    for (;;) {
        skip_blanks(p);
        if (count == TEMPLATE_ARGS_MAX) {
            (void)fail(p, here(p), "nest a call to join more",
                       "a call takes at most %d arguments", TEMPLATE_ARGS_MAX);
            return;
        }
        *to = parse_value(p, depth);
        if (*to == NULL)
            return;
        to = &(*to)->next;
        count++;
        skip_blanks(p);
        if (p->text[p->at] != ',')
            break;
        p->at++;
    }
    if (p->text[p->at] == ')')
        p->at++;
    else
        (void)fail(p, here(p), "arguments are separated by commas",
                   "`)` or `,` is missing here");
}

/* random() alone wants a number, and it must be written. */
static bool
is_count(const struct template_node *arg)
{
    int64_t count = 0;

    return arg != NULL && arg->kind == TEMPLATE_LITERAL &&
           str_parse_i64(arg->text, &count) == 0 && count >= 1 &&
           count <= TEMPLATE_RANDOM_MAX;
}

static void
check_args(struct parse *p, const struct template_node *call, struct place at)
{
    const struct template_fn *fn = call->fn;
    size_t count = 0;
    char hint[120];

    for (const struct template_node *arg = call->first; arg != NULL;
         arg = arg->next)
        count++;
    (void)snprintf(hint, sizeof(hint), "it is %s: %s", fn->shape, fn->gives);
    if (count < fn->least || count > fn->most)
        (void)fail(p, at, hint, "`%s` takes %s%zu argument%s, not %zu",
                   fn->name, fn->most > fn->least ? "at least " : "", fn->least,
                   fn->least == 1 ? "" : "s", count);
    else if (str_eq(fn->name, "random") && !is_count(call->first))
        (void)fail(p, at, hint, "`random` takes a number from 1 to %d",
                   TEMPLATE_RANDOM_MAX);
}

static struct template_node *
parse_call(struct parse *p, const char *name, struct place at, int depth)
{
    const struct template_fn *fn = template_fn_find(name);
    struct template_node *call;
    char hint[120];

    if (fn == NULL) {
        fail_unknown(p, at, name);
        return NULL;
    }
    if (fn->most == 0) {
        (void)snprintf(hint, sizeof(hint), "write ${%s}", name);
        return fail(p, at, hint, "`%s` takes no arguments", name);
    }
    if (depth == TEMPLATE_DEPTH_MAX)
        return fail(p, at, "give a part of it a name with `values`",
                    "calls stand in each other more than %d deep",
                    TEMPLATE_DEPTH_MAX);
    call = new_node(p, TEMPLATE_CALL, name, strlen(name));
    call->fn = fn;
    p->at++;
    skip_blanks(p);
    if (p->text[p->at] == ')')
        p->at++;
    else
        parse_args(p, call, depth + 1);
    if (!p->failed)
        check_args(p, call, at);
    if (!p->failed)
        return call;
    free_node(call);
    return NULL;
}

/* A name without parentheses: computed, or the lookup's. */
static struct template_node *
parse_name(struct parse *p, const char *name, struct place at)
{
    const struct template_fn *fn = template_fn_find(name);
    struct template *tpl = p->tpl;
    struct template_node *node;
    char hint[120];

    if (fn != NULL && fn->most > 0) {
        (void)snprintf(hint, sizeof(hint), "write ${%s}", fn->shape);
        return fail(p, at, hint, "`%s` is a function", name);
    }
    if (fn == NULL && tpl->ref_count == TEMPLATE_REFS_MAX)
        return fail(p, at, "split the text", "a text has at most %d names",
                    TEMPLATE_REFS_MAX);
    node = new_node(p, fn != NULL ? TEMPLATE_CALL : TEMPLATE_NAME, name,
                    strlen(name));
    node->fn = fn;
    if (fn != NULL)
        return node;
    tpl->ref = str_xrealloc(tpl->ref, (tpl->ref_count + 1) * sizeof(*tpl->ref));
    tpl->ref[tpl->ref_count++] =
        (struct template_ref){node->text, at.offset, at.len};
    return node;
}

static struct template_node *
parse_value(struct parse *p, int depth)
{
    char name[TEMPLATE_NAME_MAX];
    struct place at = {p->at, 0};
    char c = p->text[p->at];

    if (c == '\'')
        return parse_quoted(p);
    if (str_is_digit(c))
        return parse_digits(p);
    if (!begins_name(c))
        return fail(p, here(p),
                    "${NAME}, ${FUNCTION(NAME, 'text')}; $${ writes ${",
                    c == '\0' || c == '}' || c == ')' ? "a name is missing here"
                                                      : "a name cannot begin "
                                                        "with this");
    while (goes_on(p->text[p->at]))
        p->at++;
    at.len = p->at - at.offset;
    if (at.len >= sizeof(name))
        return fail(p, at, "", "a name has at most %zu characters",
                    sizeof(name) - 1);
    memcpy(name, p->text + at.offset, at.len);
    name[at.len] = '\0';
    skip_blanks(p);
    if (p->text[p->at] == '(')
        return parse_call(p, name, at, depth);
    return parse_name(p, name, at);
}

/* From `${` to `}`. */
static struct template_node *
parse_ref(struct parse *p)
{
    struct template_node *node;
    struct place open = {p->at, 2};

    p->open = p->at;
    p->at += 2;
    if (strchr(p->text + p->at, '}') == NULL)
        return fail(p, open, "$${ writes the two characters ${",
                    "this ${ is not closed");
    skip_blanks(p);
    node = parse_value(p, 0);
    if (node == NULL)
        return NULL;
    skip_blanks(p);
    if (node->kind == TEMPLATE_LITERAL)
        (void)fail(p, (struct place){open.offset, p->at - open.offset},
                   "write it without ${ and }",
                   "a text of its own needs no ${...}");
    else if (p->text[p->at] != '}')
        (void)fail(p, here(p), "$${ writes the two characters ${",
                   "`}` is missing here");
    if (p->failed) {
        free_node(node);
        return NULL;
    }
    p->at++;
    node->len = p->at - open.offset;
    return node;
}

/* Up to the next reference; $${ gives ${. */
static struct template_node *
parse_literal(struct parse *p)
{
    const char *text = p->text;
    size_t begin = p->at;
    struct template_node *node =
        new_node(p, TEMPLATE_LITERAL, text + begin, strlen(text + begin));
    size_t len = 0;

    while (text[p->at] != '\0' && !str_starts(text + p->at, "${")) {
        if (str_starts(text + p->at, "$${"))
            p->at++;
        else {
            node->text[len++] = text[p->at++];
            continue;
        }
        node->text[len++] = text[p->at++];
        node->text[len++] = text[p->at++];
    }
    node->text[len] = '\0';
    node->text_len = len;
    node->text = str_xrealloc(node->text, len + 1);
    return node;
}

/* How a JSON text goes on after a literal: in quotes, or just after a `\`. */
static enum template_spot
spot_after(enum template_spot spot, const struct template_node *literal)
{
    for (size_t i = 0; i < literal->text_len; i++) {
        char c = literal->text[i];

        if (spot == TEMPLATE_ESCAPED)
            spot = TEMPLATE_QUOTED;
        else if (c == '"')
            spot = spot == TEMPLATE_BARE ? TEMPLATE_QUOTED : TEMPLATE_BARE;
        else if (c == '\\' && spot == TEMPLATE_QUOTED)
            spot = TEMPLATE_ESCAPED;
    }
    return spot;
}

static void
parse_parts(struct parse *p)
{
    struct template_node **to = &p->tpl->first;
    enum template_spot spot = TEMPLATE_BARE;
    size_t values = 0;

    while (p->text[p->at] != '\0' && !p->failed) {
        bool is_ref = str_starts(p->text + p->at, "${");

        if (is_ref && ++values > TEMPLATE_REFS_MAX) {
            (void)fail(p, (struct place){p->at, 2}, "split the text",
                       "a text has at most %d values", TEMPLATE_REFS_MAX);
            return;
        }
        *to = is_ref ? parse_ref(p) : parse_literal(p);
        if (*to == NULL)
            return;
        (*to)->spot = spot;
        if (!is_ref)
            spot = spot_after(spot, *to);
        to = &(*to)->next;
    }
}

struct template *
template_parse(const char *text, struct template_error *error)
{
    struct template *tpl = str_xcalloc(1, sizeof(*tpl));
    struct parse p = {.tpl = tpl, .text = text, .error = error};

    *error = (struct template_error){0};
    if (strlen(text) > TEMPLATE_TEXT_MAX)
        (void)fail(&p, (struct place){0, 1}, "", "the text is over %zu KiB",
                   TEMPLATE_TEXT_MAX / 1024);
    else
        parse_parts(&p);
    if (p.failed) {
        template_free(tpl);
        return NULL;
    }
    tpl->text = str_xdup(text);
    return tpl;
}

void
template_free(struct template *tpl)
{
    if (tpl == NULL)
        return;
    free_node(tpl->first);
    free(tpl->ref);
    free(tpl->text);
    free(tpl);
}

/* --- what it refers to --- */

const struct template_ref *
template_refs(const struct template *tpl, size_t *count)
{
    *count = tpl->ref_count;
    return tpl->ref;
}

bool
template_is_name(const char *name)
{
    size_t len = strlen(name);

    if (!begins_name(name[0]) || len >= TEMPLATE_NAME_MAX ||
        template_fn_find(name) != NULL)
        return false;
    for (size_t i = 0; i < len; i++)
        if (!goes_on(name[i]) || name[i] == '.')
            return false;
    return true;
}
