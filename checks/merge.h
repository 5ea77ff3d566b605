/*
 * merge.h - one check's settings after defaults, template and check itself.
 *
 * The last layer that has a setting wins; `expect` adds up, unless it holds
 * "!reset"; `headers` do so name by name; `tags` take +x, -x and x.  Every value
 * keeps where it came from.
 *
 * A setting of steps (`journey`) holds one merge a step, in the order written:
 * what the check says for all of its steps, then the step's template, then the
 * step.
 *
 * Lifecycle   a zeroed one is empty; merge_add() for each layer in order;
 *             merge_open_steps(), then merge_add() for each step's layers;
 *             merge_clear().
 * Ownership   nodes are borrowed; `text` of a value is the merge's, and so is
 *             what merge_make() makes.
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
    bool is_own;             /* written on the check or step itself */
    bool has_num;            /* `num` stands instead of what is written */
    int64_t num;
    char *text;         /* stands instead of what is written; or NULL */
    const char *note;   /* why, for `picket show`; or NULL */
    struct merge *step; /* of a setting that holds steps */
    size_t step_count;
};

struct merge_list {
    const struct conf **item; /* texts, each with its place */
    size_t count;
};

struct secret_conf;

struct merge {
    const char *name;
    const struct conf *check; /* or the step */
    int kind;                 /* spec_kind, spec_step_kind, or -1 */
    struct merge *whole;      /* of a step: the check it belongs to */
    struct merge_value value[SPEC_KEY_COUNT];
    struct merge_list expect;
    struct merge_list tags;
    const struct secret_conf **secrets; /* referred to, by name */
    size_t secret_count;
    void **made; /* by merge_make() and merge_keep() */
    size_t made_count;
};

void merge_add(struct merge *merge, const struct conf *layer, bool is_own);
/* As if `key` were written nowhere. */
void merge_remove(struct merge *merge, enum spec_key key);
void merge_clear(struct merge *merge);

/* Makes the merges of the steps that `key` holds, with what the check has for
 * each of them; their own layers are then added to each. */
void merge_open_steps(struct merge *merge, enum spec_key key);

/* May the check say it once for all of its steps? */
bool merge_is_shared(enum spec_key key);

/* A node at the place of `at`, without members; they are linked by hand.  It
 * stands for something that is written otherwise. */
struct conf *merge_make(struct merge *merge, const struct conf *at);
/* Takes `text`, which lives as long as the merge. */
char *merge_keep(struct merge *merge, char *text);

/* A tag without its `+`. */
const char *merge_tag(const struct conf *item);

/* A secret the check or its step refers to: its definition stands in the
 * text. */
void merge_add_secret(struct merge *merge, const struct secret_conf *secret);

/* The merged check as text that compiles to the same check: the text that
 * travels.  `merge_show` adds to each value where it came from. */
void merge_format(const struct merge *merge, struct buf *out);
void merge_show(const struct merge *merge, struct buf *out);

#endif
