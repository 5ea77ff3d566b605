/*
 * secret_use.h - the secrets one run has taken, held for the run's whole life.
 *
 * A re-read swaps the set's values in the middle of runs; a run goes on with
 * those it began with, so that its steps agree and all of them are masked.
 *
 * Lifecycle   zeroed but for `set` (NULL: there are no secrets);
 *             secret_use_clear() ends it, and leaves it ready to be used again.
 * Ownership   borrows `set`; a value given is valid until clear().
 * Errors      NULL, and `why` is the message of a `local.secret`.
 * Threads     those of the run.
 */
#ifndef CHECKS_SECRET_USE_H
#define CHECKS_SECRET_USE_H

#include <stdbool.h>
#include <stddef.h>

struct mask;
struct secret_set;
struct secret_use_taken;
struct secret_value;
struct spec;

struct secret_use {
    struct secret_set *set;
    struct secret_use_taken *taken;
    size_t count;
};

void secret_use_clear(struct secret_use *use);

/* The value of `${secret.NAME}` in a request to `origin`
 * (url_format_origin()); the same each time within a run. */
const struct secret_value *secret_use_get(struct secret_use *use,
                                          const char *name, const char *origin,
                                          char *why, size_t cap);

/* Whether a request to `origin` may have `text` in its address: false when a
 * value taken stands in it, in whatever encoding (base/mask.h), that is not for
 * there.  A server that repeats what it was sent in its Location gives it to
 * whom it likes. */
bool secret_use_may_go(const struct secret_use *use, const char *text,
                       const char *origin, char *why, size_t cap);

/* `origin` answered 401 or 403: the sources of what it was given are read
 * again, once for all the runs that meet it. */
void secret_use_refused(struct secret_use *use, const char *origin);

/* Adds to `mask` every value taken, and what `spec` (NULL: nothing) declares
 * besides: an answer may show what was never sent. */
void secret_use_mask(const struct secret_use *use, const struct spec *spec,
                     struct mask *mask);

#endif
