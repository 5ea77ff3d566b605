/*
 * Alerts and status pages: both point at checks by name or pattern.
 */
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include "base/str.h"
#include "base/units.h"
#include "checks/catalog.h"
#include "checks/spec.h"
#include "controller/config.h"
#include "controller/config_priv.h"
#include "controller/config_table.h"

#define ALL_SHOWN 50 /* components of the page made when none is configured */

static void
check_glob(const struct config_job *job, const struct conf *glob)
{
    const struct catalog *catalog = job->config->catalog;

    if (glob->type != CONF_STRING)
        return;
    for (size_t i = 0; i < catalog_count(catalog); i++)
        if (str_glob(glob->text, catalog_get(catalog, i)->name))
            return;
    diag_add(job->diag, DIAG_WARNING, glob->value, NULL,
             "no check is called `%s`", glob->text);
}

static void
check_globs(const struct config_job *job, const struct conf *node)
{
    const struct conf *checks = conf_find(node, "checks");

    /* With errors the catalog is not complete, and this would be noise. */
    if (!checks || diag_errors(job->diag) > 0)
        return;
    if (checks->type == CONF_STRING)
        check_glob(job, checks);
    else
        for (const struct conf *n = checks->first; n; n = n->next)
            check_glob(job, n);
}

/* ---- alerts ---- */

static int
parse_on(const char *text, struct config_alert *alert)
{
    static const char *const words[] = {"down", "partial", "degraded",
                                        "unknown"};
    size_t len = strcspn(text, " ");

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strlen(words[i]) != len || strncmp(text, words[i], len) != 0)
            continue;
        alert->on = (enum config_on)i;
        if (text[len] == 0)
            return 0;
        return str_starts(text + len, " for ")
                   ? units_parse_duration(text + len + 5, &alert->for_ns)
                   : -1;
    }
    return -1;
}

static void
set_alert(const struct config_job *job, const struct conf *node,
          const struct config_rule *rule, struct config_alert *alert)
{
    const struct conf *on = conf_find(node, "on");
    const struct conf *severity = conf_find(node, "severity");

    if (!rule->on)
        config_wrong(job, node->pos, "write on = \"down\";",
                     "the alert `%s` does not say on what", node->name);
    else if (on && parse_on(rule->on, alert) != 0)
        config_wrong(job, on->value,
                     "down, partial, degraded or unknown, and `for 5m`",
                     str_starts(rule->on, "burn")
                         ? "alerts on `%s` are not in this version"
                         : "`%s` is nothing to alert on",
                     rule->on);
    if (str_eq(rule->severity, "ticket"))
        alert->severity = CONFIG_TICKET;
    else if (severity && !str_eq(rule->severity, "page"))
        config_wrong(job, severity->value, NULL,
                     "`severity` is \"page\" or \"ticket\"");
}

static struct config_alert *
add_alert(struct config *config, const char *name)
{
    struct config_alert *alert;

    config->alerts =
        config_grow(config->alerts, &config->alert_count, sizeof(*alert));
    alert = &config->alerts[config->alert_count - 1];
    alert->name = str_xdup(name);
    return alert;
}

static void
read_alert(struct config_job *job, const struct conf *node)
{
    struct config_rule rule = {0};
    struct config_alert *alert = add_alert(job->config, node->name);

    (void)schema_read(&config_table_alert, node, &rule, job->diag);
    set_alert(job, node, &rule, alert);
    alert->checks = rule.checks;
    alert->check_count = rule.check_count;
    alert->tags = rule.tags;
    alert->tag_count = rule.tag_count;
    check_globs(job, node);
    free(rule.on);
    free(rule.severity);
}

bool
config_alert_is_for(const struct config_alert *alert, const struct spec *spec)
{
    if (alert->check_count == 0 && alert->tag_count == 0)
        return true;
    for (size_t i = 0; i < alert->check_count; i++)
        if (str_glob(alert->checks[i], spec->name))
            return true;
    for (size_t i = 0; i < alert->tag_count; i++)
        for (size_t k = 0; k < spec->tags.count; k++)
            if (str_eq(alert->tags[i], spec->tags.item[k]))
                return true;
    return false;
}

void
config_read_alerts(struct config_job *job)
{
    config_each(job, "alerts", read_alert);
    if (job->config->alert_count == 0)
        (void)add_alert(job->config, "down");
}

/* ---- status pages ---- */

static struct config_component *
add_component(struct config_page *page, const char *id)
{
    struct config_component *component;

    page->components =
        config_grow(page->components, &page->count, sizeof(*component));
    component = &page->components[page->count - 1];
    component->id = str_xdup(id);
    return component;
}

static void
read_component(struct config_job *job, const struct conf *node,
               struct config_page *page)
{
    struct config_component *component = add_component(page, node->name);

    (void)schema_read(&config_table_component, node, component, job->diag);
    if (!component->name)
        component->name = str_xdup(node->name);
    if (component->check_count == 0)
        config_wrong(job, node->pos, "write checks = [ \"NAME\" ];",
                     "the component `%s` has no checks", node->name);
    check_globs(job, node);
}

static struct config_page *
add_page(struct config *config, const char *id)
{
    struct config_page *page;

    config->pages =
        config_grow(config->pages, &config->page_count, sizeof(*page));
    page = &config->pages[config->page_count - 1];
    page->id = str_xdup(id);
    return page;
}

static void
read_page(struct config_job *job, const struct conf *node)
{
    struct config_page *page = add_page(job->config, node->name);
    const struct conf *path = conf_find(node, "path");
    const struct conf *components = conf_find(node, "components");

    (void)schema_read(&config_table_page, node, page, job->diag);
    if (path && page->path[0] != '/')
        config_wrong(job, path->value, "write \"/status\"",
                     "`path` begins with `/`");
    if (components && components->type == CONF_GROUP)
        for (const struct conf *n = components->first; n; n = n->next)
            if (n->type == CONF_GROUP)
                read_component(job, n, page);
    if (page->count == 0)
        config_wrong(job, node->pos,
                     "write components = { NAME = { checks = [ ... ]; }; };",
                     "the status page `%s` shows nothing", node->name);
}

static void
add_shown(struct config_page *page, const char *name, const char *glob)
{
    struct config_component *component = add_component(page, name);

    component->name = str_xdup(name);
    component->checks = str_xcalloc(1, sizeof(component->checks[0]));
    component->checks[0] = str_xdup(glob);
    component->check_count = 1;
}

/* One component a check, or one of all when that would be too many. */
static void
add_default_page(struct config *config)
{
    struct config_page *page = add_page(config, "status");
    size_t count = catalog_count(config->catalog);

    page->title = str_xdup("Status");
    page->path = str_xdup("/status");
    for (size_t i = 0; i < count && count <= ALL_SHOWN; i++) {
        const char *name = catalog_get(config->catalog, i)->name;

        add_shown(page, name, name);
    }
    if (page->count == 0)
        add_shown(page, "all", "*");
}

void
config_read_pages(struct config_job *job)
{
    config_each(job, "status", read_page);
    if (job->config->page_count == 0)
        add_default_page(job->config);
}
