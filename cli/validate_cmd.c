/*
 * validate_cmd.c - `picket validate`: everything that is wrong with a
 * configuration, in one go, without running anything.
 */
#include <stdio.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/diag.h"
#include "base/json.h"
#include "checks/catalog.h"
#include "checks/spec.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/paint.h"
#include "controller/config.h"
#include "controller/decide/verdict.h"
#include "controller/decide/verdict_lock.h"
#include "probe/settings.h"

#define S_PER_MIN  INT64_C(60)
#define OUTPUT_MAX ((size_t)4 * 1024 * 1024)

static const struct option_def options_table[] = {
    {"json", 'j', NULL, "one JSON object a line"},
    {0},
};

static const struct options_command command = {
    .usage = "validate [FILE|DIR]... [--json]",
    .about = "Check a configuration and name all that is wrong with it.\n"
             "Without FILE or DIR: conf/ here.",
    .options = options_table,
    .more = "A folder is the *.conf directly in it.\n"
            "exit code: 0 valid, 78 not valid\n",
};

/* A probe's file may lie in the same folder; the controller passes it over. */
static void
check_probes(const char *const *paths, size_t count, struct diag *diag)
{
    struct conf_set *set = conf_set_create();
    struct diag *unseen = diag_create(); /* was reported once already */

    for (size_t i = 0; i < count; i++)
        (void)conf_load(set, paths[i], unseen);
    for (size_t i = 0; i < conf_root_count(set); i++) {
        const struct conf *root = conf_root(set, i);

        if (conf_find(root, "probe"))
            settings_free(settings_load(root->pos.file, diag));
    }
    diag_free(unseen);
    conf_set_free(set);
}

/* ---- what a lock costs ---- */

struct wait {
    int64_t hold_ns;  /* one region's run with its cleanup */
    int64_t alone_ns; /* until it is known to be down, one after another */
    int64_t usual_ns; /* the same without the lock */
};

/* The core that judges says how long it takes. */
static struct wait
wait_of(const struct spec *spec, size_t region_total)
{
    size_t regions = spec->regions.count ? spec->regions.count : region_total;
    struct verdict_rule rule = {
        .every_ms = spec->every_ns / NS_PER_MS,
        .timeout_ms = spec_run_ns(spec) / NS_PER_MS,
        .regions = regions > 0 ? (uint32_t)regions : 1,
        .quorum = spec->quorum,
        .min_eligible = spec->min_eligible,
    };
    struct wait wait = {.hold_ns = spec_run_ns(spec)};

    if (rule.regions > VERDICT_REGIONS_MAX)
        rule.regions = VERDICT_REGIONS_MAX;
    if (!spec->lock)
        return wait;
    wait.usual_ns = verdict_lock_detect_ms(&rule) * NS_PER_MS;
    rule.is_locked = true;
    wait.alone_ns = verdict_lock_detect_ms(&rule) * NS_PER_MS;
    return wait;
}

/* "95s", "4m50s" */
static void
add_time(struct buf *out, int64_t ns)
{
    int64_t seconds = ns / NS_PER_S;

    if (seconds < 2 * S_PER_MIN)
        (void)buf_addf(out, "%llds", (long long)seconds);
    else
        (void)buf_addf(out, "%lldm%llds", (long long)(seconds / S_PER_MIN),
                       (long long)(seconds % S_PER_MIN));
}

static bool
is_alike(const struct wait *a, const struct wait *b)
{
    return a->hold_ns == b->hold_ns && a->alone_ns == b->alone_ns &&
           a->usual_ns == b->usual_ns;
}

/* How many of the checks from `at` on, which has a lock, wait as it does. */
static size_t
count_alike(const struct config *config, size_t at, const struct wait *wait)
{
    size_t count = 1;

    for (; at + count < catalog_count(config->catalog); count++) {
        const struct spec *spec = catalog_get(config->catalog, at + count);
        const struct wait other = wait_of(spec, config->region_count);

        if (!spec->lock || !is_alike(&other, wait))
            break;
    }
    return count;
}

/* Those that `each` made are told of once. */
static void
add_locks(const struct config *config, struct buf *out)
{
    size_t count = 1;

    for (size_t i = 0; i < catalog_count(config->catalog); i += count) {
        const struct spec *spec = catalog_get(config->catalog, i);
        const struct wait wait = wait_of(spec, config->region_count);

        count = spec->lock ? count_alike(config, i, &wait) : 1;
        if (!spec->lock)
            continue;
        (void)buf_addf(out, "`%s`", spec->name);
        if (count > 1)
            (void)buf_addf(out, " and %zu more", count - 1);
        (void)buf_addf(out,
                       " %s a lock: one region after another, each for "
                       "at most ",
                       count > 1 ? "have" : "has");
        add_time(out, wait.hold_ns);
        (void)buf_add_str(out, "; down is known after at most ");
        add_time(out, wait.alone_ns);
        (void)buf_add_str(out, ", without the lock ");
        add_time(out, wait.usual_ns);
        (void)buf_add_char(out, '\n');
    }
}

static void
add_locks_json(const struct config *config, struct json *j)
{
    json_arr(j, "locks");
    for (size_t i = 0; i < catalog_count(config->catalog); i++) {
        const struct spec *spec = catalog_get(config->catalog, i);
        const struct wait wait = wait_of(spec, config->region_count);

        if (!spec->lock)
            continue;
        json_obj(j, NULL);
        json_str(j, "check", spec->name);
        json_int(j, "run_ms", wait.hold_ns / NS_PER_MS);
        json_int(j, "down_after_ms", wait.alone_ns / NS_PER_MS);
        json_int(j, "without_lock_ms", wait.usual_ns / NS_PER_MS);
        json_end(j);
    }
    json_end(j);
}

/* ---- the summary ---- */

static void
add_count(struct buf *out, size_t count, const char *one, const char *many)
{
    (void)buf_addf(out, "%s%zu %s", out->len ? ", " : "", count,
                   count == 1 ? one : many);
}

static void
add_summary(const struct config *config, struct buf *out)
{
    add_count(out, catalog_count(config->catalog), "check", "checks");
    add_count(out, config->region_count, "region", "regions");
    add_count(out, config->policy_count, "policy", "policies");
    (void)buf_add_str(out, ": valid\n");
    add_locks(config, out);
}

static void
add_summary_json(const struct config *config, struct buf *out)
{
    struct json j = json_begin(out);

    json_obj(&j, NULL);
    json_bool(&j, "valid", true);
    json_int(&j, "checks", (int64_t)catalog_count(config->catalog));
    json_int(&j, "regions", (int64_t)config->region_count);
    json_int(&j, "policies", (int64_t)config->policy_count);
    add_locks_json(config, &j);
    json_end(&j);
    (void)buf_add_char(out, '\n');
}

static void
print(const struct buf *text, FILE *stream)
{
    (void)fwrite(buf_text(text), 1, text->len, stream);
}

int
validate_cmd(int argc, char **argv)
{
    static const char *const here[] = {"conf"};
    struct options o;
    struct diag *diag;
    struct config *config;
    struct buf problems;
    struct buf summary;
    bool is_valid;
    int rc = options_parse(&o, &command, argc, argv);
    bool is_json = rc == OPTIONS_GO_ON && options_has(&o, "json");
    const char *const *paths = here;

    if (rc != OPTIONS_GO_ON)
        return rc;
    paths = o.operand_count ? o.operand : here;
    diag = diag_create();
    config = config_load(paths, o.operand_count ? o.operand_count : 1, diag);
    check_probes(paths, o.operand_count ? o.operand_count : 1, diag);
    is_valid = config && diag_errors(diag) == 0;
    buf_init(&problems, OUTPUT_MAX);
    buf_init(&summary, OUTPUT_MAX);
    if (is_json)
        diag_print_json(diag, &problems);
    else
        diag_print(diag, &problems, paint_of(stderr).colour);
    if (is_valid && is_json)
        add_summary_json(config, &summary);
    else if (is_valid)
        add_summary(config, &summary);
    print(&problems, is_json ? stdout : stderr);
    print(&summary, stdout);
    buf_free(&problems);
    buf_free(&summary);
    config_free(config);
    diag_free(diag);
    return is_valid ? EX_OK : EX_CONFIG;
}
