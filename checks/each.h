/*
 * each.h - one check written once for many hosts: `each` into many checks.
 *
 *     each = [ "a.example", "b.example" ];                  ${each}
 *     each = { market = [ "de", "fr" ]; via = [ "x" ]; };   ${market}, ${via}
 *
 * A check NAME with `each` stands for one check a value, or a combination of
 * values, the first list turning slowest.  Each is called NAME-VALUE[-VALUE]
 * with every run of bytes that a name cannot hold as one `-`.  What it
 * inherits has its values too.
 *
 * Not what a journey's steps save: such a `${...}` is left as it is.
 *
 * Lifecycle   a zeroed store is empty; each_close() frees what was made.
 * Ownership   copies belong to the store and borrow from the conf_set.
 * Errors      to `diag`, with the place of the value or of the reference; a
 *             check with one is not handed on.
 * Threads     any.
 */
#ifndef CHECKS_EACH_H
#define CHECKS_EACH_H

#include <stddef.h>

struct conf;
struct diag;

#define EACH_CHECKS_MAX 2000 /* that one `each` makes */
#define EACH_LISTS_MAX  8
#define EACH_VALUE_MAX  255 /* bytes */

struct each_store {
    void **item;
    size_t count;
};

struct each_check {
    const struct conf *check;
    const struct conf *const *templates; /* it inherits, the nearest last */
    size_t template_count;
    const struct conf *defaults; /* or NULL */
};

typedef void each_add_fn(void *cookie, const struct conf *check);

/* Hands on the checks that `what->check` stands for: itself, without `each`.
 * -1 when one is wrong. */
int each_expand(struct each_store *store, const struct each_check *what,
                struct diag *diag, each_add_fn *add, void *cookie);
/* `layer` as `check` inherits it. */
const struct conf *each_layer(struct each_store *store,
                              const struct conf *layer,
                              const struct conf *check);
/* A group of texts, the values `check` was made with; NULL: it was written as
 * it is. */
const struct conf *each_values(const struct conf *check);
void each_close(struct each_store *store);

#endif
