/*
 * crew.h - the lanes of a probe: one on its main loop, the others on threads.
 *
 * Lifecycle   crew_free() ends the threads; nothing is reported after it.
 * Ownership   on_result() gets a result that it owns; assignments are counted.
 * Errors      NULL with errno.
 * Threads     all functions on the home loop's thread, and on_result() comes
 *             there too.  Lanes and the home loop meet in posted messages that
 *             own what they carry.
 */
#ifndef PROBE_CREW_H
#define PROBE_CREW_H

#include <stddef.h>

#include "probe/lane.h"

#define CREW_LANES_MAX 4

struct crew;

struct crew_opts {
    struct loop *loop; /* home: lane 0 lives here */
    struct log *log;
    struct trust *trust;
    const char *resolvers;
    const char *plugins; /* engine.h */
    const char *source;  /* engine.h */
    const char *region;
    struct secret_set *secrets; /* of all lanes */
    size_t concurrency_max;     /* of all lanes */
    size_t lanes;               /* 1 to CREW_LANES_MAX */
    lane_result_fn *on_result;
    void *cookie;
};

struct crew *crew_create(const struct crew_opts *opts);
void crew_free(struct crew *crew);

/* Takes the reference. */
void crew_set_assignment(struct crew *crew, struct assignment *assignment);
void crew_run_now(struct crew *crew, const struct message_run_now *run_now,
                  mono_t expires);

struct lane_counts crew_counts(const struct crew *crew); /* summed up */
struct engine *crew_engine(struct crew *crew);           /* of lane 0 */

#endif
