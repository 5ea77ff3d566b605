/*
 * Policies: a road a severity, or one road for both.  A member of a policy
 * that has `notify` is a step; `page` and `ticket` without it are roads.
 */
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include "base/str.h"
#include "controller/config.h"
#include "controller/config_priv.h"
#include "controller/config_table.h"

#define CHANNEL "channel:"
#define PERSON  "person:"

/* `kind` is "channel" or "person". */
static void
add_missing(const struct config_job *job, const struct conf *entry,
            const char *kind, const char *const *names, size_t count)
{
    const char *name = entry->text + strlen(kind) + 1;
    char *hint = schema_nearest(name, names, count);

    config_wrong(job, conf_pos_in(entry, strlen(kind) + 1, strlen(name)), hint,
                 "there is no %s `%s`", kind, name);
    free(hint);
}

static void
check_channel(const struct config_job *job, const struct conf *entry)
{
    const struct config *c = job->config;
    const struct config_channel *channel =
        config_channel(c, entry->text + strlen(CHANNEL));
    const char **names;

    if (channel && (channel->kind != CONFIG_EMAIL || c->mail.server))
        return;
    if (channel) {
        config_wrong(job, entry->value, "add `mail` to `controller`",
                     "`%s` is mail, and there is no mail server", entry->text);
        return;
    }
    names = str_xcalloc(c->channel_count + 1, sizeof(*names));
    for (size_t i = 0; i < c->channel_count; i++)
        names[i] = c->channels[i].name;
    add_missing(job, entry, "channel", names, c->channel_count);
    free(names);
}

static void
check_person(const struct config_job *job, const struct conf *entry)
{
    const struct config *c = job->config;
    const struct config_person *person =
        config_person(c, entry->text + strlen(PERSON));
    const char **names;

    if (person) {
        if (!person->email)
            config_wrong(job, entry->value, "give it an `email`",
                         "`%s` cannot be reached", person->id);
        else if (!c->mail.server)
            config_wrong(job, entry->value, "add `mail` to `controller`",
                         "`%s` is reached by mail, and there is no mail "
                         "server",
                         person->id);
        return;
    }
    names = str_xcalloc(c->person_count + 1, sizeof(*names));
    for (size_t i = 0; i < c->person_count; i++)
        names[i] = c->people[i].id;
    add_missing(job, entry, "person", names, c->person_count);
    free(names);
}

static void
check_entry(const struct config_job *job, const struct conf *entry)
{
    if (entry->type != CONF_STRING)
        return;
    if (str_starts(entry->text, CHANNEL))
        check_channel(job, entry);
    else if (str_starts(entry->text, PERSON))
        check_person(job, entry);
    else if (str_starts(entry->text, "schedule:"))
        config_wrong(job, entry->value, "name a person or a channel",
                     "schedules are not in this version");
    else
        config_wrong(job, entry->value,
                     "write \"channel:NAME\" or \"person:NAME\"",
                     "`%s` is nobody to notify", entry->text);
}

static void
check_notify(const struct config_job *job, const struct conf *step)
{
    const struct conf *notify = conf_find(step, "notify");

    if (!notify)
        config_wrong(job, step->pos, "write notify = [ \"channel:NAME\" ];",
                     "the step `%s` notifies nobody", step->name);
    else if (notify->type == CONF_STRING)
        check_entry(job, notify);
    else if (notify->type == CONF_ARRAY && notify->count == 0)
        config_wrong(job, notify->value, "write [ \"channel:NAME\" ]",
                     "the step `%s` notifies nobody", step->name);
    else if (notify->type == CONF_ARRAY)
        for (const struct conf *n = notify->first; n; n = n->next)
            check_entry(job, n);
}

static void
read_step(struct config_job *job, const struct conf *node,
          struct config_road *road)
{
    struct config_step *step;
    const struct conf *repeat;

    if (node->type != CONF_GROUP) {
        config_wrong(job, node->value,
                     "write { notify = [ \"channel:NAME\" ]; }",
                     "a step is a group { }, and this is %s",
                     conf_type_name(node->type));
        return;
    }
    road->steps = config_grow(road->steps, &road->count, sizeof(*step));
    step = &road->steps[road->count - 1];
    (void)schema_read(&config_table_step, node, step, job->diag);
    step->name = str_xdup(node->name);
    check_notify(job, node);
    repeat = conf_find(node, "repeat");
    if (repeat && node->next)
        config_wrong(job, repeat->pos, NULL,
                     "only the last step can be repeated");
}

static bool
is_road(const struct conf *node)
{
    return node->type == CONF_GROUP && !conf_find(node, "notify") &&
           (str_eq(node->name, "page") || str_eq(node->name, "ticket"));
}

static void
read_road(struct config_job *job, const struct conf *node,
          struct config_road *road)
{
    for (const struct conf *n = node->first; n; n = n->next)
        read_step(job, n, road);
    if (road->count == 0)
        config_wrong(job, node->pos,
                     "write first = { notify = [ \"channel:NAME\" ]; };",
                     "`%s` has no step", node->name);
}

static void
read_policy(struct config_job *job, const struct conf *node)
{
    struct config *config = job->config;
    struct config_policy *policy;
    bool has_roads = node->first && is_road(node->first);

    config->policies =
        config_grow(config->policies, &config->policy_count, sizeof(*policy));
    policy = &config->policies[config->policy_count - 1];
    policy->name = str_xdup(node->name);
    if (!has_roads) {
        read_road(job, node, &policy->road[CONFIG_PAGE]);
        read_road(job, node, &policy->road[CONFIG_TICKET]);
        return;
    }
    for (const struct conf *n = node->first; n; n = n->next) {
        bool is_page = str_eq(n->name, "page");

        if (is_road(n))
            read_road(job, n,
                      &policy->road[is_page ? CONFIG_PAGE : CONFIG_TICKET]);
        else
            config_wrong(job, n->pos, "put the step into `page` or `ticket`",
                         "a policy has roads (`page`, `ticket`) or steps, not "
                         "both");
    }
}

void
config_read_policies(struct config_job *job)
{
    config_each(job, "policies", read_policy);
}
