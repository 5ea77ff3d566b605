/*
 * conf.h - configuration text as a tree in which every value knows its place.
 *
 * libconfig reads; a lexer of ours (conf_lex.c) goes before it for columns,
 * all errors at once, and what libconfig 1.5 passes over in silence.  What the
 * keys mean is schema.h and the rooms' own tables.
 *
 * Lifecycle   conf_load() reads a file (or every *.conf of a folder) and what
 *             it includes; all trees live until conf_free().
 * Ownership   nodes and their texts belong to the set.
 * Errors      problems go to `diag`; the tree holds what could be read, so
 *             that later steps can find further problems.
 * Threads     none of its own; the set is read-only once loaded.
 */
#ifndef BASE_CONF_H
#define BASE_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"

enum conf_type {
    CONF_GROUP,
    CONF_ARRAY, /* [ ] of scalars */
    CONF_LIST,  /* ( ); used by no setting, kept to be named in an error */
    CONF_STRING,
    CONF_INT,
    CONF_FLOAT,
    CONF_BOOL,
};

struct conf {
    enum conf_type type;
    const char *name; /* NULL for an array's element and for a root */
    const char *text; /* CONF_STRING's value; a number as written */
    int64_t num;      /* CONF_INT, CONF_BOOL; CONF_FLOAT in thousandths */
    struct conf *parent;
    struct conf *first; /* children in source order */
    struct conf *next;
    size_t count;
    struct diag_pos pos;   /* of the name, or of an element */
    struct diag_pos value; /* of the value */
    const char *raw;       /* the value as written, quotes included; "": it is
                              made of what is written at `value` */
    size_t raw_len;
};

struct conf_set;

struct conf_set *conf_set_create(void);
void conf_set_free(struct conf_set *set);

/* Load a file or folder with its includes.  -1 when nothing could be read. */
int conf_load(struct conf_set *set, const char *path, struct diag *diag);
/* The same for text in memory; `name` stands for the file in messages. */
int conf_load_text(struct conf_set *set, const char *name, const char *text,
                   size_t len, struct diag *diag);

/* The roots of the files loaded, in order. */
size_t conf_root_count(const struct conf_set *set);
const struct conf *conf_root(const struct conf_set *set, size_t index);

const struct conf *conf_find(const struct conf *group, const char *name);
const char *conf_type_name(enum conf_type type);
/* The place of `len` bytes of a text, for a caret inside it. */
struct diag_pos conf_pos_in(const struct conf *node, size_t offset, size_t len);

/* `text` as a libconfig string literal with its quotes. */
struct buf;
void conf_quote(struct buf *out, const char *text);

#endif
