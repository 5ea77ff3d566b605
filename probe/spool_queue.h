/*
 * spool_queue.h - results that wait for the sealer, in order, with their size.
 *
 * Ownership   a queue owns its results; spool_queue_pop() hands one out.
 * Units       bytes: about what a result adds to a batch before compression.
 * Errors      none; whoever pushes keeps the bound.
 * Threads     none of its own.
 */
#ifndef PROBE_SPOOL_QUEUE_H
#define PROBE_SPOOL_QUEUE_H

#include <stddef.h>

struct result;
struct spool_queued;

struct spool_queue {
    struct spool_queued *head;
    struct spool_queued **tail;
    size_t count;
    size_t bytes;
};

void spool_queue_init(struct spool_queue *queue);
void spool_queue_free(struct spool_queue *queue); /* leaves it empty */
void spool_queue_push(struct spool_queue *queue, struct result *result);
struct result *spool_queue_pop(struct spool_queue *queue); /* count > 0 */

/* Puts all of `front` before what `queue` holds; `front` is then empty. */
void spool_queue_unpop(struct spool_queue *queue, struct spool_queue *front);
/* Moves from the head of `from` to the end of `to`: at most `count` results,
 * and at most `bytes` but for the last one. */
void spool_queue_move(struct spool_queue *from, struct spool_queue *to,
                      size_t count, size_t bytes);
/* Borrows all results, in order, into `list` of `queue->count`. */
void spool_queue_get(const struct spool_queue *queue,
                     const struct result **list);

#endif
