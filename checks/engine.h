/*
 * engine.h - what the checks of one loop share: resolver, transfers, trust.
 *
 * Lifecycle   outlives every check started on it; engine_free() with checks in
 *             flight is an assertion.
 * Ownership   borrows loop, trust and secrets.
 * Errors      NULL with errno.
 * Threads     one engine a loop, loop thread only.
 */
#ifndef CHECKS_ENGINE_H
#define CHECKS_ENGINE_H

#include <stddef.h>
#include <stdint.h>

struct engine;
struct loop;
struct secret_set;
struct trust;

struct engine_opts {
    struct loop *loop;
    struct trust *trust;
    const char *resolvers;      /* "system" or IP[:PORT],... ; NULL: system */
    const char *source;         /* IP that connections and questions of dns
                                   checks leave from (not ping, and not the
                                   proofs of DNSSEC); NULL: as the kernel has
                                   it */
    const char *region;         /* for the User-Agent; NULL: "local" */
    const char *public_url;     /* for the User-Agent; may be NULL */
    size_t handshakes_max;      /* TLS handshakes in progress; 0: 4 */
    const char *plugins;        /* folder of what exec checks may run; NULL:
                                   they may run nothing */
    struct secret_set *secrets; /* of checks' requests; NULL: there are none */
};

struct engine *engine_create(const struct engine_opts *opts);
void engine_free(struct engine *engine);

/* Checks in flight. */
size_t engine_running(const struct engine *engine);

#endif
