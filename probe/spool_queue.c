#include "probe/spool_queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "wire/result.h"

#define RESULT_BYTES 400 /* of a result or step beside evidence, about */

struct spool_queued {
    struct spool_queued *next;
    struct result *result;
    size_t bytes;
};

void
spool_queue_init(struct spool_queue *q)
{
    *q = (struct spool_queue){0};
    q->tail = &q->head;
}

void
spool_queue_free(struct spool_queue *q)
{
    while (q->count > 0)
        result_free(spool_queue_pop(q));
}

static void
append(struct spool_queue *q, struct spool_queued *one)
{
    one->next = NULL;
    *q->tail = one;
    q->tail = &one->next;
    q->count++;
    q->bytes += one->bytes;
}

static struct spool_queued *
take(struct spool_queue *q)
{
    struct spool_queued *one = q->head;

    assert(one != NULL);
    q->head = one->next;
    if (q->head == NULL)
        q->tail = &q->head;
    q->count--;
    q->bytes -= one->bytes;
    return one;
}

void
spool_queue_push(struct spool_queue *q, struct result *result)
{
    struct spool_queued *one = str_xcalloc(1, sizeof(*one));

    one->result = result;
    one->bytes = RESULT_BYTES * (1 + result->step_count);
    if (result->evidence != NULL)
        one->bytes += strlen(result->evidence);
    append(q, one);
}

struct result *
spool_queue_pop(struct spool_queue *q)
{
    struct spool_queued *one = take(q);
    struct result *result = one->result;

    free(one);
    return result;
}

void
spool_queue_unpop(struct spool_queue *q, struct spool_queue *front)
{
    while (q->count > 0)
        append(front, take(q));
    while (front->count > 0)
        append(q, take(front));
}

void
spool_queue_move(struct spool_queue *from, struct spool_queue *to, size_t count,
                 size_t bytes)
{
    while (from->count > 0 && to->count < count && to->bytes < bytes)
        append(to, take(from));
}

void
spool_queue_get(const struct spool_queue *q, const struct result **list)
{
    for (const struct spool_queued *one = q->head; one != NULL; one = one->next)
        *list++ = one->result;
}
