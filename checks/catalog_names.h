/*
 * catalog_names.h - what the files of a configuration name: the groups that
 * checks are made of, gathered over all files.
 *
 * Lifecycle   catalog_names_open(), catalog_names_close().
 * Ownership   nodes and names are borrowed from the conf_set.
 * Errors      a name given twice, in whichever files, goes to `diag` with both
 *             places; the first stays.
 * Threads     any.
 */
#ifndef CHECKS_CATALOG_NAMES_H
#define CHECKS_CATALOG_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "checks/each.h"

struct conf;
struct conf_set;
struct diag;

#define CATALOG_LIKE_MAX 8 /* templates, one inheriting the other */

struct catalog_nodes {
    const struct conf **item; /* in the order written */
    const struct conf **sorted;
    size_t count;
};

struct catalog_names {
    const struct conf *defaults; /* or NULL */
    struct catalog_nodes templates;
    struct catalog_nodes checks; /* those `each` makes in place of its own */
    struct each_store made;
    const char **regions; /* configured, or else all that are named */
    size_t region_count;  /* at least 1: "local" */
    bool has_regions;     /* there is a group `regions` */
    const char **policies;
    size_t policy_count;
    bool are_right; /* no fault in defaults and templates */
};

void catalog_names_open(struct catalog_names *names, const struct conf_set *set,
                        struct diag *diag);
void catalog_names_close(struct catalog_names *names);

const struct conf *catalog_names_find(const struct catalog_nodes *nodes,
                                      const char *name);
/* The templates `node` inherits by `like`, the nearest last; as far as they
 * are known and not in a circle.  How many. */
size_t catalog_names_chain(const struct catalog_names *names,
                           const struct conf *node,
                           const struct conf *chain[CATALOG_LIKE_MAX]);
/* "did you mean", or NULL; caller frees. */
char *catalog_names_nearest(const struct catalog_nodes *nodes,
                            const char *name);

#endif
