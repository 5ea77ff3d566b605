/*
 * validate_cmd.c - `picket validate`: everything that is wrong with a
 * configuration, in one go, without running anything.
 */
#include <stdio.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/diag.h"
#include "base/json.h"
#include "checks/catalog.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/paint.h"
#include "controller/config.h"
#include "probe/settings.h"

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
