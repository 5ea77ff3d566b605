/*
 * options.h - one table a command gives its parsing and its help.
 *
 * Ownership   an options borrows argv.
 * Errors      options_parse() prints what is wrong, with the nearest name, and
 *             gives the exit code (64); --help prints the help and gives 0.
 * Threads     none of its own.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#define OPTIONS_MAX      64 /* options given, and operands given */
#define OPTIONS_GO_ON    -1 /* what options_parse() gives when all is well */
#define OPTIONS_EX_USAGE 64 /* sysexits.h */

struct option_def {
    const char *name;  /* "expect" for --expect; NULL ends a table */
    char letter;       /* 'e' for -e; 0 none */
    const char *value; /* "E": takes one; NULL: a switch */
    const char *help;
};

struct options_command {
    const char *usage; /* "check TARGET [--expect E]..." */
    const char *about; /* one sentence */
    const struct option_def *options;
    const char *more; /* examples, exit codes; may be NULL */
};

struct options {
    const struct options_command *command;
    const struct option_def *given[OPTIONS_MAX];
    const char *value[OPTIONS_MAX];
    size_t given_count;
    const char *operand[OPTIONS_MAX];
    size_t operand_count;
};

/* `argv[0]` is the command's own name.  "--" ends options. */
int options_parse(struct options *options,
                  const struct options_command *command, int argc,
                  char *const *argv);

bool options_has(const struct options *options, const char *name);
/* The last value given, or NULL. */
const char *options_get(const struct options *options, const char *name);
/* The values of an option given many times, into `to`; how many. */
size_t options_all(const struct options *options, const char *name,
                   const char **to, size_t cap);
/* Prints "picket: TEXT" and the usage line to stderr; gives 64. */
int options_misused(const struct options_command *command, const char *format,
                    ...) __attribute__((format(printf, 2, 3)));

void options_help(const struct options_command *command);

#endif
