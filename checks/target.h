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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/reason.h"

struct addr;
struct check;
struct engine;
struct look;
struct lookup;
struct spec_net;
struct target;

#define TARGET_ADDRS_MAX 8  /* tried of a name; the rest is not */
#define TARGET_ALL_MAX   32 /* when all of them are asked for */

struct target_answer {
    enum reason reason;       /* REASON_NONE: there are addresses */
    const char *message;      /* with a reason */
    const struct addr *addrs; /* that the policy allows */
    size_t count;
    struct lookup *lookup; /* the look's, of this name; NULL: none was made */
    const struct addr *blocked; /* that it does not, beside those */
    size_t blocked_count;
};

typedef void target_done_fn(void *cookie, const struct target_answer *answer);

struct target_opts {
    struct engine *engine;
    const struct spec_net *net; /* borrowed, as is the look */
    struct look *look;          /* the time of a lookup is added here */
    int64_t timeout_ns;
    const char *host;
    uint16_t port;
    bool all;      /* up to TARGET_ALL_MAX of the name */
    bool is_other; /* a host that nobody wrote, as a redirect's: `resolve` is
                      not about it */
};

/* NULL: errno. */
struct target *target_start_at(const struct target_opts *opts,
                               target_done_fn *done, void *cookie);
/* For the look of a check, until its deadline. */
struct target *target_start(struct check *check, const char *host,
                            uint16_t port, target_done_fn *done, void *cookie);
void target_cancel(struct target *target);

#endif
