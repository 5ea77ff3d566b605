/*
 * show_cmd.c - `picket show NAME`: a check after defaults and template, each
 * value with the place it came from.  What it prints is a configuration.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/json.h"
#include "base/schema.h"
#include "base/str.h"
#include "checks/catalog.h"
#include "checks/spec.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/paint.h"
#include "controller/config.h"

#define OUTPUT_MAX  ((size_t)4 * 1024 * 1024)
#define SHOWN_NAMES 3    /* of those `each` makes, in a hint */
#define NEAREST_MAX 2000 /* names compared for a hint */

static const struct option_def options_table[] = {
    {"json", 'j', NULL, "the same text in a JSON object, with its version"},
    {0},
};

static const struct options_command command = {
    .usage = "show NAME [FILE|DIR]... [--json]",
    .about = "Print one check as it runs, and where each value came from.\n"
             "Without FILE or DIR: conf/ here.",
    .options = options_table,
    .more = "exit code: 0, 78 not valid, 66 no such check\n",
};

static void
add_json(const struct spec *spec, const struct buf *text, struct buf *out)
{
    struct json j = json_begin(out);
    char version[17];

    (void)snprintf(version, sizeof(version), "%016llx",
                   (unsigned long long)spec->version);
    json_obj(&j, NULL);
    json_str(&j, "check", spec->name);
    json_str(&j, "kind", spec_kind_name(spec->kind));
    json_str(&j, "target", spec->target);
    json_str(&j, "version", version);
    json_str(&j, "text", buf_text(text));
    json_end(&j);
    (void)buf_add_char(out, '\n');
}

static int
show(const struct catalog *catalog, const struct spec *spec, bool is_json)
{
    struct buf text;
    struct buf out;

    buf_init(&text, OUTPUT_MAX);
    buf_init(&out, OUTPUT_MAX);
    (void)catalog_show(catalog, spec->name, &text);
    if (is_json)
        add_json(spec, &text, &out);
    else
        (void)buf_add(&out, text.data, text.len);
    (void)fwrite(buf_text(&out), 1, out.len, stdout);
    buf_free(&text);
    buf_free(&out);
    return EX_OK;
}

/* NAME of a check that `each` made many of: some of them; NULL: none. */
static char *
find_made(const struct catalog *catalog, const char *name)
{
    char *prefix = str_xprintf("%s-", name);
    struct buf list;
    size_t count = 0;
    char *hint;

    buf_init(&list, OUTPUT_MAX);
    for (size_t i = 0; i < catalog_count(catalog); i++) {
        const char *made = catalog_get(catalog, i)->name;

        if (str_starts(made, prefix) && count++ < SHOWN_NAMES)
            (void)buf_addf(&list, "%s`%s`", count > 1 ? ", " : "", made);
    }
    if (count > SHOWN_NAMES)
        (void)buf_addf(&list, " or %zu more", count - SHOWN_NAMES);
    hint = count > 0 ? str_xprintf("did you mean %s?", buf_text(&list)) : NULL;
    buf_free(&list);
    free(prefix);
    return hint;
}

static int
add_unknown(const struct catalog *catalog, const char *name)
{
    size_t all = catalog_count(catalog);
    size_t count = all < NEAREST_MAX ? all : NEAREST_MAX;
    const char **names = str_xcalloc(count + 1, sizeof(*names));
    char *hint;

    for (size_t i = 0; i < count; i++)
        names[i] = catalog_get(catalog, i)->name;
    hint = find_made(catalog, name);
    if (!hint)
        hint = schema_nearest(name, names, count);
    (void)fprintf(stderr, "picket: there is no check `%s`%s%s\n", name,
                  hint ? "; " : "", hint ? hint : "");
    free(hint);
    free(names);
    return EX_NOINPUT;
}

static int
load_and_show(const struct options *o, struct diag *diag)
{
    static const char *const here[] = {"conf"};
    bool has_paths = o->operand_count > 1;
    struct config *config =
        config_load(has_paths ? &o->operand[1] : here,
                    has_paths ? o->operand_count - 1 : 1, diag);
    const struct spec *spec;
    struct buf problems;
    int rc;

    if (!config) {
        buf_init(&problems, OUTPUT_MAX);
        diag_print(diag, &problems, paint_of(stderr).colour);
        (void)fwrite(buf_text(&problems), 1, problems.len, stderr);
        buf_free(&problems);
        return EX_CONFIG;
    }
    spec = catalog_find(config->catalog, o->operand[0]);
    rc = spec ? show(config->catalog, spec, options_has(o, "json"))
              : add_unknown(config->catalog, o->operand[0]);
    config_free(config);
    return rc;
}

int
show_cmd(int argc, char **argv)
{
    struct options o;
    struct diag *diag;
    int rc = options_parse(&o, &command, argc, argv);

    if (rc != OPTIONS_GO_ON)
        return rc;
    if (o.operand_count == 0)
        return options_misused(&command, "show takes the NAME of a check");
    diag = diag_create();
    rc = load_and_show(&o, diag);
    diag_free(diag);
    return rc;
}
