/*
 * dial.h - a TCP connection to the first of some addresses that takes it.
 *
 * Trying the next address inside the deadline is no second run: a name with
 * two addresses works when one does.  Which one answered is told.
 *
 * Lifecycle   dial_start() --+--> done() once, never from inside, or
 *                            +--> dial_cancel()
 *             The handle lives until dial_cancel(), after done() too.
 * Ownership   addresses are copied; done() gets the descriptor to keep.
 * Errors      a reason and a message.
 * Threads     as check.h.
 */
#ifndef CHECKS_DIAL_H
#define CHECKS_DIAL_H

#include <stddef.h>
#include <stdint.h>

#include "wire/reason.h"

struct addr;
struct check;
struct dial;
struct look;
struct loop;

struct dial_answer {
    int fd;              /* -1 with a reason */
    enum reason reason;  /* REASON_NONE: connected */
    const char *message; /* with a reason */
};

typedef void dial_done_fn(void *cookie, const struct dial_answer *answer);

struct dial_opts {
    struct loop *loop;
    struct look *look; /* the time, the address and what the kernel
                          knows go there; or NULL */
    int64_t timeout_ns;
    const struct addr *source; /* it leaves from; NULL: the kernel's choice;
                                  outlives the dial */
};

/* NULL: errno. */
struct dial *dial_start_at(const struct dial_opts *opts,
                           const struct addr *addrs, size_t count,
                           dial_done_fn *done, void *cookie);
/* For the look of a check, until its deadline. */
struct dial *dial_start(struct check *check, const struct addr *addrs,
                        size_t count, dial_done_fn *done, void *cookie);
void dial_cancel(struct dial *dial);

/* The address being tried, for a message about a deadline. */
const char *dial_address(struct dial *dial);
/* The address that is being tried, or took the connection. */
const struct addr *dial_addr(const struct dial *dial);

/* What errno of a socket or a connect says. */
enum reason dial_reason(int error);

#endif
