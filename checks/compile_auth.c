/*
 * Who the request says it is: one way, with what belongs to it, and never with
 * a secret written out.
 */
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include "base/str.h"
#include "checks/aim.h"
#include "checks/compile.h"
#include "checks/merge.h"
#include "checks/spec.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct way {
    const char *name;
    enum spec_auth_type type;
    const char *needs[3]; /* with a reason: what cannot be left out */
    const char *takes[4]; /* what may stand beside it */
};

static const struct way ways[] = {
    {"basic", SPEC_AUTH_BASIC, {"password"}, {"password"}},
    {"digest", SPEC_AUTH_DIGEST, {"password"}, {"password"}},
    {"bearer", SPEC_AUTH_BEARER, {NULL}, {NULL}},
    {"oauth2",
     SPEC_AUTH_OAUTH2,
     {"client", "secret"},
     {"client", "secret", "scope", "audience"}},
};

static const struct way *
find_way(const char *name)
{
    for (size_t i = 0; i < COUNT(ways); i++)
        if (str_eq(ways[i].name, name))
            return &ways[i];
    return NULL;
}

static bool
takes(const struct way *way, const char *name)
{
    for (size_t i = 0; i < COUNT(way->takes) && way->takes[i]; i++)
        if (str_eq(way->takes[i], name))
            return true;
    return way->type == SPEC_AUTH_OAUTH2 && str_eq(name, "in_body");
}

/* The way of `auth`; NULL after saying what is wrong with it. */
static const struct way *
choose(struct compile_job *job, const struct conf *auth)
{
    const struct way *way = NULL;

    for (const struct conf *n = auth->first; n; n = n->next) {
        const struct way *other = find_way(n->name);

        if (other && way)
            compile_wrong(job, n->pos, "take one of them out",
                          "a request has one `auth`, and this is `%s` already",
                          way->name);
        if (other && !way)
            way = other;
    }
    if (!way)
        compile_wrong(job, auth->pos,
                      "write { basic = \"USER\"; password = "
                      "\"${secret.NAME}\"; }; or digest, bearer, oauth2",
                      "`auth` does not say how");
    return way;
}

static void
check_members(struct compile_job *job, const struct conf *auth,
              const struct way *way)
{
    for (const struct conf *n = auth->first; n; n = n->next)
        if (!find_way(n->name) && !takes(way, n->name))
            compile_wrong(job, n->pos, "take it out",
                          "`%s` does not go with `%s`", n->name, way->name);
    for (size_t i = 0; i < COUNT(way->needs) && way->needs[i]; i++) {
        char *hint = str_xprintf(
            "write %s = \"%s\";", way->needs[i],
            str_eq(way->needs[i], "client") ? "ID" : "${secret.NAME}");

        if (!conf_find(auth, way->needs[i]))
            compile_wrong(job, conf_find(auth, way->name)->pos, hint,
                          "`%s` needs `%s`", way->name, way->needs[i]);
        free(hint);
    }
}

static void
check_secrets(struct compile_job *job, const struct conf *auth)
{
    static const struct {
        const char *name;
        const char *what;
    } secrets[] = {
        {"password", "a password"},
        {"bearer", "a token"},
        {"secret", "a client's secret"},
    };

    for (size_t i = 0; i < COUNT(secrets); i++) {
        const struct conf *n = conf_find(auth, secrets[i].name);

        if (n)
            compile_secret_only(job, n, secrets[i].what);
    }
}

/* RFC 7617, 2: whoever reads it would take the password to begin there. */
static void
check_colon(struct compile_job *job, const struct conf *auth)
{
    const struct conf *user = conf_find(auth, "basic");
    const char *colon = user ? strchr(user->text, ':') : NULL;

    if (colon && !strstr(user->text, "${"))
        compile_wrong(job, conf_pos_in(user, (size_t)(colon - user->text), 1),
                      NULL, "a user of `basic` has no colon in its name");
}

/* Two answers to one question: which is sent would be a matter of luck. */
static void
check_header(struct compile_job *job, const struct conf *auth)
{
    const struct conf *headers = job->merge->value[SPEC_KEY_HEADERS].from;

    for (const struct conf *n = headers ? headers->first : NULL; n; n = n->next)
        if (str_eq_nocase(n->name, "authorization"))
            compile_wrong(job, auth->pos, "take one of them out",
                          "this request has the header `%s` already", n->name);
}

static struct template *
take(struct compile_job *job, const struct conf *auth, const char *name)
{
    const struct conf *n = conf_find(auth, name);

    return compile_template(job, n ? n->text : NULL);
}

static char *
copy(const struct conf *auth, const char *name)
{
    const struct conf *n = conf_find(auth, name);

    return n ? str_xdup(n->text) : NULL;
}

static void
take_oauth2(struct compile_job *job, const struct conf *auth,
            struct spec_auth *to)
{
    const struct conf *url = conf_find(auth, "oauth2");
    const struct conf *in_body = conf_find(auth, "in_body");
    struct aim_fault fault;

    if (aim_parse_url(url->text, &fault) != 0)
        compile_aim_fault(job, url, &fault);
    to->token_url = copy(auth, "oauth2");
    to->user = take(job, auth, "client");
    to->password = take(job, auth, "secret");
    to->scope = copy(auth, "scope");
    to->audience = copy(auth, "audience");
    to->in_body = in_body && in_body->num != 0;
}

void
compile_auth(struct compile_job *job, struct spec_request *request)
{
    const struct conf *auth = job->merge->value[SPEC_KEY_AUTH].from;
    const struct way *way = auth ? choose(job, auth) : NULL;

    if (!way)
        return;
    check_members(job, auth, way);
    check_secrets(job, auth);
    check_header(job, auth);
    check_colon(job, auth);
    request->auth.type = way->type;
    if (way->type == SPEC_AUTH_OAUTH2) {
        take_oauth2(job, auth, &request->auth);
    } else if (way->type == SPEC_AUTH_BEARER) {
        request->auth.password = take(job, auth, "bearer");
    } else {
        request->auth.user = take(job, auth, way->name);
        request->auth.password = take(job, auth, "password");
    }
}
