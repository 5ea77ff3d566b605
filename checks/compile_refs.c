/*
 * `${...}` in the texts of a check or a step: what is named must be known when
 * the run comes there, and a secret goes only to the origins it is for.
 *
 * A value is known after the step that saves it, in the order the journey is
 * written; `values` are known from the start, each to those after it; cleanup
 * knows all that any step may have saved.  A check of one request saves
 * nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/str.h"
#include "checks/compile.h"
#include "checks/merge.h"
#include "checks/ref_text.h"
#include "checks/spec.h"
#include "checks/template.h"

#define SECRET     "secret."
#define ORIGIN_MAX 300  /* bytes */
#define HINT_MAX   300  /* bytes of the names there are */
#define NAMES_MAX  1000 /* compared for a hint */

struct diag_pos
compile_place_pos(const struct compile_place *place)
{
    return place->text == place->item->text
               ? conf_pos_in(place->item, place->offset, place->len)
               : place->item->value;
}

/* ---- what is known where ---- */

struct names {
    const struct merge *here; /* the step that asks; NULL: none of them */
    const struct conf *value; /* of `values`, that asks; or NULL */
    const char *wanted;
    const char *later; /* the step that saves it, too late; or NULL */
    const char *known[NAMES_MAX];
    size_t count;
    size_t always; /* how many of them need no value */
    bool is_past;  /* the steps come now that are not over when it asks */
    bool is_found;
};

static void
see_name(struct names *names, const char *name, const char *step)
{
    if (names->is_past) {
        if (!names->later && str_eq(name, names->wanted))
            names->later = step;
        return;
    }
    names->is_found = names->is_found || str_eq(name, names->wanted);
    if (names->count < NAMES_MAX)
        names->known[names->count++] = name;
}

static void
see_steps(struct names *names, const struct merge *whole, enum spec_key key)
{
    const struct merge_value *v = &whole->value[key];

    for (size_t i = 0; i < v->step_count; i++) {
        const struct merge *step = &v->step[i];
        const struct conf *save = step->value[SPEC_KEY_SAVE].from;

        names->is_past = names->is_past || step == names->here;
        for (const struct conf *n = save ? save->first : NULL; n; n = n->next)
            see_name(names, n->name, step->name);
    }
}

static void
see_all(struct names *names, const struct merge *whole)
{
    const struct conf *values = whole->value[SPEC_KEY_VALUES].from;

    for (const struct conf *n = values ? values->first : NULL; n; n = n->next) {
        names->is_past = names->is_past || n == names->value;
        see_name(names, n->name, "values");
    }
    see_steps(names, whole, SPEC_KEY_JOURNEY);
    see_steps(names, whole, SPEC_KEY_CLEANUP);
}

/* The nearest name; else all there are here. */
static char *
hint_of(const struct compile_job *job, const struct names *names)
{
    char *nearest = schema_nearest(names->wanted, names->known, names->count);
    struct buf list;

    if (nearest)
        return nearest;
    if (job->spec->kind != SPEC_JOURNEY)
        return str_xdup("only a journey has values: save, values");
    if (names->count == names->always)
        return str_xdup("save it in a step before this one");
    buf_init(&list, HINT_MAX);
    for (size_t i = names->always; i < names->count; i++)
        (void)buf_addf(&list, "%s%s",
                       list.len ? ", " : "known here: ", names->known[i]);
    nearest = str_xdup(buf_text(&list));
    buf_free(&list);
    return nearest;
}

static void
add_unknown(struct compile_job *job, const struct compile_place *place,
            const struct names *names)
{
    const struct merge *whole = job->merge->whole;
    char *hint = hint_of(job, names);

    if (names->later && whole && str_eq(names->later, job->merge->name))
        compile_wrong(job, compile_place_pos(place),
                      "use it in a step after this one",
                      "`%s` is saved by this step, once its answer is there",
                      names->wanted);
    else if (names->later)
        compile_wrong(job, compile_place_pos(place),
                      "a value is known after the step that saves it",
                      "`%s` is saved only later, by `%s`", names->wanted,
                      names->later);
    else
        compile_wrong(job, compile_place_pos(place), hint,
                      "there is no value `%s`", names->wanted);
    free(hint);
}

static const char *const always[] = {"run.id", "check", "region"};

/* What needs no value: for hints. */
static void
see_always(struct names *names)
{
    const char *gives;

    for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
        names->known[names->count++] = always[i];
    for (size_t i = 0; template_function(i, &gives); i++) {
        const char *shape = template_function(i, &gives);

        if (!strchr(shape, '(') && names->count < NAMES_MAX)
            names->known[names->count++] = shape;
    }
    names->always = names->count;
}

static void
check_name(struct compile_job *job, const struct compile_place *place,
           const char *name)
{
    const struct merge *whole =
        job->merge->whole ? job->merge->whole : job->merge;
    struct names names = {.here = job->merge, .wanted = name};

    if (compile_is_one_of(name, always, sizeof(always) / sizeof(always[0])))
        return;
    if (!job->merge->whole)
        names.value = place->item;
    see_always(&names);
    see_all(&names, whole);
    if (!names.is_found)
        add_unknown(job, place, &names);
}

/* ---- one text ---- */

static void
check_text(struct compile_job *job, const struct conf *item, const char *text,
           const char *origin)
{
    struct compile_place place = {item, text, 0, 0};
    struct template_error error;
    struct template *tpl = template_parse(text, &error);
    const struct template_ref *refs;
    size_t count = 0;

    if (!tpl) {
        place.offset = error.offset;
        place.len = error.len;
        compile_wrong(job, compile_place_pos(&place),
                      error.hint[0] ? error.hint : NULL, "%s", error.message);
        return;
    }
    refs = template_refs(tpl, &count);
    for (size_t i = 0; i < count; i++) {
        const char *name = refs[i].name;

        place.offset = refs[i].offset;
        place.len = refs[i].len;
        if (str_starts(name, SECRET))
            compile_secret_use(job, &place, name + strlen(SECRET), origin);
        else
            check_name(job, &place, name);
    }
    template_free(tpl);
}

/* ---- where texts go ---- */

/* Of a journey the first that is no http:// one: what it says for all of its
 * steps, the key of a certificate, is used inside TLS alone. */
static const char *
url_of(const struct merge *merge)
{
    const struct merge_value *steps = &merge->value[SPEC_KEY_JOURNEY];
    const struct conf *from = merge->value[SPEC_KEY_HTTP].from;

    for (size_t i = 0; i < steps->step_count; i++) {
        const struct conf *url = steps->step[i].value[SPEC_KEY_HTTP].from;

        if (url && (!from || str_starts(from->text, "http://")))
            from = url;
    }
    return from ? from->text : "";
}

/* The program of an exec check, as written. */
static const char *
program_of(const struct merge *merge)
{
    const struct conf *from = merge->value[SPEC_KEY_EXEC].from;
    const struct conf *word =
        from && from->type == CONF_ARRAY ? from->first : from;

    return word ? word->text : "";
}

/* `ps` shows the words of a program, to everybody. */
static void
refuse_in_words(struct compile_job *job, const struct compile_place *place)
{
    compile_wrong(job, compile_place_pos(place),
                  "in `env`: { SECRET = \"${secret.NAME}\"; }",
                  "a secret has no place in the words of a program: everybody "
                  "on the machine can read them");
}

/* Texts that nobody is sent: a reference has no place in them. */
static void
check_unsent(struct compile_job *job, size_t key, const struct conf *item,
             const char *text)
{
    for (const char *at = ref_text_next(text); at; at = ref_text_next(at + 2)) {
        size_t len = ref_text_len(at);
        const struct compile_place place = {item, text, (size_t)(at - text),
                                            len};
        bool is_secret = str_starts(at + 2, SECRET);

        if (is_secret && key == SPEC_KEY_EXEC)
            refuse_in_words(job, &place);
        else
            compile_wrong(job, compile_place_pos(&place),
                          "in the address, a header or the body",
                          is_secret ? "a secret goes into a request, and this "
                                      "is none"
                                    : "`${...}` has a value in requests alone");
    }
}

static bool
is_sent(size_t key)
{
    return key == SPEC_KEY_HTTP || key == SPEC_KEY_HEADERS ||
           key == SPEC_KEY_AUTH || key == SPEC_KEY_KEY ||
           key == SPEC_KEY_SEND || key == SPEC_KEY_VALUES ||
           key == SPEC_KEY_ENV || key == SPEC_KEY_MESSAGES ||
           (key >= SPEC_KEY_BODY && key <= SPEC_KEY_MULTIPART) ||
           (key >= SPEC_KEY_PROXY && key <= SPEC_KEY_PROXY_PASSWORD);
}

/* Of a host and a port, "https://HOST:PORT" whatever is spoken there. */
static void
endpoint_origin(const struct compile_job *job, char to[ORIGIN_MAX])
{
    char *url = str_xprintf("https://%s", job->spec->target);

    compile_secret_origin(url, to, ORIGIN_MAX);
    free(url);
}

/* A proxy's origin is that of http, also when it speaks SOCKS. */
static void
proxy_origin(const struct conf *proxy, char to[ORIGIN_MAX])
{
    const char *at = proxy ? strstr(proxy->text, "://") : NULL;
    char *as_http = str_xprintf("http%s", at ? at : "");

    compile_secret_origin(as_http, to, ORIGIN_MAX);
    free(as_http);
}

/* Whom a text of `key` is for: `to` has room for an origin.  NULL: nobody that
 * is known, as where a value of `values` goes. */
static const char *
origin_of(const struct compile_job *job, size_t key, const struct conf *item,
          char to[ORIGIN_MAX])
{
    const struct conf *token =
        key == SPEC_KEY_AUTH ? conf_find(item->parent, "oauth2") : NULL;

    if (key == SPEC_KEY_VALUES)
        return NULL;
    if (key >= SPEC_KEY_PROXY && key <= SPEC_KEY_PROXY_PASSWORD) {
        proxy_origin(job->merge->value[SPEC_KEY_PROXY].from, to);
        return to;
    }
    if (job->spec->kind == SPEC_GRPC || job->spec->kind == SPEC_WS) {
        compile_secret_origin(job->spec->kind == SPEC_WS
                                  ? job->spec->of.ws.origin
                                  : job->spec->of.grpc.url,
                              to, ORIGIN_MAX);
        return to;
    }
    if (key == SPEC_KEY_ENV) {
        (void)snprintf(to, ORIGIN_MAX, SPEC_EXEC_ORIGIN "%s",
                       program_of(job->merge));
        return to;
    }
    if (token)
        compile_secret_origin(token->text, to, ORIGIN_MAX);
    else if (job->spec->kind == SPEC_TLS || job->spec->kind == SPEC_TCP)
        endpoint_origin(job, to);
    else
        compile_secret_origin(url_of(job->merge), to, ORIGIN_MAX);
    return to;
}

/* What one request's answer is compared with may be a value; a secret may not
 * be, as messages show what was compared. */
static bool
is_compared(const struct compile_job *job, size_t key)
{
    const int kind = job->merge->kind;

    return (kind == SPEC_HTTP || kind == SPEC_STEP_HTTP) &&
           (key == SPEC_KEY_EXPECT || key == SPEC_KEY_DEGRADED_WHEN ||
            key == SPEC_KEY_UNTIL);
}

static void
check_item(struct compile_job *job, size_t key, const struct conf *item,
           const char *text)
{
    char origin[ORIGIN_MAX];

    if (is_compared(job, key))
        check_text(job, item, text, NULL);
    else if (is_sent(key))
        check_text(job, item, text, origin_of(job, key, item, origin));
    else
        check_unsent(job, key, item, text);
}

/* As deep as libconfig goes. */
static void
check_members(struct compile_job *job, size_t key, const struct conf *group)
{
    for (const struct conf *n = group->first; n; n = n->next) {
        if (n->type == CONF_STRING)
            check_item(job, key, n, n->text);
        else
            check_members(job, key, n);
    }
}

static void
check_value(struct compile_job *job, size_t key)
{
    const struct merge_value *v = &job->merge->value[key];
    const struct conf *from = v->from;

    /* `expect` is what all layers have; links have names of their own; a
     * journey's shared settings are looked at in each step. */
    if (!from || key == SPEC_KEY_EXPECT || key == SPEC_KEY_LINKS ||
        spec_table_steps((enum spec_key)key) >= 0 ||
        (job->merge->kind == SPEC_JOURNEY &&
         merge_is_shared((enum spec_key)key)))
        return;
    if (from->type == CONF_STRING) {
        check_item(job, key, from, v->text ? v->text : from->text);
        return;
    }
    check_members(job, key, from);
}

void
compile_value_name(struct compile_job *job, const struct conf *value)
{
    if (template_is_name(value->name))
        return;
    compile_wrong(job, value->pos,
                  "letters, digits, `_` and `-`; none that is computed: "
                  "picket explain values",
                  "`%s` cannot be the name of a value", value->name);
}

void
compile_refs(struct compile_job *job)
{
    const struct merge_list *expect = &job->merge->expect;

    for (size_t i = 0; i < expect->count; i++)
        check_item(job, SPEC_KEY_EXPECT, expect->item[i],
                   expect->item[i]->text);
    for (size_t key = 0; key < SPEC_KEY_COUNT; key++)
        check_value(job, key);
}
