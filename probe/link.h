/*
 * link.h - the way to the controller as the uplink sees it: a body there, a
 * body back.
 *
 * link_http.c is the real one; tests and scenarios plug their own.
 *
 * Lifecycle   start() --+--> done(cookie, reply)  exactly once, never from
 *                       |                         inside, or
 *                       +--> cancel()
 * Ownership   the body of a request is copied by start(); a reply is valid
 *             during done().
 * Errors      whatever goes wrong is a reply without a status.  start() NULL:
 *             not even begun.
 * Threads     the loop's.
 */
#ifndef PROBE_LINK_H
#define PROBE_LINK_H

#include <stddef.h>
#include <stdint.h>

enum link_path { LINK_SYNC, LINK_RESULTS, LINK_RENEW };

struct link_call;

struct link_reply {
    int status;         /* HTTP; 0: no answer came */
    const char *detail; /* for people, when status is not 200; never NULL */
    const void *body;
    size_t len;
};

typedef void link_done_fn(void *cookie, const struct link_reply *reply);

struct link_request {
    enum link_path path;
    const void *body;
    size_t len;
    int64_t timeout_ns;
    link_done_fn *done;
    void *cookie;
};

struct link {
    struct link_call *(*start)(struct link *link,
                               const struct link_request *request);
    void (*cancel)(struct link_call *call); /* NULL is harmless */
};

#endif
