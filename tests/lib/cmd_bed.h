/*
 * cmd_bed.h - a command of picket, run on a configuration in a folder of its
 * own, as a process of its own: what it said and its exit code.
 *
 * Ownership   everything is borrowed; the folder goes with the call.
 * Errors      cmocka's assertions; -1: a signal ended the command.
 * Threads     none may be running: it forks.
 */
#ifndef TESTS_LIB_CMD_BED_H
#define TESTS_LIB_CMD_BED_H

struct buf;

struct cmd_bed {
    int (*command)(int argc, char **argv);
    const char *name;         /* "validate" */
    const char *text;         /* of the one file of the folder */
    const char *const *extra; /* words before the folder's, to NULL */
};

/* `out` gets what it printed, on standard output and error alike. */
int cmd_bed_run(const struct cmd_bed *bed, struct buf *out);

#endif
