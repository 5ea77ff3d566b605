/*
 * jsonpath_walk.h - a path followed through a document, and conditions asked.
 *
 * Not the values of an expectation: jsonpath.c makes those of the nodes.
 *
 * One `work` goes along with a path and all the paths inside its filters, and
 * is what bounds them together.
 *
 * Ownership   nodes are the document's.
 * Errors      `fault` in the work: what was found until then counts for
 *             nothing, for half an answer to `every` would be a wrong one.
 * Threads     none of their own; nothing of path or document is written to.
 */
#ifndef BASE_JSONPATH_WALK_H
#define BASE_JSONPATH_WALK_H

#include <stdbool.h>
#include <stddef.h>

struct json_t;
struct jsonpath;
struct jsonpath_term;

struct jsonpath_work {
    struct json_t *root; /* what `$` means */
    int visited;         /* nodes, in filters too, and work as dear as one */
    const char *fault;   /* static text; NULL: none */
};

/* Given each selected node in order; false ends the walk. */
typedef bool jsonpath_found_fn(void *cookie, struct json_t *node);

/* Follows `path` from the root, or from `node` when it begins with `@`. */
void jsonpath_walk(struct jsonpath_work *work, const struct jsonpath *path,
                   struct json_t *node, jsonpath_found_fn *found, void *cookie);

/* Counts `count` visits; false: over the limit, or a fault before. */
bool jsonpath_walk_count(struct jsonpath_work *work, size_t count);

/* Whether `condition` holds where `@` is `node`; false with a fault. */
bool jsonpath_eval(struct jsonpath_work *work,
                   const struct jsonpath_term *condition, struct json_t *node);

#endif
