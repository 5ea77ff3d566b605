/*
 * picket.c - the command line: a table of commands, in the order in which a
 * new user meets them.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/secret.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/options.h"

#define EXIT_ERROR 3 /* of a verdict: 0 up, 1 degraded, 2 down */

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *about;
} commands[] = {
    {"check", check_cmd, "one check of a URL, name or port, here and now"},
    {"demo", demo_cmd, "a shop to watch and to break, with everything"},
    {"up", up_cmd, "watch your own targets: controller, probe, pages"},
    {"run", run_cmd, "the configured checks, once, here"},
    {"validate", validate_cmd, "is the configuration right?"},
    {"show", show_cmd, "a check as it is after defaults and templates"},
    {"explain", explain_cmd, "a setting, a reason, a subject, an alert"},
    {"results", results_cmd, "what the probes found"},
    {"probes", probes_cmd, "the probes and how they are"},
    {"probe", probe_cmd, "invite, join, revoke a probe"},
    {"push-url", push_url_cmd, "where a job sends its heartbeats"},
    {"reload", reload_cmd, "have the controller read its configuration again"},
    {"version", version_cmd, "what this is"},
};

#define COMMAND_COUNT (sizeof commands / sizeof *commands)

static void
help(FILE *to)
{
    fputs("Picket: synthetic monitoring.  First to know, never a false page, "
          "never a lost page.\n\nusage: picket COMMAND [...]\n\n",
          to);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].about);
    fputs("\npicket COMMAND --help says more.  Begin with:\n"
          "  picket check https://example.com/\n"
          "  picket demo\n",
          to);
}

static int
unknown(const char *name)
{
    const char *names[COMMAND_COUNT];
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        names[i] = commands[i].name;
    int nearest = str_nearest(name, names, COMMAND_COUNT);
    fprintf(stderr, "picket: unknown command %s", name);
    if (nearest >= 0)
        fprintf(stderr, "; did you mean %s?", names[nearest]);
    fputs("\npicket help lists the commands\n", stderr);
    return OPTIONS_EX_USAGE;
}

/* Data that a full disk swallowed is no success; a reader that has enough and
 * left (`| head`) is nobody's fault. */
static int
end(const struct command *command, int rc)
{
    bool is_verdict = command->run == check_cmd || command->run == run_cmd;

    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return rc;
    if (errno != EPIPE)
        fprintf(stderr, "picket: not all of the output could be written%s%s\n",
                errno != 0 ? ": " : "", errno != 0 ? strerror(errno) : "");
    if (rc != 0)
        return rc;
    return is_verdict ? EXIT_ERROR : EX_IOERR;
}

int
main(int argc, char **argv)
{
    secret_guard();
    if (argc < 2) {
        help(stderr);
        return OPTIONS_EX_USAGE;
    }
    const char *name = argv[1];
    if (str_eq(name, "--help") || str_eq(name, "-h") || str_eq(name, "help")) {
        help(stdout);
        return 0;
    }
    if (str_eq(name, "--version"))
        name = "version";
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (str_eq(name, commands[i].name))
            return end(&commands[i], commands[i].run(argc - 1, argv + 1));
    }
    return unknown(name);
}
