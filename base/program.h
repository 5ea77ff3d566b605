/*
 * program.h - start a program in a process group of its own, and bury it.
 *
 * Not what it says and not how long it may take: on a loop that is child.h, on
 * a thread that may wait it is secret_source.c.
 *
 * It gets standard input from /dev/null, no descriptor but the three, and no
 * signal ignored or blocked, whatever this process does with its own.
 *
 * Ownership   lists and descriptors stay the caller's; the kernel copies.
 * Errors      program_start(): -1 and errno, as the kernel says (ENOENT,
 *             EACCES, EAGAIN).
 * Threads     any.
 */
#ifndef BASE_PROGRAM_H
#define BASE_PROGRAM_H

#include <sys/types.h>

/*
 * `argv[0]` without a slash is looked for in PATH; both lists end with NULL.
 * `out` becomes its standard output, `err` its standard error; -1: what they
 * are here.
 */
pid_t program_start(const char *const *argv, const char *const *environment,
                    int out, int err);

/*
 * Kills what is left of its group, then reaps it; its status, as of waitpid(2).
 * In that order: until it is reaped nobody else can have that number.
 */
int program_bury(pid_t pid);

#endif
