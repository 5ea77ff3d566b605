#include "checks/save.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/expr.h"
#include "base/expr_lex.h"
#include "base/fetch.h"
#include "base/jsonpath.h"
#include "base/regex.h"
#include "base/str.h"
#include "checks/jar.h"
#include "checks/values.h"

#define EXAMPLES    "json $.id, header NAME, cookie NAME, or body ~ 'id=([0-9]+)'"
#define NAMES_SHOWN 8 /* in a message about what was there */

enum from { FROM_BODY, FROM_JSON, FROM_HEADER, FROM_COOKIE };

static const char *const subjects[] = {"body", "json", "header", "cookie"};

#define SUBJECTS (sizeof(subjects) / sizeof(subjects[0]))

struct save {
    char *name;
    char *text;
    enum from from;
    char *arg; /* of a header or cookie */
    struct jsonpath *path;
    struct regex *regex; /* or NULL: all of it */
};

void
save_free(struct save *save)
{
    if (save == NULL)
        return;
    free(save->name);
    free(save->text);
    free(save->arg);
    jsonpath_free(save->path);
    regex_free(save->regex);
    free(save);
}

/* --- parsing --- */

struct parse {
    struct save *save;
    struct expr_lex lex;
    struct expr_error *error;
};

static int fail(struct parse *p, struct expr_word at, const char *hint,
                const char *format, ...) __attribute__((format(printf, 4, 5)));

static int
fail(struct parse *p, struct expr_word at, const char *hint, const char *format,
     ...)
{
    va_list args;

    p->error->offset = at.offset;
    p->error->len = at.len > 0 ? at.len : 1;
    va_start(args, format);
    (void)vsnprintf(p->error->message, sizeof(p->error->message), format, args);
    va_end(args);
    (void)snprintf(p->error->hint, sizeof(p->error->hint), "%s", hint);
    return -1;
}

static int
parse_subject(struct parse *p)
{
    struct expr_word word = expr_lex_name(&p->lex);
    char hint[120] = EXAMPLES;
    char *name;
    int nearest;

    if (word.kind == EXPR_W_END)
        return fail(p, word, EXAMPLES, "what is to be saved is missing");
    for (size_t i = 0; i < SUBJECTS; i++) {
        if (expr_lex_is(&p->lex, word, subjects[i])) {
            p->save->from = (enum from)i;
            return 0;
        }
    }
    name = expr_lex_text(&p->lex, word);
    nearest = str_nearest(name, subjects, SUBJECTS);
    if (nearest >= 0)
        (void)snprintf(hint, sizeof(hint), "did you mean `%s`?",
                       subjects[nearest]);
    (void)fail(p, word, hint, "nothing can be saved from `%.60s`", name);
    free(name);
    return -1;
}

static int
parse_path(struct parse *p)
{
    struct expr_word word = expr_lex_path(&p->lex);
    size_t offset = 0;
    char why[120];
    char *text;

    if (word.kind != EXPR_W_NAME || p->lex.text[word.offset] != '$')
        return fail(p, word, "json $.order.id",
                    "`json` needs a path that begins with `$`");
    text = expr_lex_text(&p->lex, word);
    p->save->path = jsonpath_parse(text, &offset, why, sizeof(why));
    free(text);
    if (p->save->path != NULL)
        return 0;
    word.offset += offset;
    word.len = 1;
    return fail(p, word, "paths are those of RFC 9535", "in the path: %s", why);
}

static int
parse_arg(struct parse *p)
{
    struct expr_word word;

    if (p->save->from == FROM_BODY)
        return 0;
    if (p->save->from == FROM_JSON)
        return parse_path(p);
    word = expr_lex_value(&p->lex);
    if ((word.kind != EXPR_W_NAME && word.kind != EXPR_W_STRING) ||
        p->lex.text[word.offset] == '~')
        return fail(p, word, EXAMPLES, "`%s` needs a name",
                    subjects[p->save->from]);
    p->save->arg = expr_lex_text(&p->lex, word);
    return 0;
}

static int
parse_regex(struct parse *p)
{
    struct expr_word word = expr_lex_value(&p->lex);
    size_t offset = 0;
    char why[120];
    char *text;

    if (word.kind == EXPR_W_UNCLOSED)
        return fail(p, word, "a text ends with ', and '' in it is one quote",
                    "this text is not closed");
    if (word.kind != EXPR_W_STRING)
        return fail(p, word, "body ~ 'id=([0-9]+)'",
                    "`~` needs a pattern in quotes");
    text = expr_lex_text(&p->lex, word);
    p->save->regex = regex_compile(text, &offset, why, sizeof(why));
    free(text);
    if (p->save->regex != NULL)
        return 0;
    word.offset += 1 + offset < word.len ? 1 + offset : 0;
    word.len = 1;
    return fail(p, word, "patterns are those of PCRE2", "in the pattern: %s",
                why);
}

static int
parse_rest(struct parse *p)
{
    struct expr_word word = expr_lex_name(&p->lex);

    if (word.kind == EXPR_W_END && p->save->from == FROM_BODY)
        return fail(p, word, "body ~ 'id=([0-9]+)'; its group is the value",
                    "`body` needs a pattern");
    if (word.kind == EXPR_W_END)
        return 0;
    if (!expr_lex_is(&p->lex, word, "~"))
        return fail(p, word, "~ 'regex' takes a part of it",
                    "`~` or the end is expected here");
    if (parse_regex(p) != 0)
        return -1;
    word = expr_lex_name(&p->lex);
    if (word.kind == EXPR_W_END)
        return 0;
    return fail(p, word, "one value is saved under one name",
                "nothing can stand after the pattern");
}

struct save *
save_parse(const char *name, const char *text, struct expr_error *error)
{
    struct save *save = str_xcalloc(1, sizeof(*save));
    struct parse p = {.save = save,
                      .lex = {.text = text, .len = strlen(text)},
                      .error = error};

    *error = (struct expr_error){0};
    save->name = str_xdup(name);
    save->text = str_xdup(text);
    if (parse_subject(&p) == 0 && parse_arg(&p) == 0 && parse_rest(&p) == 0)
        return save;
    save_free(save);
    return NULL;
}

/* --- taking --- */

struct take {
    const struct save *save;
    struct save_seen *seen;
    struct buf json; /* what a path gave */
    const char *text;
    size_t len;
    char *why;
};

static enum save_end refuse(const struct take *t, enum save_end end,
                            const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static enum save_end
refuse(const struct take *t, enum save_end end, const char *format, ...)
{
    int used =
        snprintf(t->why, SAVE_WHY_MAX, "%.60s = %.160s%s: ", t->save->name,
                 t->save->text, strlen(t->save->text) > 160 ? "..." : "");
    va_list args;

    va_start(args, format);
    (void)vsnprintf(t->why + used, SAVE_WHY_MAX - (size_t)used, format, args);
    va_end(args);
    return end;
}

/* The names of an answer's header lines, for a message. */
static void
add_header_names(struct buf *out, const char *head, size_t len)
{
    size_t at = 0;
    size_t shown = 0;

    while (at < len) {
        const char *line = head + at;
        const char *end = memchr(line, '\n', len - at);
        size_t line_len = end != NULL ? (size_t)(end - line) : len - at;
        const char *colon = memchr(line, ':', line_len);

        at += line_len + 1;
        if (colon == NULL || (shown == 0 && str_starts(line, "HTTP/")))
            continue;
        if (shown++ == NAMES_SHOWN) {
            buf_add_str(out, ", ...");
            return;
        }
        buf_addf(out, "%s%.*s", shown > 1 ? ", " : "", (int)(colon - line),
                 line);
    }
}

static enum save_end
take_header(struct take *t)
{
    const struct save_seen *seen = t->seen;
    struct buf names;
    size_t at = 0;

    t->text = seen->head == NULL ? NULL
                                 : fetch_header(seen->head, seen->head_len,
                                                t->save->arg, &at, &t->len);
    if (t->text != NULL)
        return SAVE_OK;
    buf_init(&names, SAVE_WHY_MAX);
    if (seen->head != NULL)
        add_header_names(&names, seen->head, seen->head_len);
    (void)refuse(t, SAVE_MISSING, "the answer has no such header%s%s",
                 names.len > 0 ? "; it has " : "", buf_text(&names));
    buf_free(&names);
    return SAVE_MISSING;
}

static enum save_end
take_cookie(struct take *t)
{
    const struct save_seen *seen = t->seen;

    if (seen->jar != NULL)
        t->text = jar_get(seen->jar, t->save->arg, seen->now);
    if (t->text == NULL)
        return refuse(t, SAVE_MISSING,
                      "%zu cookies are set, and none has that "
                      "name",
                      seen->jar != NULL ? jar_count(seen->jar) : 0);
    t->len = strlen(t->text);
    return SAVE_OK;
}

static enum save_end
take_json(struct take *t)
{
    struct save_seen *seen = t->seen;
    char message[200] = "there is none";

    if (seen->doc == NULL && seen->body != NULL)
        seen->doc =
            jsonpath_doc(seen->body, seen->body_len, message, sizeof(message));
    if (seen->doc == NULL)
        return refuse(t, SAVE_MISSING, "the body is not JSON: %s", message);
    switch (jsonpath_take(t->save->path, seen->doc, &t->json)) {
    case JSONPATH_TOOK:
        t->text = buf_text(&t->json);
        t->len = t->json.len;
        return SAVE_OK;
    case JSONPATH_TOOK_NOTHING:
        return refuse(t, SAVE_MISSING, "the path selects nothing");
    case JSONPATH_TOOK_NULL:
        return refuse(t, SAVE_MISSING, "the value is null");
    case JSONPATH_TOOK_INEXACT:
        return refuse(t, SAVE_INVALID,
                      "the number is too large to be kept exactly: take its "
                      "digits with body ~ '...'");
    case JSONPATH_TOOK_TOO_MUCH:
        break;
    }
    return refuse(t, SAVE_INVALID,
                  "the value is over %d bytes, or the path "
                  "visits too many nodes",
                  VALUES_BYTES_MAX);
}

static enum save_end
take_body(struct take *t)
{
    if (t->seen->body == NULL)
        return refuse(t, SAVE_MISSING, "the answer has no body");
    t->text = t->seen->body;
    t->len = t->seen->body_len;
    return SAVE_OK;
}

static enum save_end
take_whole(struct take *t)
{
    switch (t->save->from) {
    case FROM_BODY:
        return take_body(t);
    case FROM_JSON:
        return take_json(t);
    case FROM_HEADER:
        return take_header(t);
    case FROM_COOKIE:
        break;
    }
    return take_cookie(t);
}

static enum save_end
match(struct take *t)
{
    size_t start = 0;
    size_t end = 0;

    if (t->save->regex == NULL)
        return SAVE_OK;
    switch (regex_match(t->save->regex, t->text, t->len, &start, &end)) {
    case REGEX_YES:
        t->text += start;
        t->len = end - start;
        return SAVE_OK;
    case REGEX_NO:
        return refuse(t, SAVE_MISSING, "no match in %zu bytes of it", t->len);
    case REGEX_LIMIT:
        break;
    }
    return refuse(t, SAVE_INVALID, "the pattern takes too many steps here");
}

static enum save_end
keep(struct take *t, struct values *values, unsigned flags)
{
    const struct value value = {t->save->name, t->text, t->len, flags};

    if (values_set(values, &value) == 0)
        return SAVE_OK;
    if (errno == E2BIG)
        return refuse(t, SAVE_INVALID,
                      "the value has %zu bytes; at most %d are kept", t->len,
                      VALUES_BYTES_MAX);
    return refuse(t, SAVE_INVALID, "a run keeps at most %d values", VALUES_MAX);
}

enum save_end
save_take(const struct save *save, struct save_seen *seen,
          struct values *values, unsigned flags, char why[SAVE_WHY_MAX])
{
    struct take t = {.save = save, .seen = seen, .why = why};
    enum save_end end;

    why[0] = '\0';
    /* Room for a text of which a pattern takes a part. */
    buf_init_wiping(&t.json,
                    (size_t)VALUES_BYTES_MAX * (save->regex != NULL ? 8 : 1));
    end = take_whole(&t);
    if (end == SAVE_OK)
        end = match(&t);
    if (end == SAVE_OK)
        end = keep(&t, values, flags);
    buf_free(&t.json);
    return end;
}
