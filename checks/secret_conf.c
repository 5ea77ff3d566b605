/*
 * Definitions are gathered over all files and sorted; of two with one name the
 * first stays.  What is wrong with an origin is said with the form that would
 * be right, because a `for` that does not match is a check that cannot run.
 */
#include "checks/secret_conf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/diag.h"
#include "base/str.h"
#include "base/units.h"
#include "checks/aim.h"
#include "checks/spec.h"
#include "checks/url.h"

#define COUNT(a)       (sizeof(a) / sizeof((a)[0]))
#define NEAREST_MAX    2000 /* names compared for a hint */
#define REFRESH_MIN_NS (10 * NS_PER_S)
#define REFRESH_MAX_NS (30LL * 86400 * NS_PER_S)
#define COMMAND_MAX    50  /* words */
#define MESSAGE_MAX    500 /* bytes */

#define SOCKS "socks5://"

struct source { /* as written */
    char *credential;
    char *file;
    char *env;
    char **command;
    size_t command_count;
    char *at;
    char **origins;
    size_t origin_count;
    int64_t refresh_ns;
};

static const struct schema_row rows[] = {
    {"credential", SCHEMA_TEXT, .example = "\"mail\"",
     .help = "name of a systemd credential",
     .at = SCHEMA_AT(struct source, credential)},
    {"file", SCHEMA_TEXT, .example = "\"/etc/picket/secrets/mail\"",
     .help = "file that nobody else can read",
     .at = SCHEMA_AT(struct source, file)},
    {"command", SCHEMA_TEXTS, .max = COMMAND_MAX,
     .example = "[ \"vault\", \"read\", \"kv/mail\" ]",
     .help = "program and arguments, no shell, 5 s",
     .at = SCHEMA_AT(struct source, command),
     .count_at = SCHEMA_AT(struct source, command_count)},
    {"env", SCHEMA_TEXT, .example = "\"PICKET_MAIL\"",
     .help = "environment variable", .at = SCHEMA_AT(struct source, env)},
    {"at", SCHEMA_TEXT, .fallback = "controller", .example = "\"probe\"",
     .help = "controller: read there, sent to the probes that need it; probe: "
             "read there, never at the controller",
     .at = SCHEMA_AT(struct source, at)},
    {"for", SCHEMA_TEXTS, .max = SECRET_ORIGINS_MAX,
     .example = "[ \"https://api.example.com\" ]",
     .help = "origins whose requests it may go into; needed when a check uses "
             "it",
     .at = SCHEMA_AT(struct source, origins),
     .count_at = SCHEMA_AT(struct source, origin_count)},
    {"refresh", SCHEMA_DURATION, .min = REFRESH_MIN_NS, .max = REFRESH_MAX_NS,
     .example = "\"1h\"",
     .help = "how often the command is run again; without it at a reload, and "
             "once when a target says 401 or 403",
     .at = SCHEMA_AT(struct source, refresh_ns)},
};

const struct schema secret_conf_table = {
    .what = "a secret", .rows = rows, .count = COUNT(rows)};

static void
free_texts(char **texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
}

static void
clear_source(struct source *from)
{
    free(from->credential);
    free(from->file);
    free(from->env);
    free(from->at);
    free_texts(from->command, from->command_count);
    free_texts(from->origins, from->origin_count);
}

/* ---- origins ---- */

/* The nearest right form, or an example; caller frees. */
static char *
origin_hint(const char *text)
{
    char *whole = strstr(text, "://") != NULL ? str_xdup(text)
                                              : str_xprintf("https://%s", text);
    char origin[URL_ORIGIN_MAX];
    struct aim_fault fault;
    struct url url;
    char *hint = NULL;

    if (str_starts(text, SOCKS))
        hint = str_xprintf("write \"http://%s\": a proxy is named so, also "
                           "one of SOCKS",
                           text + strlen(SOCKS));
    else if (url_parse(&url, whole) != 0)
        hint = str_xdup("write \"https://shop.example.com\"");
    else if (aim_parse_url(url_format_origin(origin, &url), &fault) == 0)
        hint = str_xprintf("write \"%s\"", origin);
    else
        hint = str_xdup("write each origin: \"https://shop.example.com\"");
    free(whole);
    return hint;
}

/* "exec:check_pgsql": the environment of a plugin, named as its checks do. */
static bool
is_plugin(const char *text)
{
    return str_starts(text, SPEC_EXEC_ORIGIN) &&
           text[strlen(SPEC_EXEC_ORIGIN)] != '\0' &&
           strpbrk(text, " \t\r\n") == NULL && strlen(text) < URL_ORIGIN_MAX;
}

/* The canonical form, or NULL after saying why not. */
static char *
make_origin(const struct conf *item, struct diag *diag)
{
    const char *authority = strstr(item->text, "://");
    char origin[URL_ORIGIN_MAX];
    struct aim_fault fault;
    struct url url;
    char *hint = NULL;

    if (is_plugin(item->text))
        return str_xdup(item->text);
    if (aim_parse_url(item->text, &fault) == 0 && authority != NULL &&
        strpbrk(authority + 3, "/?#\\") == NULL &&
        url_parse(&url, item->text) == 0)
        return str_xdup(url_format_origin(origin, &url));
    hint = origin_hint(item->text);
    diag_add(diag, DIAG_ERROR, item->value, hint,
             "`%s` is no origin: scheme, host and port, nothing else",
             item->text);
    free(hint);
    return NULL;
}

static void
read_origins(struct secret_conf *conf, struct diag *diag)
{
    const struct conf *list = conf_find(conf->node, "for");
    bool is_alone = list != NULL && list->type == CONF_STRING;
    const struct conf *n = is_alone || list == NULL ? list : list->first;

    conf->origins =
        str_xcalloc((list != NULL ? list->count : 0) + 2, sizeof(char *));
    for (; n != NULL; n = is_alone ? NULL : n->next) {
        char *origin = n->type == CONF_STRING ? make_origin(n, diag) : NULL;

        if (origin == NULL)
            conf->is_right = false;
        else
            conf->origins[conf->def.origin_count++] = origin;
    }
    conf->def.origins = (const char *const *)conf->origins;
}

/* ---- one definition ---- */

static void wrong(struct secret_conf *conf, struct diag *diag,
                  struct diag_pos pos, const char *hint, const char *format,
                  ...) __attribute__((format(printf, 5, 6)));

static void
wrong(struct secret_conf *conf, struct diag *diag, struct diag_pos pos,
      const char *hint, const char *format, ...)
{
    char message[MESSAGE_MAX];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    diag_add(diag, DIAG_ERROR, pos, hint, "%s", message);
    conf->is_right = false;
}

static void
check_at(struct secret_conf *conf, const struct source *from, struct diag *diag)
{
    const struct conf *at = conf_find(conf->node, "at");

    if (from->at == NULL || str_eq(from->at, "controller"))
        return;
    if (str_eq(from->at, "probe")) {
        conf->def.at = SECRET_AT_PROBE;
        return;
    }
    wrong(conf, diag, at->value, NULL,
          "`at` is \"controller\" or \"probe\", not \"%s\"", from->at);
}

static void
check_source(struct secret_conf *conf, const struct source *from,
             struct diag *diag, bool is_local)
{
    const struct diag_pos pos = conf->node->pos;
    const struct conf *refresh = conf_find(conf->node, "refresh");
    int sources = (from->credential != NULL) + (from->file != NULL) +
                  (from->env != NULL) + (from->command != NULL);

    if (sources == 0 && !is_local && conf->def.at == SECRET_AT_CONTROLLER)
        return;
    if (sources == 0)
        wrong(conf, diag, pos, "credential, file, command or env",
              "the secret `%s` has no source", conf->node->name);
    else if (sources > 1)
        wrong(conf, diag, pos, "credential, file, command or env",
              "the secret `%s` has more than one source", conf->node->name);
    if (from->command != NULL && from->command_count == 0)
        wrong(conf, diag, pos, NULL, "`command` of `%s` is empty",
              conf->node->name);
    if (from->refresh_ns > 0 && from->command == NULL)
        wrong(conf, diag, refresh->pos,
              "a file is read again by `picket reload`",
              "`refresh` of `%s` is for a command", conf->node->name);
}

/* Beside the configuration that names it; at a probe there is none. */
static char *
file_path(struct secret_conf *conf, char *file, struct diag *diag)
{
    const struct diag_pos pos = conf_find(conf->node, "file")->value;
    const char *slash = strrchr(pos.file, '/');
    char *path = NULL;

    if (file[0] == '/')
        return file;
    if (conf->def.at == SECRET_AT_PROBE)
        wrong(conf, diag, pos, "write \"/etc/picket-probe/secrets/NAME\"",
              "at a probe a file is named by its whole path");
    if (slash == NULL || conf->def.at == SECRET_AT_PROBE)
        return file;
    path = str_xprintf("%.*s%s", (int)(slash - pos.file) + 1, pos.file, file);
    free(file);
    return path;
}

static void
set_source(struct secret_conf *conf, struct source *from, struct diag *diag)
{
    struct secret_def *def = &conf->def;
    char **text = &from->env;

    def->source = SECRET_ENV;
    if (from->command != NULL && from->command_count > 0) {
        def->source = SECRET_COMMAND;
        conf->argv =
            str_xcalloc(from->command_count + 1, sizeof(conf->argv[0]));
        memcpy(conf->argv, from->command,
               from->command_count * sizeof(conf->argv[0]));
        from->command_count = 0;
        def->argv = (const char *const *)conf->argv;
        def->refresh_ns = from->refresh_ns;
        return;
    }
    if (from->credential != NULL) {
        def->source = SECRET_CREDENTIAL;
        text = &from->credential;
    } else if (from->file != NULL) {
        def->source = SECRET_FILE;
        from->file = file_path(conf, from->file, diag);
        text = &from->file;
    }
    if (*text == NULL)
        def->source = SECRET_GIVEN;
    conf->from = *text;
    def->from = conf->from;
    *text = NULL;
}

static void
read_one(struct secret_conf *conf, struct diag *diag, bool is_local)
{
    struct source from = {0};

    conf->def.name = conf->node->name;
    conf->is_right = true;
    if (conf->node->type == CONF_STRING) {
        diag_hide(diag, conf->node->value);
        wrong(conf, diag, conf->node->value,
              "write { file = \"PATH\"; }, or credential, command, env",
              "a secret's value is never written here: `%s` says where it is",
              conf->node->name);
        return;
    }
    if (conf->node->type != CONF_GROUP) {
        wrong(conf, diag, conf->node->value, NULL,
              "a secret is a group { }, and this is %s",
              conf_type_name(conf->node->type));
        return;
    }
    if (schema_read(&secret_conf_table, conf->node, &from, diag) != 0) {
        conf->is_right = false;
    } else {
        check_at(conf, &from, diag);
        check_source(conf, &from, diag, is_local);
        read_origins(conf, diag);
        set_source(conf, &from, diag);
    }
    clear_source(&from);
}

/* ---- all ---- */

static int
by_name(const void *a, const void *b)
{
    const struct secret_conf *x = a;
    const struct secret_conf *y = b;

    return strcmp(x->node->name, y->node->name);
}

static void
add_node(struct secret_confs *confs, const struct conf *node, struct diag *diag)
{
    char *hint = NULL;

    for (size_t i = 0; i < confs->count; i++) {
        const struct conf *first = confs->item[i].node;

        if (!str_eq(first->name, node->name))
            continue;
        hint = str_xprintf("the first is at %s:%d", first->pos.file,
                           first->pos.line);
        diag_add(diag, DIAG_ERROR, node->pos, hint, "`%s` is here twice",
                 node->name);
        free(hint);
        return;
    }
    if (confs->count == SECRET_MAX) {
        diag_add(diag, DIAG_ERROR, node->pos, NULL,
                 "there are more than %d secrets", SECRET_MAX);
        return;
    }
    confs->item =
        str_xrealloc(confs->item, (confs->count + 1) * sizeof(confs->item[0]));
    confs->item[confs->count++] = (struct secret_conf){.node = node};
}

void
secret_conf_open(struct secret_confs *confs, const struct conf_set *set,
                 struct diag *diag, bool is_local)
{
    *confs = (struct secret_confs){0};
    for (size_t i = 0; i < conf_root_count(set); i++) {
        const struct conf *group = conf_find(conf_root(set, i), "secrets");

        if (group == NULL || group->type != CONF_GROUP)
            continue;
        for (const struct conf *n = group->first; n != NULL; n = n->next)
            add_node(confs, n, diag);
    }
    for (size_t i = 0; i < confs->count; i++)
        read_one(&confs->item[i], diag, is_local);
    if (confs->count > 1)
        qsort(confs->item, confs->count, sizeof(confs->item[0]), by_name);
}

void
secret_conf_close(struct secret_confs *confs)
{
    for (size_t i = 0; i < confs->count; i++) {
        struct secret_conf *conf = &confs->item[i];
        size_t words = 0;

        while (conf->argv != NULL && conf->argv[words] != NULL)
            words++;
        free_texts(conf->argv, words);
        free_texts(conf->origins, conf->def.origin_count);
        free(conf->from);
    }
    free(confs->item);
    *confs = (struct secret_confs){0};
}

static int
compare_name(const void *key, const void *item)
{
    const struct secret_conf *conf = item;

    return strcmp(key, conf->node->name);
}

const struct secret_conf *
secret_conf_find(const struct secret_confs *confs, const char *name)
{
    if (confs == NULL || confs->count == 0)
        return NULL;
    return bsearch(name, confs->item, confs->count, sizeof(confs->item[0]),
                   compare_name);
}

char *
secret_conf_nearest(const struct secret_confs *confs, const char *name)
{
    size_t all = confs != NULL ? confs->count : 0;
    size_t count = all < NEAREST_MAX ? all : NEAREST_MAX;
    const char **names = str_xcalloc(count + 1, sizeof(*names));
    char *hint = NULL;

    for (size_t i = 0; i < count; i++)
        names[i] = confs->item[i].node->name;
    hint = schema_nearest(name, names, count);
    free(names);
    return hint;
}

void
secret_conf_add_all(const struct secret_confs *confs, struct secret_set *set)
{
    for (size_t i = 0; i < confs->count; i++)
        if (confs->item[i].is_right)
            (void)secret_add(set, &confs->item[i].def);
}

void
secret_conf_add_at(const struct secret_confs *confs, enum secret_at at,
                   struct secret_set *set)
{
    for (size_t i = 0; i < confs->count; i++)
        if (confs->item[i].is_right && confs->item[i].def.at == at)
            (void)secret_add(set, &confs->item[i].def);
}

int
secret_conf_read_text(const char *text, struct secret_set *set)
{
    struct conf_set *read = conf_set_create();
    struct diag *diag = diag_create();
    struct secret_confs confs;
    int rc = conf_load_text(read, "check", text, strlen(text), diag);

    secret_conf_open(&confs, read, diag, false);
    secret_conf_add_all(&confs, set);
    secret_conf_close(&confs);
    diag_free(diag);
    conf_set_free(read);
    return rc;
}

/* ---- as text ---- */

static void
add_text(struct buf *out, const char *indent, const char *name,
         const char *text)
{
    (void)buf_addf(out, "%s%s = ", indent, name);
    conf_quote(out, text);
    (void)buf_add_str(out, ";\n");
}

static void
add_list(struct buf *out, const char *indent, const char *name,
         const char *const *texts)
{
    (void)buf_addf(out, "%s%s = [ ", indent, name);
    for (size_t i = 0; texts[i] != NULL; i++) {
        (void)buf_add_str(out, i > 0 ? ", " : "");
        conf_quote(out, texts[i]);
    }
    (void)buf_add_str(out, " ];\n");
}

static void
add_source(const struct secret_def *def, const char *indent, struct buf *out)
{
    switch (def->source) {
    case SECRET_CREDENTIAL:
        add_text(out, indent, "credential", def->from);
        break;
    case SECRET_FILE:
        add_text(out, indent, "file", def->from);
        break;
    case SECRET_ENV:
        add_text(out, indent, "env", def->from);
        break;
    case SECRET_COMMAND:
        add_list(out, indent, "command", def->argv);
        break;
    case SECRET_GIVEN:
        break;
    }
}

void
secret_conf_format(const struct secret_conf *conf, const char *indent,
                   bool with_source, struct buf *out)
{
    const struct secret_def *def = &conf->def;
    bool is_here = def->at == SECRET_AT_PROBE || with_source;
    char text[UNITS_TEXT_MAX];

    if (is_here)
        add_source(def, indent, out);
    add_text(out, indent, "at",
             def->at == SECRET_AT_PROBE ? "probe" : "controller");
    add_list(out, indent, "for", def->origins);
    if (is_here && def->refresh_ns > 0)
        add_text(out, indent, "refresh",
                 units_format_duration(text, def->refresh_ns));
}
