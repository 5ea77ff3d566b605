/* run_cmd.c - `picket run`: the configured checks, once, from here. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/str.h"
#include "checks/catalog.h"
#include "checks/spec.h"
#include "cli/commands.h"
#include "cli/evidence_card.h"
#include "cli/options.h"
#include "cli/paint.h"
#include "cli/run_once.h"
#include "cli/waterfall.h"
#include "controller/config.h"
#include "wire/result.h"

#define PLUGINS    "/usr/lib/nagios/plugins"
#define OUTPUT_MAX (1u << 20)
#define EX_ERROR   3

static const struct option_def options_table[] = {
    {"only", 'o', "NAME",
     "only checks of this name; * is any text; may be given again"},
    {"json", 'j', NULL, "one JSON object a line"},
    {"brief", 'b', NULL, "one line a check, also of one that failed"},
    {"resolvers", 0, "IP:PORT", "ask these DNS servers, not the system's"},
    {"plugins", 0, "DIR", "exec checks run those of DIR; default " PLUGINS},
    {"ca", 0, "FILE", "believe these CA certificates too"},
    {0},
};

static const struct options_command command = {
    .usage = "run [FILE|DIR]... [--only NAME]... [--brief] [--json]",
    .about = "Run the configured checks once, here: no alert, no store.\n"
             "Without FILE or DIR: conf/ here.  A failed one shows what was\n"
             "expected, what came, and the curl line that asks again.",
    .options = options_table,
    .more = "exit code: 0 all up, 1 some degraded, 2 some down, 3 an error\n",
};

struct shown {
    struct paint paint;
    bool json;
    bool brief;
    int counts[STATUS_ERROR + 1];
};

static void
show(void *cookie, const struct spec *spec, const struct result *result)
{
    struct shown *shown = cookie;
    struct buf out;
    buf_init(&out, OUTPUT_MAX);
    shown->counts[result->status]++;
    if (shown->json) {
        run_once_add_json(&out, spec, result);
    } else {
        buf_add_str(&out, "  ");
        waterfall_line(&out, &shown->paint, result, NULL);
        if (!shown->brief)
            waterfall_steps(&out, &shown->paint, result,
                            spec->kind != SPEC_HTTP);
        if (!shown->brief)
            evidence_card(&out, &shown->paint, spec, result);
    }
    fputs(buf_text(&out), stdout);
    fflush(stdout);
    buf_free(&out);
}

static struct config *
load(const struct options *o)
{
    static const char *const here[] = {"conf"};
    struct diag *diag = diag_create();
    struct config *config =
        o->operand_count ? config_load(o->operand, o->operand_count, diag)
                         : config_load(here, 1, diag);
    struct paint paint = paint_of(stderr);
    struct buf out;
    buf_init(&out, OUTPUT_MAX);
    if (config == NULL)
        diag_print(diag, &out, paint.colour);
    fputs(buf_text(&out), stderr);
    buf_free(&out);
    diag_free(diag);
    return config;
}

static void
add_secret(void *cookie, const struct secret_def *def)
{
    (void)secret_add(cookie, def);
}

/* What --only names, as often as it was given; without it all. */
struct only {
    const char *name[OPTIONS_MAX];
    size_t count;
};

static bool
is_wanted(const struct only *only, const char *name)
{
    for (size_t i = 0; i < only->count; i++)
        if (str_glob(only->name[i], name))
            return true;
    return only->count == 0;
}

/* A name that is none is a slip: said, and nothing is run. */
static bool
names_all_fit(const struct config *config, const struct only *only)
{
    bool fit = true;

    for (size_t i = 0; i < only->count; i++) {
        size_t at = 0;

        while (at < catalog_count(config->catalog) &&
               !str_glob(only->name[i], catalog_get(config->catalog, at)->name))
            at++;
        if (at < catalog_count(config->catalog))
            continue;
        fprintf(stderr, "picket: no check is called %s\n", only->name[i]);
        fit = false;
    }
    return fit;
}

/* Those that can be run; of each other it says why not. */
static size_t
choose(const struct config *config, const struct options *o,
       struct spec **specs)
{
    struct only only;
    size_t count = 0, waiting = 0;
    only.count = options_all(o, "only", only.name, OPTIONS_MAX);
    if (!names_all_fit(config, &only))
        return 0;
    for (size_t i = 0; i < catalog_count(config->catalog); i++) {
        struct spec *spec = catalog_get(config->catalog, i);
        if (!is_wanted(&only, spec->name))
            continue;
        if (spec->kind != SPEC_PUSH) {
            specs[count++] = spec;
            continue;
        }
        waiting++;
        fprintf(stderr,
                "picket: %s waits for heartbeats: the controller "
                "judges it, and nobody runs it\n",
                spec->name);
    }
    if (count == 0 && waiting > 0)
        fputs("picket: these are push checks alone: nothing is to be run; "
              "start picket-controller, and `picket push-url NAME` says where "
              "a heartbeat goes\n",
              stderr);
    else if (count == 0)
        fputs("picket: there is no check here\n", stderr);
    return count;
}

static int
run_all(const struct config *config, const struct options *o)
{
    const char *plugins = options_get(o, "plugins");
    size_t all = catalog_count(config->catalog);
    struct spec **specs = str_xcalloc(all + 1, sizeof(struct spec *));
    size_t count = choose(config, o, specs);
    struct shown shown = {.paint = paint_of(stdout),
                          .json = options_has(o, "json"),
                          .brief = options_has(o, "brief")};
    struct run_once_opts run = {.specs = specs,
                                .count = count,
                                .resolvers = options_get(o, "resolvers"),
                                .plugins = plugins ? plugins : PLUGINS,
                                .ca_file = options_get(o, "ca"),
                                .secrets = config->secrets,
                                .each = show,
                                .cookie = &shown};
    int rc = EX_ERROR;
    if (count > 0 && run_once(&run) == 0)
        rc = run_once_exit_code(shown.counts);
    if (count > 0 && !shown.json)
        printf("\n  %d up, %d degraded, %d down, %d error\n",
               shown.counts[STATUS_UP], shown.counts[STATUS_DEGRADED],
               shown.counts[STATUS_DOWN], shown.counts[STATUS_ERROR]);
    free(specs);
    return rc;
}

int
run_cmd(int argc, char **argv)
{
    struct options o;
    int rc = options_parse(&o, &command, argc, argv);
    if (rc != OPTIONS_GO_ON)
        return rc == 0 ? 0 : EX_ERROR;
    struct config *config = load(&o);
    if (config == NULL)
        return EX_ERROR;
    /* Here both are read, the controller's and the probes'. */
    secret_each(config->probe_secrets, add_secret, config->secrets);
    rc = run_all(config, &o);
    config_free(config);
    return rc;
}
