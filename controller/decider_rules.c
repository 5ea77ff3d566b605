/*
 * From a configuration to what is watched.  A reload makes the new watches and
 * lets each take over what the old one of its name knew: votes by region name,
 * rules by rule name, open incidents with their rule.  What nothing takes over
 * ends: its incidents are resolved, and whoever was told is told so.
 */
#include "controller/decider_priv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/loop.h"
#include "base/str.h"
#include "checks/catalog.h"
#include "checks/spec.h"
#include "controller/config.h"
#include "controller/decide/verdict_bytes.h"
#include "controller/push.h"

static const char *const severities[] = {"page", "ticket"};

static void
add_rule(struct decider_watch *watch, const char *name, enum incident_on on,
         int64_t for_ns, enum config_severity severity)
{
    if (watch->rule_count == DECIDER_RULES_MAX)
        return;
    watch->rules[watch->rule_count++] = (struct decider_rule){
        .name = str_xdup(name),
        .on = on,
        .for_ms = for_ns / NS_PER_MS,
        .severity = severities[severity],
    };
}

static enum incident_on
on_of(enum config_on on)
{
    switch (on) {
    case CONFIG_ON_DOWN:
        return INCIDENT_ON_DOWN;
    case CONFIG_ON_PARTIAL:
        return INCIDENT_ON_PARTIAL;
    case CONFIG_ON_DEGRADED:
        return INCIDENT_ON_DEGRADED;
    case CONFIG_ON_UNKNOWN:
        return INCIDENT_ON_UNKNOWN;
    }
    assert(!"an alert on nothing");
    return INCIDENT_ON_DOWN;
}

static void
add_rules(struct decider_watch *watch, const struct config *config)
{
    size_t i;

    if (config->alert_count == 0)
        add_rule(watch, "down", INCIDENT_ON_DOWN, 0, CONFIG_PAGE);
    for (i = 0; i < config->alert_count; i++) {
        const struct config_alert *alert = &config->alerts[i];

        if (config_alert_is_for(alert, watch->spec))
            add_rule(watch, alert->name, on_of(alert->on), alert->for_ns,
                     alert->severity);
    }
}

static void
add_region(struct decider_watch *watch, const char *region)
{
    if (watch->rule.regions < VERDICT_REGIONS_MAX)
        watch->regions[watch->rule.regions++] = str_xdup(region);
}

static void
add_regions(struct decider_watch *watch, const struct config *config)
{
    const struct spec_list *own = &watch->spec->regions;
    size_t i;

    if (watch->spec->kind == SPEC_PUSH) {
        add_region(watch, PUSH_REGION);
        return;
    }
    for (i = 0; i < own->count; i++)
        add_region(watch, own->item[i]);
    for (i = 0; own->count == 0 && i < config->region_count; i++)
        add_region(watch, config->regions[i].id);
    if (watch->rule.regions == 0)
        add_region(watch, "local");
}

static void
take_standings(struct decider_watch *watch, const struct decider *decider)
{
    size_t i, k;

    for (i = 0; i < watch->rule.regions; i++)
        for (k = 0; k < decider->standing_count; k++)
            if (str_eq(watch->regions[i], decider->standings[k].region)) {
                watch->state.region[i].is_lost = decider->standings[k].is_lost;
                watch->state.region[i].is_ill = decider->standings[k].is_ill;
            }
}

static struct decider_watch *
watch_of(struct decider *decider, struct spec *spec)
{
    struct decider_watch *watch = str_xcalloc(1, sizeof *watch);

    watch->decider = decider;
    watch->spec = spec_ref(spec);
    watch->rule = (struct verdict_rule){
        .every_ms = spec->every_ns / NS_PER_MS,
        .timeout_ms = spec_run_ns(spec) / NS_PER_MS,
        .quorum = spec->quorum,
        .min_eligible = spec->min_eligible,
        .recover = spec->recover,
        .is_beat = spec->kind == SPEC_PUSH,
        .is_locked = spec->lock,
    };
    watch->rule.offset_ms =
        (int64_t)(id_hash(spec->name) % (uint64_t)watch->rule.every_ms);
    verdict_init(&watch->state);
    add_regions(watch, decider->config);
    add_rules(watch, decider->config);
    take_standings(watch, decider);
    return watch;
}

void
decider_watch_free(struct decider_watch *watch)
{
    size_t i;

    if (watch == NULL)
        return;
    loop_timer_cancel(watch->timer);
    for (i = 0; i < watch->rule.regions; i++) {
        free(watch->regions[i]);
        result_free((struct result *)(uintptr_t)watch->newest[i]);
    }
    for (i = 0; i < watch->rule_count; i++)
        free(watch->rules[i].name);
    result_free((struct result *)(uintptr_t)watch->suspect);
    free(watch->days);
    spec_free(watch->spec);
    free(watch);
}

/* ---- taking over ---- */

static void
take_regions(struct decider_watch *to, struct decider_watch *from)
{
    int source[VERDICT_REGIONS_MAX];
    uint32_t i, k;

    for (i = 0; i < to->rule.regions; i++) {
        source[i] = -1;
        for (k = 0; k < from->rule.regions; k++) {
            if (!str_eq(to->regions[i], from->regions[k]))
                continue;
            source[i] = (int)k;
            to->newest[i] = from->newest[k];
            from->newest[k] = NULL;
            to->received[i] = from->received[k];
            to->failing[i] = from->failing[k];
        }
    }
    to->state = from->state;
    verdict_move(&to->state, source, to->rule.regions);
}

static void
take_rules(struct decider_watch *to, struct decider_watch *from)
{
    size_t i, k;

    for (i = 0; i < to->rule_count; i++)
        for (k = 0; k < from->rule_count; k++) {
            struct decider_rule *old = &from->rules[k];

            if (!str_eq(to->rules[i].name, old->name) ||
                to->rules[i].on != old->on)
                continue;
            to->rules[i].machine = old->machine;
            to->rules[i].open = old->open;
            if (old->open != NULL)
                old->open->watch = to;
            old->open = NULL;
        }
}

static void
take_over(struct decider_watch *to, struct decider_watch *from)
{
    take_regions(to, from);
    take_standings(to, to->decider);
    take_rules(to, from);
    to->days = from->days;
    to->day_count = from->day_count;
    to->day_from = from->day_from;
    to->has_new_days = from->has_new_days;
    from->days = NULL;
    to->is_dirty = true;
}

static void
end_watch(struct decider_watch *watch, bool is_forgotten)
{
    struct decider *decider = watch->decider;
    size_t i;

    for (i = 0; i < watch->rule_count; i++)
        if (watch->rules[i].open != NULL)
            decider_case_resolve(&watch->rules[i], is_forgotten
                                                       ? DECIDER_CHECK_WENT
                                                       : DECIDER_ALERT_WENT);
    if (is_forgotten) {
        decider->forgotten =
            str_xrealloc(decider->forgotten, (decider->forgotten_count + 1) *
                                                 sizeof *decider->forgotten);
        decider->forgotten[decider->forgotten_count++] =
            str_xdup(watch->spec->name);
    }
    decider_watch_free(watch);
}

static int
by_name(const void *a, const void *b)
{
    const struct decider_watch *const *x = a;
    const struct decider_watch *const *y = b;

    return strcmp((*x)->spec->name, (*y)->spec->name);
}

void
decider_set_config(struct decider *decider, const struct config *config)
{
    size_t old_count = decider->watch_count;
    struct decider_watch **old = decider->watches;
    size_t count = catalog_count(config->catalog);
    struct decider_watch **fresh = str_xcalloc(count + 1, sizeof(*fresh));
    size_t i;

    decider->config = config;
    for (i = 0; i < count; i++)
        fresh[i] = watch_of(decider, catalog_get(config->catalog, i));
    qsort(fresh, count, sizeof(*fresh), by_name);
    decider->watches = fresh;
    decider->watch_count = count;
    for (i = 0; i < old_count; i++) {
        struct decider_watch *heir =
            decider_watch_find(decider, old[i]->spec->name);

        if (heir != NULL)
            take_over(heir, old[i]);
        end_watch(old[i], heir == NULL);
    }
    free(old);
    for (i = 0; i < count; i++)
        decider_tick(fresh[i]);
    decider_flush_soon(decider);
}
