/*
 * fetch_opts.h - an exchange's options (fetch.h) as a copy of one's own.
 *
 * For whoever starts an exchange later than it was asked for: the fetcher, and
 * call.h while it looks up where to go.
 *
 * Ownership   the copy owns all it points to, and holds a reference of trust;
 *             fetch_opts_free() wipes it, as secrets may be among it.
 * Errors      -1: ENOMEM, or `why`.
 * Threads     any.
 */
#ifndef BASE_FETCH_OPTS_H
#define BASE_FETCH_OPTS_H

#include <stddef.h>

#include "base/addr.h"
#include "base/fetch.h"

struct fetch_own {
    struct fetch_opts opts; /* all pointers into memory, or at address */
    struct addr address;
    char *memory;
    size_t memory_size; /* to be wiped */
};

int fetch_opts_copy(struct fetch_own *own, const struct fetch_opts *opts);
void fetch_opts_free(struct fetch_own *own); /* one that is zeroed, too */
/* Whether they make one request and nothing else. */
int fetch_opts_check(const struct fetch_opts *opts, char *why, size_t cap);

#endif
