/*
 * reach.h - the way to an endpoint: its addresses, a connection to one of them,
 * and TLS on it when it is asked for.
 *
 * For the kinds that talk on the connection themselves.  What each part of the
 * way does is target.h, dial.h and secure.h.
 *
 * Lifecycle   reach_start() --+--> done() once, never from inside, or
 *                             +--> reach_cancel()
 *             The handle, its descriptor and its session live until
 *             reach_cancel(), after done() too.
 * Ownership   borrows the endpoint.  The descriptor is the reach's: who has a
 *             stream on it cancels that first.
 * Errors      a reason and a message.
 * Threads     as check.h.
 */
#ifndef CHECKS_REACH_H
#define CHECKS_REACH_H

#include <stdbool.h>
#include <stddef.h>

#include "wire/reason.h"

struct addr;
struct check;
struct reach;
struct spec_endpoint;
struct tls_session;

struct reach_answer {
    int fd;                      /* -1: there is no connection */
    bool is_up;                  /* whatever a certificate is worth */
    struct tls_session *session; /* NULL: in clear */
    enum reason reason;          /* REASON_NONE: nothing is wrong */
    const char *message;         /* with a reason */
};

typedef void reach_done_fn(void *cookie, const struct reach_answer *answer);

struct reach_opts {
    const struct spec_endpoint *at;
    bool is_secured;
    reach_done_fn *done;
    void *cookie;
};

/* NULL: errno. */
struct reach *reach_start(struct check *check, const struct reach_opts *opts);
void reach_cancel(struct reach *reach);

/* The deadline passed: in which phase, and in `why` what did not come. */
enum reason reach_late(const struct reach *reach, char *why, size_t cap);

/* The address that took the connection. */
const struct addr *reach_addr(const struct reach *reach);
/* Closes the connection; the session's texts stay. */
void reach_hang_up(struct reach *reach);

#endif
