/*
 * up_cmd.c - `picket up`: controller and probe for your own targets, here.
 *
 * Targets of the command line become the configuration text they stand for
 * (one check each, one region, pages to this terminal), so that there is one
 * way in; `--print` shows it, as the file to go on with.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/diag.h"
#include "base/str.h"
#include "base/units.h"
#include "checks/catalog.h"
#include "checks/spec.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/live.h"
#include "cli/options.h"
#include "cli/paint.h"
#include "controller/config.h"

#define TEXT_MAX      (1u << 20)
#define EVERY_DEFAULT "30s"

static const struct option_def options_table[] = {
    {"every", 0, "TIME", "how often each is checked (" EVERY_DEFAULT ")"},
    {"expect", 'e', "E", "what must hold, for every target; again and again"},
    {"config", 'c', "PATH", "a file or folder instead of targets"},
    {"data", 'd', "DIR", "keep the data there"},
    {"fresh", 0, NULL, "forget what was: begin anew"},
    {"listen", 0, "IP:PORT", "dashboard and status page (127.0.0.1:8787)"},
    {"print", 0, NULL, "only print the configuration this would run"},
    {0},
};

static const struct options_command command = {
    .usage = "up TARGET... [--every TIME] [--expect E]...",
    .about = "Watch targets from here: controller, probe, dashboard, status "
             "page, and pages\nto this terminal.",
    .options = options_table,
    .more = "  picket up https://example.com/ dns:example.com\n"
            "  picket up https://example.com/ --expect \"body contains "
            "'Welcome'\"\n"
            "  picket up --config conf/\n",
};

struct up {
    const char *path; /* --config, or NULL */
    struct buf text;
};

/* One check; a target that stands there already is watched once. */
static void
add_check(struct buf *out, const struct spec *spec, const char *target,
          const struct options *o)
{
    const char *expects[OPTIONS_MAX];
    size_t count = options_all(o, "expect", expects, OPTIONS_MAX);
    char *mark = str_xprintf("\n  %s = {\n", spec->name);
    if (strstr(buf_text(out), mark) != NULL) {
        fprintf(stderr, "picket: %s is there twice: it is watched once\n",
                target);
        free(mark);
        return;
    }
    buf_add_str(out, mark + 1);
    catalog_add_target(out, target);
    for (size_t i = 0; i < count; i++) {
        buf_add_str(out, i == 0 ? "    expect = [ " : ", ");
        conf_quote(out, expects[i]);
    }
    buf_add_str(out, count > 0 ? " ];\n  };\n" : "  };\n");
    free(mark);
}

static void
add_frame(struct buf *out, const char *every)
{
    buf_add_str(out, "picket = 1;\n"
                     "regions = { local = { name = \"here\"; }; };\n"
                     "channels = { screen = { terminal = true; }; };\n"
                     "policies = { up = { first = { notify = [ "
                     "\"channel:screen\" ]; }; }; };\n"
                     "defaults = { policy = \"up\"; every = ");
    conf_quote(out, every);
    buf_add_str(out, "; };\nchecks = {\n");
}

static int
print_problems(struct diag *diag)
{
    struct paint paint = paint_of(stderr);
    struct buf out;
    buf_init(&out, TEXT_MAX);
    diag_print(diag, &out, paint.colour);
    fputs(buf_text(&out), stderr);
    buf_free(&out);
    return OPTIONS_EX_USAGE;
}

static int
write_config(struct up *up, const struct options *o)
{
    const char *expects[OPTIONS_MAX], *every = options_get(o, "every");
    size_t count = options_all(o, "expect", expects, OPTIONS_MAX);
    struct diag *diag = diag_create();
    int64_t ns;
    int rc = 0;
    if (every == NULL)
        every = EVERY_DEFAULT;
    if (units_parse_duration(every, &ns) != 0)
        rc = options_misused(&command, "--every %s is no time; write 30s or 2m",
                             every);
    add_frame(&up->text, every);
    for (size_t i = 0; rc == 0 && i < o->operand_count; i++)
        if (access(o->operand[i], F_OK) == 0)
            rc =
                options_misused(&command, "%s is a file: picket up --config %s",
                                o->operand[i], o->operand[i]);
    for (size_t i = 0; rc == 0 && i < o->operand_count; i++) {
        struct spec *spec =
            catalog_of_target(o->operand[i], expects, count, diag);
        if (spec == NULL)
            rc = print_problems(diag);
        else
            add_check(&up->text, spec, o->operand[i], o);
        spec_free(spec);
    }
    buf_add_str(&up->text, "};\n");
    diag_free(diag);
    return rc;
}

static struct config *
load(void *cookie, struct diag *diag)
{
    const struct up *up = cookie;
    if (up->path != NULL)
        return config_load(&up->path, 1, diag);
    return config_load_text("command line", buf_text(&up->text), diag);
}

static int
run(struct up *up, const struct options *o)
{
    struct live_opts opts = {.name = "up",
                             .dir = options_get(o, "data"),
                             .listen = options_get(o, "listen"),
                             .is_fresh = options_has(o, "fresh"),
                             .load = load,
                             .has_files = up->path != NULL,
                             .cookie = up};
    int rc = up->path == NULL ? write_config(up, o) : 0;
    if (rc == 0 && options_has(o, "print"))
        fputs(buf_text(&up->text), stdout);
    else if (rc == 0)
        rc = live_run(&opts);
    return rc;
}

int
up_cmd(int argc, char **argv)
{
    struct options o;
    struct up up = {0};
    int rc = options_parse(&o, &command, argc, argv);
    if (rc != OPTIONS_GO_ON)
        return rc;
    up.path = options_get(&o, "config");
    if (up.path == NULL && o.operand_count == 0)
        return options_misused(&command, "what is to be watched? for example "
                                         "https://example.com/");
    if (up.path != NULL && o.operand_count > 0)
        return options_misused(&command,
                               "targets or --config, not both: put the "
                               "target into a file there");
    buf_init(&up.text, TEXT_MAX);
    rc = run(&up, &o);
    buf_free(&up.text);
    return rc;
}
