/*
 * merge.h - one check's settings after defaults, template and check itself.
 *
 * The last layer that has a setting wins; `expect` adds up, unless it holds
 * "!reset"; `tags` take +x, -x and x.  Every value keeps where it came from.
 *
 * Lifecycle   a zeroed one is empty; merge_add() for each layer in order;
 *             merge_clear().
 * Ownership   nodes are borrowed; `text` of a value is the merge's.
 * Units       numbers as schema.h.
 * Errors      none: a value that is wrong is passed over, and was reported
 *             when its layer was checked.
 * Threads     any.
 */
#ifndef CHECKS_MERGE_H
#define CHECKS_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checks/spec_table.h"

struct buf;
struct conf;

#define MERGE_RESET "!reset"

struct merge_value {
    const struct conf *from; /* NULL: not written anywhere */
    bool is_own;             /* written on the check itself */
    bool has_num;            /* `num` stands instead of what is written */
    int64_t num;
    char *text;       /* stands instead of what is written; or NULL */
    const char *note; /* why, for `picket show`; or NULL */
};

struct merge_list {
    const struct conf **item; /* texts, each with its place */
    size_t count;
};

struct secret_conf;

struct merge {
    const char *name;
    const struct conf *check;
    int kind; /* spec_kind, or -1 */
    struct merge_value value[SPEC_KEY_COUNT];
    struct merge_list expect;
    struct merge_list tags;
    const struct secret_conf **secrets; /* referred to, by name */
    size_t secret_count;
};

void merge_add(struct merge *merge, const struct conf *layer, bool is_own);
void merge_clear(struct merge *merge);

/* A tag without its `+`. */
const char *merge_tag(const struct conf *item);

/* A secret the check refers to: its definition stands in the text. */
void merge_add_secret(struct merge *merge, const struct secret_conf *secret);

/* The merged check as text that compiles to the same check: the text that
 * travels.  `merge_show` adds to each value where it came from. */
void merge_format(const struct merge *merge, struct buf *out);
void merge_show(const struct merge *merge, struct buf *out);

#endif
