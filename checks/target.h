/*
 * target.h - from a check's host to the addresses it may connect to.
 *
 * The override (`resolve`), a literal address, or the resolver; then the
 * address policy, which every address has to pass before anyone connects.
 * Not the connecting: dial.h and base/fetch.h.
 *
 * Lifecycle   target_start() --+--> done() once, never from inside, or
 *                              +--> target_cancel()
 *             The handle lives until target_cancel(), after done() too.
 * Ownership   the answer is valid during done().
 * Errors      no usable address is an answer with a reason.
 * Threads     as check.h.
 */
#ifndef CHECKS_TARGET_H
#define CHECKS_TARGET_H

#include <stddef.h>
#include <stdint.h>

#include "wire/reason.h"

struct addr;
struct check;
struct target;

#define TARGET_ADDRS_MAX 8 /* tried of a name; the rest is not */

struct target_answer {
    enum reason reason;  /* REASON_NONE: there are addresses */
    const char *message; /* with a reason */
    const struct addr *addrs;
    size_t count;
};

typedef void target_done_fn(void *cookie, const struct target_answer *answer);

/* Adds the time of a lookup to the check's phases.  NULL: errno. */
struct target *target_start(struct check *check, const char *host,
                            uint16_t port, target_done_fn *done, void *cookie);
void target_cancel(struct target *target);

#endif
