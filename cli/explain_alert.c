#include "cli/explain_alert.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/json.h"
#include "base/schema.h"
#include "base/str.h"
#include "base/units.h"
#include "checks/catalog.h"
#include "checks/spec.h"
#include "cli/paint.h"
#include "controller/config.h"

#define OUTPUT_MAX  ((size_t)4 * 1024 * 1024)
#define SHOWN_NAMES 10 /* checks named for people; --json names all */

static const char *const severities[] = {"page", "ticket"};

struct what {
    const struct config *config;
    const struct config_alert *alert;
    const struct spec **checks; /* it is for */
    size_t count;
};

static const char *
on_name(enum config_on on)
{
    switch (on) {
    case CONFIG_ON_DOWN:
        return "down";
    case CONFIG_ON_PARTIAL:
        return "partial";
    case CONFIG_ON_DEGRADED:
        return "degraded";
    case CONFIG_ON_UNKNOWN:
        return "unknown";
    }
    return "";
}

static void
find_checks(struct what *w)
{
    size_t all = catalog_count(w->config->catalog);

    w->checks = str_xcalloc(all + 1, sizeof(w->checks[0]));
    for (size_t i = 0; i < all; i++) {
        const struct spec *spec = catalog_get(w->config->catalog, i);

        if (config_alert_is_for(w->alert, spec))
            w->checks[w->count++] = spec;
    }
}

/* True for the first of the checks with this policy; NULL is one, too. */
static bool
is_first(const struct what *w, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (str_eq(w->checks[i]->policy, w->checks[index]->policy))
            return false;
    return true;
}

/* "web: first channel:ops, after 5m person:ana". */
static void
add_road(const struct what *w, const char *name, struct buf *out)
{
    const struct config_policy *policy = config_policy(w->config, name);
    const struct config_road *road =
        policy ? &policy->road[w->alert->severity] : NULL;
    char wait[UNITS_TEXT_MAX];

    (void)buf_addf(out, "%s: ", name);
    if (!road || road->count == 0)
        (void)buf_addf(out, "nobody: it has no road for a %s",
                       severities[w->alert->severity]);
    for (size_t i = 0; road && i < road->count; i++) {
        const struct config_step *step = &road->steps[i];

        if (i > 0)
            (void)buf_addf(
                out, ", after %s ",
                units_format_duration(wait, road->steps[i - 1].wait_ns));
        for (size_t k = 0; k < step->notify_count; k++)
            (void)buf_addf(out, "%s%s", k ? " " : "", step->notify[k]);
        if (step->repeat > 0)
            (void)buf_addf(out, ", repeated %d times", step->repeat);
    }
}

static void
add_text(const struct what *w, struct buf *out)
{
    char wait[UNITS_TEXT_MAX];

    (void)buf_addf(out, "alerts.%s - an alert of this configuration\n",
                   w->alert->name);
    (void)buf_addf(out, "  opens    a %s when a check is %s",
                   severities[w->alert->severity], on_name(w->alert->on));
    if (w->alert->for_ns > 0)
        (void)buf_addf(out, " for %s",
                       units_format_duration(wait, w->alert->for_ns));
    (void)buf_addf(out, "\n  checks   %zu", w->count);
    for (size_t i = 0; i < w->count && i < SHOWN_NAMES; i++)
        (void)buf_addf(out, "%s%s", i ? ", " : ": ", w->checks[i]->name);
    if (w->count > SHOWN_NAMES)
        (void)buf_addf(out, " and %zu more", w->count - SHOWN_NAMES);
    (void)buf_add_char(out, '\n');
    for (size_t i = 0; i < w->count; i++) {
        if (!is_first(w, i))
            continue;
        (void)buf_add_str(out, "  tells    ");
        if (w->checks[i]->policy)
            add_road(w, w->checks[i]->policy, out);
        else
            (void)buf_addf(out, "nobody, of checks without a policy (%s)",
                           w->checks[i]->name);
        (void)buf_add_char(out, '\n');
    }
}

static void
add_json(const struct what *w, struct buf *out)
{
    struct json j = json_begin(out);
    struct buf road;

    buf_init(&road, OUTPUT_MAX);
    json_obj(&j, NULL);
    json_int(&j, "schema", 1);
    json_str(&j, "what", "alert");
    json_str(&j, "name", w->alert->name);
    json_str(&j, "on", on_name(w->alert->on));
    json_fixed(&j, "for_seconds", w->alert->for_ns / 1000000, 3);
    json_str(&j, "severity", severities[w->alert->severity]);
    json_arr(&j, "checks");
    for (size_t i = 0; i < w->count; i++)
        json_str(&j, NULL, w->checks[i]->name);
    json_end(&j);
    json_arr(&j, "tells");
    for (size_t i = 0; i < w->count; i++) {
        buf_reset(&road);
        if (!is_first(w, i) || !w->checks[i]->policy)
            continue;
        add_road(w, w->checks[i]->policy, &road);
        json_str(&j, NULL, buf_text(&road));
    }
    json_end(&j);
    json_end(&j);
    (void)buf_add_char(out, '\n');
    buf_free(&road);
}

static int
add_unknown(const struct config *config, const char *name)
{
    const char **names = str_xcalloc(config->alert_count + 1, sizeof(*names));
    char *hint;

    for (size_t i = 0; i < config->alert_count; i++)
        names[i] = config->alerts[i].name;
    hint = schema_nearest(name, names, config->alert_count);
    (void)fprintf(stderr, "picket: there is no alert `%s`%s%s\n", name,
                  hint ? "; " : "", hint ? hint : "");
    free(hint);
    free(names);
    return EX_NOINPUT;
}

static int
explain(const struct config *config, const char *name, bool is_json)
{
    struct what w = {.config = config};
    struct buf out;

    for (size_t i = 0; i < config->alert_count; i++)
        if (str_eq(config->alerts[i].name, name))
            w.alert = &config->alerts[i];
    if (!w.alert)
        return add_unknown(config, name);
    buf_init(&out, OUTPUT_MAX);
    find_checks(&w);
    if (is_json)
        add_json(&w, &out);
    else
        add_text(&w, &out);
    (void)fwrite(buf_text(&out), 1, out.len, stdout);
    buf_free(&out);
    free(w.checks);
    return EX_OK;
}

int
explain_alert(const char *name, const char *const *paths, size_t count,
              bool is_json)
{
    static const char *const here[] = {"conf"};
    struct diag *diag = diag_create();
    struct config *config =
        config_load(count ? paths : here, count ? count : 1, diag);
    struct buf problems;
    int rc = EX_CONFIG;

    if (config) {
        rc = explain(config, name, is_json);
    } else {
        buf_init(&problems, OUTPUT_MAX);
        diag_print(diag, &problems, paint_of(stderr).colour);
        (void)fwrite(buf_text(&problems), 1, problems.len, stderr);
        buf_free(&problems);
    }
    config_free(config);
    diag_free(diag);
    return rc;
}
