/*
 * worker.h - one thread that does what may block: disk and database writes.
 *
 * Not a pool: jobs of one worker run one after the other in the order pushed,
 * which is what keeps a store's history in order.
 *
 * Lifecycle   worker_push() -> job(cookie) on the worker's thread ->
 *             done(cookie) on the home loop, exactly once.  There is no cancel.
 *             worker_free() runs what is queued, joins, and calls the dones
 *             that are left before it returns.
 * Ownership   `cookie` belongs to the job until done().
 * Errors      worker_push() -1 with ENOBUFS when `queue_max` jobs wait.
 * Threads     push and free on the home loop's thread.
 *
 * tests/lib/fake_worker.c runs the job at once and posts done.
 */
#ifndef BASE_WORKER_H
#define BASE_WORKER_H

#include <stddef.h>

struct loop;
struct worker;

typedef void worker_fn(void *cookie);

struct worker *worker_create(struct loop *home, const char *name,
                             size_t queue_max);
void worker_free(struct worker *worker);

/* `done` may be NULL. */
int worker_push(struct worker *worker, worker_fn *job, worker_fn *done,
                void *cookie);

/* Jobs queued or running. */
size_t worker_pending_count(const struct worker *worker);

#endif
