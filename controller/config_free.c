#include <stdlib.h>

#include "base/secret.h"
#include "checks/catalog.h"
#include "controller/config.h"
#include "controller/config_priv.h"

void
config_free_texts(char **texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
}

static void
free_controller(struct config *config)
{
    free(config->listen);
    free(config->probes_listen);
    free(config->probes_url);
    free(config->public_url);
    free(config->data_dir);
    free(config->tls_cert);
    free(config->tls_key);
    free(config->metrics_listen);
    free(config->mail.server);
    free(config->mail.from);
    free(config->mail.user);
    free(config->mail.password);
}

static void
free_places(struct config *config)
{
    for (size_t i = 0; i < config->region_count; i++) {
        free(config->regions[i].id);
        free(config->regions[i].name);
        free(config->regions[i].country);
    }
    for (size_t i = 0; i < config->person_count; i++) {
        free(config->people[i].id);
        free(config->people[i].name);
        free(config->people[i].email);
    }
    for (size_t i = 0; i < config->channel_count; i++) {
        free(config->channels[i].name);
        free(config->channels[i].to);
        free(config->channels[i].secret);
    }
    free(config->regions);
    free(config->people);
    free(config->channels);
}

static void
free_road(struct config_road *road)
{
    for (size_t i = 0; i < road->count; i++) {
        free(road->steps[i].name);
        config_free_texts(road->steps[i].notify, road->steps[i].notify_count);
    }
    free(road->steps);
}

static void
free_policies(struct config *config)
{
    for (size_t i = 0; i < config->policy_count; i++) {
        free(config->policies[i].name);
        free_road(&config->policies[i].road[CONFIG_PAGE]);
        free_road(&config->policies[i].road[CONFIG_TICKET]);
    }
    for (size_t i = 0; i < config->alert_count; i++) {
        free(config->alerts[i].name);
        config_free_texts(config->alerts[i].checks,
                          config->alerts[i].check_count);
        config_free_texts(config->alerts[i].tags, config->alerts[i].tag_count);
    }
    free(config->policies);
    free(config->alerts);
}

static void
free_page(struct config_page *page)
{
    for (size_t i = 0; i < page->count; i++) {
        free(page->components[i].id);
        free(page->components[i].name);
        free(page->components[i].description);
        config_free_texts(page->components[i].checks,
                          page->components[i].check_count);
    }
    free(page->components);
    free(page->id);
    free(page->title);
    free(page->path);
}

void
config_free(struct config *config)
{
    if (!config)
        return;
    free_controller(config);
    free_places(config);
    free_policies(config);
    for (size_t i = 0; i < config->page_count; i++)
        free_page(&config->pages[i]);
    free(config->pages);
    secret_set_free(config->secrets);
    secret_set_free(config->probe_secrets);
    catalog_free(config->catalog);
    free(config);
}
