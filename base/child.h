/*
 * child.h - run a program in a process group of its own and take what it says.
 *
 * argv, no shell; nothing of this process's environment and descriptors goes
 * along; standard input is empty, standard output and error are one.  Not a
 * limit on time: whoever started it cancels it.
 *
 * Lifecycle   child_start() --+--> done() once, never from inside, or
 *                             +--> child_cancel()
 *             The handle is dead after either.  A cancelled program's group
 *             gets SIGTERM, and SIGKILL CHILD_GRACE_NS later; the pool buries
 *             it.  When a program has ended, what is left of its group gets
 *             SIGKILL.  child_pool_free() kills at once.
 * Ownership   argv and environment are copied by the kernel; `output` is valid
 *             during done() and, for child_output(), until it ends.
 * Errors      NULL with errno: EAGAIN with as many alive as the pool has room
 *             for, else what the kernel says about the program (ENOENT, EACCES).
 * Threads     the loop's.  No function here blocks, but child_pool_free() may
 *             for the moment in which killed programs go.
 */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct child;
struct child_pool;
struct loop;

#define CHILD_OUTPUT_MAX ((size_t)64 * 1024) /* kept; the rest is thrown away */
#define CHILD_FLOOD_MAX  ((size_t)1024 * 1024) /* over this it is killed */
#define CHILD_GRACE_NS   (2000000000LL)

struct child_end {
    int exit_code;    /* -1: a signal ended it */
    int signal;       /* 0 */
    bool has_flooded; /* it was killed for saying more than CHILD_FLOOD_MAX */
    const char *output;
    size_t output_len;
    size_t thrown_away; /* bytes over CHILD_OUTPUT_MAX */
};

typedef void child_done_fn(void *cookie, const struct child_end *end);

/* At most `max` programs, dying ones included. */
struct child_pool *child_pool_create(struct loop *loop, size_t max);
void child_pool_free(struct child_pool *pool); /* with none in flight */

/* `argv[0]` is the program's path; both lists end with NULL. */
struct child *child_start(struct child_pool *pool, const char *const *argv,
                          const char *const *environment, child_done_fn *done,
                          void *cookie);
void child_cancel(struct child *child);

/* What it has said so far. */
const char *child_output(const struct child *child, size_t *len);

#endif
