#include "probe/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/conf.h"
#include "base/diag.h"
#include "base/schema.h"
#include "base/str.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LATER(x)                                                               \
    {                                                                          \
        x, .type = SCHEMA_LATER                                                \
    }
#define MIB           (1024LL * 1024)
#define HOUR_NS       3600000000000LL
#define DNS_PORT      53
#define RESOLVERS_MAX 500 /* bytes of the list as one text */

static const struct schema_row spool[] = {
    {"dir", SCHEMA_TEXT, .fallback = "/var/lib/picket-probe",
     .example = "\"/var/lib/picket-probe\"",
     .help = "folder of results that wait for the controller",
     .at = SCHEMA_AT(struct settings, spool_dir)},
    {"max", SCHEMA_SIZE, .min = MIB, .max = 1024LL * 1024 * MIB,
     .fallback = "256MiB", .example = "\"256MiB\"",
     .help = "the oldest results are dropped over this",
     .at = SCHEMA_AT(struct settings, spool_max_bytes)},
    {"keep", SCHEMA_DURATION, .min = HOUR_NS, .max = 24LL * 365 * HOUR_NS,
     .fallback = "72h", .example = "\"72h\"",
     .help = "results older than this are dropped",
     .at = SCHEMA_AT(struct settings, spool_max_ns)},
};
static const struct schema spool_table = {
    .what = "`spool`", .rows = spool, .count = COUNT(spool)};

static const struct schema_row limits[] = {
    {"concurrency", SCHEMA_INT, .min = 1, .max = 100000, .fallback = "200",
     .example = "200", .help = "checks in flight",
     .at = SCHEMA_AT(struct settings, concurrency_max)},
    {"loops", SCHEMA_INT, .min = 0, .max = 1024, .fallback = "0",
     .example = "2", .help = "event loops; 0: one a core",
     .at = SCHEMA_AT(struct settings, loops)},
    LATER("memory"),
};
static const struct schema limits_table = {
    .what = "`limits`", .rows = limits, .count = COUNT(limits)};

static const struct schema_row secrets[] = {
    {"dir", SCHEMA_TEXT, .fallback = "/etc/picket-probe/secrets",
     .example = "\"/etc/picket-probe/secrets\"",
     .help = "files of secrets with at = \"probe\" lie below this folder",
     .at = SCHEMA_AT(struct settings, secrets_dir)},
    {"commands", SCHEMA_BOOL, .fallback = "false", .example = "true",
     .help = "may the configuration have this machine run commands for "
             "secrets?",
     .at = SCHEMA_AT(struct settings, may_run_commands)},
};
static const struct schema secrets_table = {
    .what = "`secrets`", .rows = secrets, .count = COUNT(secrets)};
static const struct schema_row exec_rows[] = {
    {"allow", SCHEMA_BOOL, .fallback = "true", .example = "true",
     .help = "whether exec checks may run plugins here",
     .at = SCHEMA_AT(struct settings, exec_allow)},
    {"dir", SCHEMA_TEXT, .example = "\"/usr/lib/nagios/plugins\"",
     .help = "folder of the only programs that exec checks run",
     .at = SCHEMA_AT(struct settings, exec_dir)},
};
static const struct schema exec_table = {
    .what = "`exec`", .rows = exec_rows, .count = COUNT(exec_rows)};

static const struct schema_row probe[] = {
    {"name", SCHEMA_TEXT, .max = SCHEMA_NAME_MAX, .example = "\"fra-1\"",
     .help = "as it is known to the controller",
     .at = SCHEMA_AT(struct settings, name)},
    {"region", SCHEMA_TEXT, .max = SCHEMA_NAME_MAX, .example = "\"fra\"",
     .help = "region it stands in", .at = SCHEMA_AT(struct settings, region)},
    {"controller", SCHEMA_TEXT,
     .example = "\"https://picket.example.com:8788\"",
     .help = "where results go", .at = SCHEMA_AT(struct settings, controller)},
    {"identity", SCHEMA_TEXT, .fallback = "/var/lib/picket-probe/identity",
     .example = "\"/var/lib/picket-probe/identity\"",
     .help = "folder of key and certificate",
     .at = SCHEMA_AT(struct settings, identity)},
    {"proxy", SCHEMA_TEXT, .example = "\"http://proxy.example.com:3128\"",
     .help = "for the way to the controller only",
     .at = SCHEMA_AT(struct settings, proxy)},
    {"spool", SCHEMA_GROUP, .sub = &spool_table,
     .example = "{ max = \"256MiB\"; }",
     .help = "where results wait for the controller"},
    {"limits", SCHEMA_GROUP, .sub = &limits_table,
     .example = "{ concurrency = 200; }",
     .help = "how much it takes on at once"},
    {"secrets", SCHEMA_GROUP, .sub = &secrets_table,
     .example = "{ commands = true; }",
     .help = "what the controller may have this machine read for secrets"},
    {"resolvers", SCHEMA_TEXTS, .max = 8, .fallback = "system",
     .example = "[ \"system\" ]",
     .help = "servers that names are looked up at: `system` or IP[:PORT]"},
    {"exec", SCHEMA_GROUP, .sub = &exec_table,
     .example = "{ dir = \"/usr/lib/nagios/plugins\"; }",
     .help = "plugins that exec checks may run; without it none"},
    {"canaries", SCHEMA_TEXTS, .max = 20,
     .example = "[ \"https://example.com/\" ]",
     .help = "targets that must work, or this probe is ill",
     .at = SCHEMA_AT(struct settings, canaries),
     .count_at = SCHEMA_AT(struct settings, canary_count)},
};
static const struct schema probe_table = {
    .what = "`probe`", .rows = probe, .count = COUNT(probe)};

static const struct schema_row root[] = {
    {"picket", SCHEMA_INT, .min = 1, .max = 1, .example = "1",
     .help = "version of the configuration; on top of each file"},
    {"include", SCHEMA_TEXTS, .example = "[ \"more.conf\" ]",
     .help = "further files, beside this one"},
    {"probe", SCHEMA_GROUP, .sub = &probe_table,
     .example = "{ name = \"fra-1\"; }",
     .help = "one probe, on its own machine"},
};
const struct schema settings_table = {
    .what = "a probe's configuration", .rows = root, .count = COUNT(root)};

static void
check_needed(const struct conf *group, const char *name, const char *example,
             struct diag *diag)
{
    char *hint;

    if (conf_find(group, name))
        return;
    hint = str_xprintf("write %s = \"%s\";", name, example);
    diag_add(diag, DIAG_ERROR, group->pos, hint, "`probe` has no `%s`", name);
    free(hint);
}

static void
check_url(const struct conf *group, const char *name, const char *scheme,
          struct diag *diag)
{
    const struct conf *n = conf_find(group, name);

    if (n && n->type == CONF_STRING && !str_starts(n->text, scheme))
        diag_add(diag, DIAG_ERROR, n->value, NULL, "`%s` begins with %s", name,
                 scheme);
}

static void
check_secrets(const struct conf *group, struct diag *diag)
{
    const struct conf *dir = conf_find(group, "dir");

    if (dir && dir->type == CONF_STRING && dir->text[0] != '/')
        diag_add(diag, DIAG_ERROR, dir->value,
                 "write \"/etc/picket-probe/secrets\"",
                 "`dir` is named by its whole path");
}

static void
check_targets(const struct conf *group, struct diag *diag)
{
    static const char *const schemes[] = {
        "https://", "http://", "dns:", "tls:", "tcp:", "icmp:"};
    const struct conf *list = conf_find(group, "canaries");
    const struct conf *n =
        list && list->type == CONF_ARRAY ? list->first : NULL;

    for (; n; n = n->next) {
        bool is_known = n->type != CONF_STRING;

        for (size_t i = 0; i < COUNT(schemes) && !is_known; i++)
            is_known = str_starts(n->text, schemes[i]);
        if (!is_known)
            diag_add(diag, DIAG_ERROR, n->value,
                     "https://HOST/, dns:NAME, tls:HOST:PORT, "
                     "tcp:HOST:PORT or icmp:HOST",
                     "`%s` is no target to check", n->text);
    }
}

static void
add_resolver(const struct conf *n, struct buf *out, struct diag *diag)
{
    struct addr addr;

    if (n->type != CONF_STRING)
        return;
    if (!str_eq(n->text, "system") && addr_parse(&addr, n->text, DNS_PORT) != 0)
        diag_add(diag, DIAG_ERROR, n->value, "`system` or IP[:PORT]",
                 "`%s` is no resolver", n->text);
    (void)buf_addf(out, "%s%s", out->len ? "," : "", n->text);
}

static char *
read_resolvers(const struct conf *group, struct diag *diag)
{
    const struct conf *list = conf_find(group, "resolvers");
    struct buf out;
    char *text;

    buf_init(&out, RESOLVERS_MAX);
    if (list && list->type == CONF_STRING)
        add_resolver(list, &out, diag);
    else if (list && list->type == CONF_ARRAY)
        for (const struct conf *n = list->first; n; n = n->next)
            add_resolver(n, &out, diag);
    text = str_xdup(out.len ? buf_text(&out) : "system");
    buf_free(&out);
    return text;
}

static void
check_exec(const struct conf *group, struct diag *diag)
{
    const struct conf *exec = conf_find(group, "exec");
    const struct conf *dir =
        exec && exec->type == CONF_GROUP ? conf_find(exec, "dir") : NULL;

    if (!exec || exec->type != CONF_GROUP)
        return;
    if (!dir)
        diag_add(diag, DIAG_ERROR, exec->pos,
                 "write dir = \"/usr/lib/nagios/plugins\";",
                 "`exec` does not say which folder's plugins may run");
    else if (dir->type == CONF_STRING &&
             (dir->text[0] != '/' || str_ends(dir->text, "/")))
        diag_add(diag, DIAG_ERROR, dir->value, NULL,
                 "`dir` is a whole path, from / and without one at its end");
}

static void
read_group(struct settings *settings, const struct conf *group,
           struct diag *diag)
{
    (void)schema_read(&probe_table, group, settings, diag);
    check_needed(group, "name", "fra-1", diag);
    check_needed(group, "region", "fra", diag);
    check_needed(group, "controller", "https://HOST:8788", diag);
    check_url(group, "controller", "https://", diag);
    check_url(group, "proxy", "http://", diag);
    check_secrets(conf_find(group, "secrets"), diag);
    check_targets(group, diag);
    check_exec(group, diag);
    settings->resolvers = read_resolvers(group, diag);
}

static const struct conf *
find_group(const struct conf_set *set, struct diag *diag)
{
    const struct conf *found = NULL;

    for (size_t i = 0; i < conf_root_count(set); i++) {
        const struct conf *n = conf_root(set, i);

        if (!conf_find(n, "picket") && n->first)
            diag_add(diag, DIAG_ERROR, n->pos, "write picket = 1; on top",
                     "the version of the configuration is missing");
        (void)schema_check(&settings_table, n, diag);
        n = conf_find(n, "probe");
        if (n && n->type == CONF_GROUP && !found)
            found = n;
        else if (n && found)
            diag_add(diag, DIAG_ERROR, n->pos, NULL, "`probe` is here twice");
    }
    if (!found && diag_errors(diag) == 0)
        diag_add(diag, DIAG_ERROR, conf_root(set, 0)->pos,
                 "write probe = { name = \"fra-1\"; ... };",
                 "there is no `probe` here");
    return found;
}

struct settings *
settings_load(const char *path, struct diag *diag)
{
    struct settings *settings = str_xcalloc(1, sizeof(*settings));
    struct conf_set *set = conf_set_create();
    const struct conf *group = NULL;

    if (conf_load(set, path, diag) == 0 && conf_root_count(set) > 0)
        group = find_group(set, diag);
    if (group)
        read_group(settings, group, diag);
    conf_set_free(set);
    if (group && diag_errors(diag) == 0)
        return settings;
    settings_free(settings);
    return NULL;
}

void
settings_free(struct settings *settings)
{
    if (!settings)
        return;
    for (size_t i = 0; i < settings->canary_count; i++)
        free(settings->canaries[i]);
    free(settings->canaries);
    free(settings->name);
    free(settings->region);
    free(settings->controller);
    free(settings->identity);
    free(settings->proxy);
    free(settings->spool_dir);
    free(settings->resolvers);
    free(settings->secrets_dir);
    free(settings->exec_dir);
    free(settings);
}
