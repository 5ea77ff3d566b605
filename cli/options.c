#include "cli/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

#define HELP_COLUMN 26 /* where the help of an option begins */

static const struct option_def help_option = {"help", 'h', NULL,
                                              "print this and end"};

void
options_help(const struct options_command *command)
{
    printf("usage: picket %s\n\n%s\n", command->usage, command->about);
    if (command->options[0].name != NULL)
        printf("\n");
    for (const struct option_def *o = command->options; o->name; o++) {
        int n = o->letter ? printf("  -%c, --%s", o->letter, o->name)
                          : printf("      --%s", o->name);
        if (o->value != NULL)
            n += printf(" %s", o->value);
        printf("%*s %s\n", n < HELP_COLUMN ? HELP_COLUMN - n : 1, "", o->help);
    }
    if (command->more != NULL)
        printf("\n%s", command->more);
}

int
options_misused(const struct options_command *command, const char *format, ...)
{
    va_list ap;
    fprintf(stderr, "picket: ");
    va_start(ap, format);
    vfprintf(stderr, format, ap);
    va_end(ap);
    fprintf(stderr, "\nusage: picket %s\n", command->usage);
    return OPTIONS_EX_USAGE;
}

static const struct option_def *
find(const struct options_command *command, const char *name, size_t len)
{
    for (const struct option_def *o = command->options; o->name; o++) {
        if (strlen(o->name) == len && memcmp(o->name, name, len) == 0)
            return o;
    }
    if (len == strlen(help_option.name) &&
        memcmp(name, help_option.name, len) == 0)
        return &help_option;
    return NULL;
}

static const struct option_def *
find_letter(const struct options_command *command, char letter)
{
    for (const struct option_def *o = command->options; o->name; o++) {
        if (o->letter == letter)
            return o;
    }
    return letter == help_option.letter ? &help_option : NULL;
}

static int
unknown(const struct options_command *command, const char *arg)
{
    const char *names[OPTIONS_MAX];
    size_t count = 0;
    for (const struct option_def *o = command->options; o->name; o++)
        names[count++] = o->name;
    int nearest = str_nearest(arg + strspn(arg, "-"), names, count);
    if (nearest < 0)
        return options_misused(command, "unknown option %s", arg);
    return options_misused(command, "unknown option %s; did you mean --%s?",
                           arg, names[nearest]);
}

static const struct option_def *
option_at(const struct options *o, const char *arg, const char **value)
{
    if (arg[1] != '-')
        return arg[2] == '\0' ? find_letter(o->command, arg[1]) : NULL;
    const char *equals = strchr(arg, '=');
    size_t len = equals ? (size_t)(equals - arg) - 2 : strlen(arg + 2);
    *value = equals ? equals + 1 : NULL;
    return find(o->command, arg + 2, len);
}

/* One option at argv[*at]; moves *at over a value of its own. */
static int
take_option(struct options *o, int argc, char *const *argv, int *at)
{
    const char *value = NULL;
    const struct option_def *def = option_at(o, argv[*at], &value);
    if (def == NULL)
        return unknown(o->command, argv[*at]);
    if (def == &help_option) {
        options_help(o->command);
        return 0;
    }
    if (o->given_count == OPTIONS_MAX)
        return options_misused(o->command, "more than %d options", OPTIONS_MAX);
    if (def->value == NULL && value != NULL)
        return options_misused(o->command, "--%s takes no value", def->name);
    if (def->value != NULL && value == NULL) {
        if (*at + 1 >= argc)
            return options_misused(o->command, "--%s needs %s", def->name,
                                   def->value);
        value = argv[++*at];
    }
    o->given[o->given_count] = def;
    o->value[o->given_count++] = value;
    return OPTIONS_GO_ON;
}

int
options_parse(struct options *options, const struct options_command *command,
              int argc, char *const *argv)
{
    bool ended = false;
    memset(options, 0, sizeof *options);
    options->command = command;
    for (int i = 1; i < argc; i++) {
        if (!ended && str_eq(argv[i], "--")) {
            ended = true;
            continue;
        }
        if (!ended && argv[i][0] == '-' && argv[i][1] != '\0') {
            int rc = take_option(options, argc, argv, &i);
            if (rc != OPTIONS_GO_ON)
                return rc;
            continue;
        }
        if (options->operand_count == OPTIONS_MAX)
            return options_misused(command, "more than %d operands",
                                   OPTIONS_MAX);
        options->operand[options->operand_count++] = argv[i];
    }
    return OPTIONS_GO_ON;
}

bool
options_has(const struct options *options, const char *name)
{
    for (size_t i = 0; i < options->given_count; i++) {
        if (str_eq(options->given[i]->name, name))
            return true;
    }
    return false;
}

const char *
options_get(const struct options *options, const char *name)
{
    const char *value = NULL;
    for (size_t i = 0; i < options->given_count; i++) {
        if (str_eq(options->given[i]->name, name))
            value = options->value[i];
    }
    return value;
}

size_t
options_all(const struct options *options, const char *name, const char **to,
            size_t cap)
{
    size_t count = 0;
    for (size_t i = 0; i < options->given_count && count < cap; i++) {
        if (str_eq(options->given[i]->name, name))
            to[count++] = options->value[i];
    }
    return count;
}
