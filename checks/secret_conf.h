/*
 * secret_conf.h - `secrets` of a configuration, or of a check's own text: what
 * is defined, where it is read, to which origins it may go.
 *
 * Not the values (base/secret.h) and not the references (compile_secret.c).
 *
 * Lifecycle   secret_conf_open(), secret_conf_close().
 * Ownership   borrows the conf_set.
 * Errors      all problems go to `diag`; what has one stays findable, so that
 *             no reference to it is called unknown.
 * Units       as base/secret.h.
 * Threads     read-only once made: any.
 */
#ifndef CHECKS_SECRET_CONF_H
#define CHECKS_SECRET_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/schema.h"
#include "base/secret.h"

struct buf;
struct conf;
struct conf_set;
struct diag;

extern const struct schema secret_conf_table; /* one secret's settings */

struct secret_conf {
    const struct conf *node;
    struct secret_def def; /* of one held by the controller, in a text that
                              travelled, the source is SECRET_GIVEN */
    char *from;
    char **argv;
    char **origins; /* canonical */
    bool is_right;
};

struct secret_confs { /* by name */
    struct secret_conf *item;
    size_t count;
};

/* `is_local`: a configuration, in which each has its source. */
void secret_conf_open(struct secret_confs *confs, const struct conf_set *set,
                      struct diag *diag, bool is_local);
void secret_conf_close(struct secret_confs *confs);

const struct secret_conf *secret_conf_find(const struct secret_confs *confs,
                                           const char *name);
/* "did you mean", or NULL; caller frees. */
char *secret_conf_nearest(const struct secret_confs *confs, const char *name);

/* Puts every right definition into `set`; the second, those read there. */
void secret_conf_add_all(const struct secret_confs *confs,
                         struct secret_set *set);
void secret_conf_add_at(const struct secret_confs *confs, enum secret_at at,
                        struct secret_set *set);

/* Every right definition in the text of an assigned check goes into `set`,
 * unless that name is there; -1: the text cannot be read. */
int secret_conf_read_text(const char *text, struct secret_set *set);

/* Its settings as configuration, one a line, each begun by `indent`.  The
 * source and `refresh` of what the controller holds stay with it: only
 * `with_source` writes them. */
void secret_conf_format(const struct secret_conf *conf, const char *indent,
                        bool with_source, struct buf *out);

#endif
