/*
 * values.h - the values of one run: saved by a step, defined by the check.
 *
 * Not the secrets (base/secret.h) and not what is computed (template.h).  A
 * later value of a name takes the place of the earlier one.
 *
 * Ownership   everything is copied, and wiped when it goes.  What get and at
 *             give is valid until the next set or free.
 * Errors      -1 with errno, and nothing changed: E2BIG over VALUES_BYTES_MAX,
 *             ENOSPC over VALUES_MAX names.
 * Threads     none of its own.
 */
#ifndef CHECKS_VALUES_H
#define CHECKS_VALUES_H

#include <stddef.h>

#define VALUES_MAX       50
#define VALUES_BYTES_MAX 8192 /* of one value */

enum values_flags {
    VALUES_PUBLIC = 1, /* may be shown; without it a value is masked */
    VALUES_SECRET = 2, /* a secret is in it */
    VALUES_OWN = 4,    /* the check's own, of no answer */
};

struct values;

struct value {
    const char *name;
    const char *text; /* NUL-terminated, but may hold NUL bytes before that */
    size_t len;
    unsigned flags;
};

struct values *values_create(void);
void values_free(struct values *values);

/* `value` is borrowed. */
int values_set(struct values *values, const struct value *value);
const struct value *values_get(const struct values *values, const char *name);
/* The i-th in the order of their first set; NULL: no more. */
const struct value *values_at(const struct values *values, size_t i);

#endif
