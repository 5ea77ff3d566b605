/*
 * join.h - `picket probe join`: an invitation becomes an identity.
 *
 * Makes the key here, sends a request for a certificate with the one-time
 * token to the invited URL, believes only the CA whose SHA-256 the invitation
 * names, and writes the identity and probe.conf.
 *
 * Lifecycle   join_start() --+--> done() once, never from inside, or
 *                            +--> join_cancel()
 * Ownership   options are copied; `result` is valid during done().
 * Errors      a refusal is a result with `why`.  NULL from start: `why`.
 * Threads     the loop's.  Writes a few small files on it: a command's loop.
 */
#ifndef PROBE_JOIN_H
#define PROBE_JOIN_H

#include <stddef.h>

struct invite;
struct join;
struct loop;

struct join_opts {
    struct loop *loop;
    const struct invite *invite;
    const char *name;      /* wished; NULL: the invitation's */
    const char *state_dir; /* NULL: /var/lib/picket-probe */
    const char *config;    /* probe.conf to write; never over another's */
    const char *proxy;     /* NULL: none */
};

struct join_result {
    const char *why; /* NULL: joined */
    const char *name;
    const char *region;
};

typedef void join_done_fn(void *cookie, const struct join_result *result);

struct join *join_start(const struct join_opts *opts, join_done_fn *done,
                        void *cookie, char *why, size_t cap);
void join_cancel(struct join *join);

#endif
