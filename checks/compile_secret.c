/*
 * What is asked of `${secret.NAME}` in a check: that the secret exists, that it
 * says `for` which origins it is, and that the check's own target is one of
 * them.  A target that is known only at run time is judged there (local.secret).
 */
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include "base/jsonpath.h"
#include "base/str.h"
#include "checks/aim.h"
#include "checks/compile.h"
#include "checks/merge.h"
#include "checks/secret_conf.h"
#include "checks/spec.h"
#include "checks/url.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

void
compile_secret_origin(const char *url, char *origin, size_t cap)
{
    const char *scheme = strstr(url, "://");
    size_t host = scheme ? strcspn(scheme + 3, "/?#$") : 0;
    char made[URL_ORIGIN_MAX];
    struct url parsed;

    origin[0] = '\0';
    /* A reference right after the port or host might be more of it. */
    if (scheme && scheme[3 + host] != '$' && url_parse(&parsed, url) == 0)
        (void)str_copy(origin, cap, url_format_origin(made, &parsed));
}

static bool
is_for(const struct secret_conf *secret, const char *origin)
{
    for (size_t i = 0; i < secret->def.origin_count; i++)
        if (str_eq(secret->origins[i], origin))
            return true;
    return false;
}

/* Where the definition stands, and what would let it go there. */
static void
add_not_for(struct compile_job *job, struct diag_pos pos,
            const struct secret_conf *secret, const char *origin)
{
    const struct diag_pos at = secret->node->pos;
    char *hint =
        secret->def.origin_count == 0
            ? str_xprintf("write for = [ \"%s\" ]; at %s:%d",
                          origin[0] ? origin : "https://HOST", at.file, at.line)
            : str_xprintf("add \"%s\" to `for` at %s:%d", origin, at.file,
                          at.line);

    if (secret->def.origin_count == 0)
        compile_wrong(job, pos, hint,
                      "the check `%s` uses the secret `%s`, which does not say "
                      "`for` which origins it is",
                      job->spec->name, secret->node->name);
    else
        compile_wrong(job, pos, hint, "the secret `%s` is not for %s",
                      secret->node->name, origin);
    free(hint);
}

static void
add_unknown(struct compile_job *job, struct diag_pos pos, const char *name)
{
    char *hint = secret_conf_nearest(job->env->secrets, name);

    compile_wrong(job, pos, hint ? hint : "define it in `secrets`",
                  "there is no secret `%s`", name);
    free(hint);
}

static void
use(struct compile_job *job, const struct secret_conf *secret)
{
    merge_add_secret(job->merge, secret);
    if (!job->spec->secrets)
        job->spec->secrets = secret_set_create();
    (void)secret_add(job->spec->secrets, &secret->def);
}

/* In "https://${secret.x}/": whoever knows the host knows the secret. */
static bool
is_in_host(const struct compile_job *job, const struct compile_place *place)
{
    const char *scheme = strstr(place->text, "://");
    size_t begin = scheme ? (size_t)(scheme - place->text) + 3 : 0;

    if (place->item != job->merge->value[SPEC_KEY_HTTP].from)
        return false;
    return place->offset < begin + strcspn(place->text + begin, "/?#");
}

void
compile_secret_use(struct compile_job *job, const struct compile_place *place,
                   const char *name, const char *origin)
{
    const struct secret_conf *secret =
        secret_conf_find(job->env->secrets, name);
    struct diag_pos pos = compile_place_pos(place);

    if (!secret)
        add_unknown(job, pos, name);
    else if (is_in_host(job, place))
        compile_wrong(job, pos, "after the host: https://HOST/...",
                      "a secret has no place in a host");
    else if (!origin)
        compile_wrong(job, pos, "in the address, a header or the body",
                      "a secret goes into a request, and this is none");
    else if (secret->is_right && (secret->def.origin_count == 0 ||
                                  (origin[0] && !is_for(secret, origin))))
        add_not_for(job, pos, secret, origin);
    else if (secret->is_right)
        use(job, secret);
    else
        job->has_failed = true; /* said where it is defined */
}

/* ---- literals ---- */

/* A user's name or a session for everybody's eyes is none; these are. */
static const char *const secret_names[] = {
    "authorization", "proxy-authorization",
    "x-api-key",     "x-auth-token",
    "api-key",       "api_key",
    "apikey",        "password",
    "passwd",        "passphrase",
    "secret",        "client_secret",
    "client-secret", "access_token",
    "refresh_token",
};

static bool
is_secret_name(const char *name)
{
    for (size_t i = 0; i < COUNT(secret_names); i++)
        if (str_eq_nocase(name, secret_names[i]))
            return true;
    return false;
}

/* In `doc` a reference is a row of ones: compile_body.c. */
void
compile_secret_json(struct compile_job *job, const struct conf *item,
                    struct jsonpath_doc *doc)
{
    for (size_t i = 0; job->env->is_local && i < COUNT(secret_names); i++) {
        char *path = str_xprintf("$..['%s']", secret_names[i]);
        const char *value = jsonpath_text(doc, path);

        if (value[strspn(value, "1")] != '\0') {
            diag_hide(job->env->diag, item->value);
            compile_wrong(job, item->value,
                          "write \"${secret.NAME}\", and where it is in "
                          "`secrets`",
                          "`%s` in it looks like a secret, and everybody who "
                          "reads the configuration reads it",
                          secret_names[i]);
        }
        free(path);
    }
}

void
compile_secret_only(struct compile_job *job, const struct conf *item,
                    const char *what)
{
    if (strstr(item->text, "${") && strstr(item->text, "secret."))
        return;
    diag_hide(job->env->diag, item->value);
    compile_wrong(job, item->value,
                  "write \"${secret.NAME}\", and where it is in `secrets`",
                  "%s is never written here: everybody who reads the "
                  "configuration would read it",
                  what);
}

/* "user[password]" and "login.password" are passwords. */
static bool
ends_in_secret_name(const char *name)
{
    size_t len = strlen(name);
    size_t from;
    char *last;
    bool is_one;

    while (len > 0 && strchr("[]", name[len - 1]))
        len--;
    for (from = len; from > 0 && !strchr("[].", name[from - 1]); from--)
        continue;
    last = str_xndup(name + from, len - from);
    is_one = is_secret_name(last);
    free(last);
    return is_one;
}

void
compile_secret_literal(struct compile_job *job, const char *name,
                       const struct conf *item)
{
    if (!job->env->is_local || strstr(item->text, "${"))
        return;
    if (ends_in_secret_name(name) || str_eq_nocase(name, "cookie"))
        diag_hide(job->env->diag, item->value);
    if (ends_in_secret_name(name))
        compile_wrong(job, item->value,
                      "write ${secret.NAME}, and where it is in `secrets`",
                      "this looks like a secret, and everybody who reads the "
                      "configuration reads it");
    else if (str_eq_nocase(name, "cookie"))
        diag_add(job->env->diag, DIAG_WARNING, item->value, NULL,
                 "if this is a secret, everybody who reads the configuration "
                 "reads it");
}
