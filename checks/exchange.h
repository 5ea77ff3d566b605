/*
 * exchange.h - one request, followed through its redirects to the last answer.
 *
 * Fills a look, hop by hop; does not judge what came (expect.h) beyond whether
 * it came.  Not one connection: that is base/fetch.h, of which each hop is one,
 * or several when a name has addresses that do not take the connection.
 *
 * Lifecycle   exchange_start() --+--> done() once, never from inside, or
 *                                +--> exchange_cancel()
 *             The handle lives until exchange_cancel(), after done() too.
 * Ownership   everything in the opts is borrowed until exchange_cancel().  What
 *             the look has seen of the answer (head, body, chain) is valid
 *             during done(); the rest of it until exchange_cancel().
 * Errors      what goes wrong is a fault of the look.  NULL: errno.
 * Threads     as check.h.
 */
#ifndef CHECKS_EXCHANGE_H
#define CHECKS_EXCHANGE_H

#include <stdbool.h>

#include "base/clock.h"

struct addr;
struct exchange;
struct look;
struct scope;
struct spec_request;

struct exchange_opts {
    struct scope *scope;
    const struct spec_request *request;
    struct look *look;
    mono_t deadline;
    bool keeps_cookies; /* of the last answer, too: others come after it */
    const struct addr
        *address; /* of the request's own host; NULL: look it up */
};

typedef void exchange_done_fn(void *cookie);

struct exchange *exchange_start(const struct exchange_opts *opts,
                                exchange_done_fn *done, void *cookie);
/* The deadline passed: a fault named by where it got to, and done(). */
void exchange_expire(struct exchange *exchange);
void exchange_cancel(struct exchange *exchange);

#endif
