/*
 * Reading goes in four steps, each over everything, so that all problems show
 * at once: the files (conf), the types (config_table), what points at what
 * (config_parts, config_policy, config_alert, config_page), the checks
 * (catalog).  Only then does one error anywhere throw it all away.
 */
#include "controller/config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/conf.h"
#include "base/diag.h"
#include "base/secret.h"
#include "base/str.h"
#include "checks/catalog.h"
#include "checks/secret_conf.h"
#include "checks/spec.h"
#include "controller/config_priv.h"
#include "controller/config_table.h"

#define MESSAGE_MAX 500
#define SECRET_REF  "${secret."

void
config_wrong(const struct config_job *job, struct diag_pos pos,
             const char *hint, const char *format, ...)
{
    char message[MESSAGE_MAX];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    diag_add(job->diag, DIAG_ERROR, pos, hint, "%s", message);
}

void *
config_grow(void *array, size_t *count, size_t size)
{
    char *grown = str_xrealloc(array, (*count + 1) * size);

    memset(grown + *count * size, 0, size);
    ++*count;
    return grown;
}

/* The member of that name in an earlier file. */
static const struct conf *
find_earlier(const struct config_job *job, size_t root, const char *group,
             const char *name)
{
    for (size_t i = 0; i < root; i++) {
        const struct conf *g = conf_find(conf_root(job->set, i), group);
        const struct conf *n =
            g && g->type == CONF_GROUP ? conf_find(g, name) : NULL;

        if (n)
            return n;
    }
    return NULL;
}

static void
each_member(struct config_job *job, size_t root, const struct conf *group,
            config_member_fn *fn)
{
    for (const struct conf *n = group->first; n; n = n->next) {
        const struct conf *first =
            find_earlier(job, root, group->name, n->name);

        if (first) {
            char *hint = str_xprintf("the first is at %s:%d", first->pos.file,
                                     first->pos.line);

            config_wrong(job, n->pos, hint, "`%s` is here twice", n->name);
            free(hint);
        } else if (n->type == CONF_GROUP) {
            fn(job, n);
        }
    }
}

void
config_each(struct config_job *job, const char *name, config_member_fn *fn)
{
    for (size_t i = 0; i < conf_root_count(job->set); i++) {
        const struct conf *group = conf_find(conf_root(job->set, i), name);

        if (group && group->type == CONF_GROUP)
            each_member(job, i, group, fn);
    }
}

/* A page is sent from here, with what is read here. */
static void
check_use(const struct config_job *job, struct diag_pos pos, const char *name)
{
    const struct secret_conf *found = secret_conf_find(job->secrets, name);
    char *hint = NULL;

    if (found && found->def.at == SECRET_AT_PROBE)
        config_wrong(job, pos, "give it at = \"controller\"",
                     "the secret `%s` is read by the probes alone", name);
    if (found)
        return;
    hint = secret_conf_nearest(job->secrets, name);
    config_wrong(job, pos, hint ? hint : "define it in `secrets`",
                 "there is no secret `%s`", name);
    free(hint);
}

void
config_check_secret(const struct config_job *job, const struct conf *text,
                    bool is_secret)
{
    const char *at = text ? strstr(text->text, "${") : NULL;
    const char *end = at ? strchr(at, '}') : NULL;
    struct diag_pos pos;
    char *name;

    if (text && !at && is_secret)
        config_wrong(job, text->value, "write \"${secret.NAME}\"",
                     "a secret is never written here: define it in `secrets`");
    if (!at)
        return;
    pos = conf_pos_in(text, (size_t)(at - text->text),
                      end ? (size_t)(end - at) + 1 : 2);
    if (!end || !str_starts(at, SECRET_REF)) {
        config_wrong(job, pos, "write ${secret.NAME}",
                     "only secrets can be referred to here");
        return;
    }
    at += strlen(SECRET_REF);
    name = str_xndup(at, (size_t)(end - at));
    check_use(job, pos, name);
    free(name);
}

/* ---- the controller's own ---- */

static void
check_listen(const struct config_job *job, const struct conf *group,
             const char *name)
{
    const struct conf *n = conf_find(group, name);
    struct addr addr;

    if (n && n->type == CONF_STRING && addr_parse(&addr, n->text, 0) != 0)
        config_wrong(job, n->value, "write \"127.0.0.1:8787\"",
                     "`%s` takes IP:PORT", name);
}

static void
check_mail(const struct config_job *job, const struct conf *mail)
{
    const struct conf *server = conf_find(mail, "server");
    const struct conf *password = conf_find(mail, "password");

    if (server && server->type == CONF_STRING &&
        !str_starts(server->text, "smtp://") &&
        !str_starts(server->text, "smtps://"))
        config_wrong(job, server->value, "write \"smtps://HOST:465\"",
                     "`server` begins with smtp:// or smtps://");
    if (password && password->type == CONF_STRING)
        config_check_secret(job, password, true);
    if (mail && !conf_find(mail, "from"))
        config_wrong(job, mail->pos, "write from = \"picket@example.com\";",
                     "`mail` has no sender");
}

static void
check_tls(const struct config_job *job, const struct conf *tls)
{
    if (tls && (!conf_find(tls, "cert") || !conf_find(tls, "key_file")))
        config_wrong(job, tls->pos, NULL, "`tls` takes `cert` and `key_file`");
}

/* As people and probes reach what listens on `listen`. */
static char *
url_of(const char *scheme, const char *listen)
{
    bool is_any = str_starts(listen, "0.0.0.0:");

    return str_xprintf("%s://%s%s", scheme, is_any ? "127.0.0.1" : "",
                       is_any ? listen + strlen("0.0.0.0") : listen);
}

static void
read_controller(struct config_job *job)
{
    struct config *c = job->config;
    const struct conf *found = NULL;

    for (size_t i = 0; i < conf_root_count(job->set); i++) {
        const struct conf *n = conf_find(conf_root(job->set, i), "controller");

        if (n && found) {
            char *hint = str_xprintf("the first is at %s:%d", found->pos.file,
                                     found->pos.line);

            config_wrong(job, n->pos, hint, "`controller` is here twice");
            free(hint);
        } else if (n && n->type == CONF_GROUP) {
            found = n;
        }
    }
    (void)schema_read(&config_table_controller, found, c, job->diag);
    check_listen(job, found, "listen");
    check_listen(job, found, "metrics");
    check_listen(job, conf_find(found, "probes"), "listen");
    check_mail(job, conf_find(found, "mail"));
    check_tls(job, conf_find(found, "tls"));
    if (!c->public_url)
        c->public_url = url_of(c->tls_cert ? "https" : "http", c->listen);
    if (!c->probes_url)
        c->probes_url = url_of("https", c->probes_listen);
}

/* ---- the whole ---- */

static void
check_root(struct config_job *job, const struct conf *root)
{
    /* A file that could not be read at all has told so already. */
    if (!conf_find(root, "picket") && (root->first || !diag_errors(job->diag)))
        config_wrong(job, root->pos, "write picket = 1; on top",
                     "the version of the configuration is missing");
    (void)schema_check(&config_table_root, root, job->diag);
}

static struct config *
make(const struct conf_set *set, struct diag *diag)
{
    struct config_job job = {
        .set = set,
        .config = str_xcalloc(1, sizeof(struct config)),
        .diag = diag,
    };
    struct config *config = job.config;

    config->secrets = secret_set_create();
    config->probe_secrets = secret_set_create();
    for (size_t i = 0; i < conf_root_count(set); i++)
        check_root(&job, conf_root(set, i));
    config->catalog = catalog_create(set, diag);
    job.secrets = catalog_secrets(config->catalog);
    secret_conf_add_at(job.secrets, SECRET_AT_CONTROLLER, config->secrets);
    secret_conf_add_at(job.secrets, SECRET_AT_PROBE, config->probe_secrets);
    config_read_parts(&job);
    read_controller(&job);
    config_read_policies(&job);
    config_read_alerts(&job);
    config_read_pages(&job);
    if (diag_errors(diag) == 0)
        return config;
    config_free(config);
    return NULL;
}

struct config *
config_load(const char *const *paths, size_t count, struct diag *diag)
{
    struct conf_set *set = conf_set_create();
    struct config *config;

    for (size_t i = 0; i < count; i++)
        (void)conf_load(set, paths[i], diag);
    config = make(set, diag);
    conf_set_free(set);
    return config;
}

struct config *
config_load_text(const char *name, const char *text, struct diag *diag)
{
    struct conf_set *set = conf_set_create();
    struct config *config;

    (void)conf_load_text(set, name, text, strlen(text), diag);
    config = make(set, diag);
    conf_set_free(set);
    return config;
}

const struct config_policy *
config_policy(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->policy_count; i++)
        if (str_eq(config->policies[i].name, name))
            return &config->policies[i];
    return NULL;
}

const struct config_channel *
config_channel(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->channel_count; i++)
        if (str_eq(config->channels[i].name, name))
            return &config->channels[i];
    return NULL;
}

const struct config_person *
config_person(const struct config *config, const char *id)
{
    for (size_t i = 0; i < config->person_count; i++)
        if (str_eq(config->people[i].id, id))
            return &config->people[i];
    return NULL;
}
