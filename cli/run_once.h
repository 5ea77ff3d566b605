/*
 * run_once.h - run a list of checks once, here, without a daemon.
 *
 * Lifecycle   blocks until every check has reported, or an interrupt.
 * Ownership   borrows everything; results are valid during each().
 * Errors      -1: no loop or trust could be made, or an interrupt came before
 *             the last result; it was printed.
 * Threads     makes a loop of its own.
 */
#ifndef CLI_RUN_ONCE_H
#define CLI_RUN_ONCE_H

#include <stddef.h>

struct buf;
struct result;
struct secret_set;
struct spec;

typedef void run_once_fn(void *cookie, const struct spec *spec,
                         const struct result *result);

struct run_once_opts {
    struct spec *const *specs;
    size_t count;
    size_t at_once_max;         /* 0: 16 */
    const char *resolvers;      /* NULL: the system's */
    const char *plugins;        /* engine.h; NULL: exec checks run nothing */
    const char *ca_file;        /* believed beside the system's; NULL: none */
    struct secret_set *secrets; /* what the checks use is read; NULL: none */
    run_once_fn *each;
    void *cookie;
};

int run_once(const struct run_once_opts *opts);

/* A result's line of `--json`: one object. */
void run_once_add_json(struct buf *out, const struct spec *spec,
                       const struct result *result);

/* The monitoring plugins' code of the worst of some statuses, counted by enum
 * status: 0 up, 1 degraded, 2 down, 3 error; down is worse than error. */
int run_once_exit_code(const int *status_counts);

#endif
