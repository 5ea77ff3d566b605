/*
 * Regions, people, channels: what other settings point at.
 */
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include "base/str.h"
#include "checks/catalog.h"
#include "checks/spec.h"
#include "controller/config.h"
#include "controller/config_priv.h"
#include "controller/config_table.h"

static void
add_region(struct config *config, const char *id)
{
    struct config_region *region;

    for (size_t i = 0; i < config->region_count; i++)
        if (str_eq(config->regions[i].id, id))
            return;
    config->regions =
        config_grow(config->regions, &config->region_count, sizeof(*region));
    region = &config->regions[config->region_count - 1];
    region->id = str_xdup(id);
}

static void
read_region(struct config_job *job, const struct conf *node)
{
    struct config *config = job->config;

    add_region(config, node->name);
    (void)schema_read(&config_table_region, node,
                      &config->regions[config->region_count - 1], job->diag);
}

/* Without `regions` what the checks name counts, or one region. */
static void
read_regions(struct config_job *job)
{
    struct config *config = job->config;

    config_each(job, "regions", read_region);
    if (config->region_count == 0)
        for (size_t i = 0; i < catalog_count(config->catalog); i++) {
            const struct spec *spec = catalog_get(config->catalog, i);

            for (size_t k = 0; k < spec->regions.count; k++)
                add_region(config, spec->regions.item[k]);
        }
    if (config->region_count == 0)
        add_region(config, "local");
    for (size_t i = 0; i < config->region_count; i++)
        if (!config->regions[i].name)
            config->regions[i].name = str_xdup(config->regions[i].id);
}

/* ---- people and channels ---- */

static void
check_email(const struct config_job *job, const struct conf *email)
{
    const char *at;

    if (!email || email->type != CONF_STRING)
        return;
    at = strchr(email->text, '@');
    if (!at || at == email->text || !at[1] || strpbrk(email->text, " \r\n<>,"))
        config_wrong(job, email->value, "write \"NAME@HOST\"",
                     "`%s` is no mail address", email->text);
}

static void
read_person(struct config_job *job, const struct conf *node)
{
    struct config *config = job->config;
    struct config_person *person;

    config->people =
        config_grow(config->people, &config->person_count, sizeof(*person));
    person = &config->people[config->person_count - 1];
    (void)schema_read(&config_table_person, node, person, job->diag);
    person->id = str_xdup(node->name);
    if (!person->name)
        person->name = str_xdup(node->name);
    check_email(job, conf_find(node, "email"));
}

static void
check_webhook(const struct config_job *job, const struct conf *node)
{
    const struct conf *url = conf_find(node, "webhook");
    const struct conf *secret = conf_find(node, "secret");

    if (url && url->type == CONF_STRING) {
        config_check_secret(job, url, false);
        if (!str_starts(url->text, "https://") &&
            !str_starts(url->text, "http://") &&
            !str_starts(url->text, "${secret."))
            config_wrong(job, url->value, "write \"https://HOST/PATH\"",
                         "`webhook` takes an address");
    }
    if (secret && secret->type == CONF_STRING)
        config_check_secret(job, secret, true);
    if (secret && !url)
        config_wrong(job, secret->pos, NULL, "only a webhook takes `secret`");
}

/* What the channel is; the texts of `place` that are not used are freed. */
static void
set_channel(struct config_channel *channel, struct config_place *place)
{
    channel->secret = place->secret;
    if (place->webhook) {
        channel->kind = CONFIG_WEBHOOK;
        channel->to = place->webhook;
        free(place->email);
    } else if (place->email) {
        channel->kind = CONFIG_EMAIL;
        channel->to = place->email;
    } else {
        channel->kind = CONFIG_TERMINAL;
    }
}

static void
read_channel(struct config_job *job, const struct conf *node)
{
    struct config *config = job->config;
    struct config_place place = {0};
    struct config_channel *channel;
    int kinds;
    bool is_right =
        schema_read(&config_table_channel, node, &place, job->diag) == 0;

    kinds = (place.is_terminal ? 1 : 0) + (place.webhook != NULL) +
            (place.email != NULL);
    if (is_right && kinds != 1)
        config_wrong(job, node->pos, "terminal, webhook or email",
                     kinds ? "the channel `%s` has more than one kind"
                           : "the channel `%s` has no kind",
                     node->name);
    check_webhook(job, node);
    check_email(job, conf_find(node, "email"));
    config->channels =
        config_grow(config->channels, &config->channel_count, sizeof(*channel));
    channel = &config->channels[config->channel_count - 1];
    channel->name = str_xdup(node->name);
    set_channel(channel, &place);
}

void
config_read_parts(struct config_job *job)
{
    read_regions(job);
    config_each(job, "people", read_person);
    config_each(job, "channels", read_channel);
}
