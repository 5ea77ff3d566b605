#include "probe/assignment.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/compress.h"
#include "base/file.h"
#include "base/str.h"
#include "wire/message.h"

struct assignment {
    atomic_int refs;
    struct message_sync_reply *reply;
    const struct message_assigned **sorted;
    size_t count;
};

static int
by_name(const void *a, const void *b)
{
    const struct message_assigned *const *x = a, *const *y = b;

    return strcmp((*x)->check, (*y)->check);
}

/* Sorting does not keep the order of equals, but by address it is that of the
 * reply. */
static int
by_name_then_place(const void *a, const void *b)
{
    const struct message_assigned *const *x = a, *const *y = b;
    int order = by_name(a, b);

    if (order != 0)
        return order;
    return *x < *y ? -1 : *x > *y;
}

struct assignment *
assignment_create(struct message_sync_reply *reply)
{
    struct assignment *a = str_xcalloc(1, sizeof(*a));
    size_t n = reply->assigned_count, kept = 0;

    atomic_init(&a->refs, 1);
    a->reply = reply;
    a->sorted = str_xcalloc(n + 1, sizeof(*a->sorted));
    for (size_t i = 0; i < n; i++)
        a->sorted[i] = &reply->assigned[i];
    if (n > 0)
        qsort(a->sorted, n, sizeof(*a->sorted), by_name_then_place);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || by_name(&a->sorted[kept - 1], &a->sorted[i]) != 0)
            a->sorted[kept++] = a->sorted[i];
    a->count = kept;
    return a;
}

struct assignment *
assignment_ref(struct assignment *a)
{
    (void)atomic_fetch_add(&a->refs, 1);
    return a;
}

void
assignment_free(struct assignment *a)
{
    if (a == NULL || atomic_fetch_sub(&a->refs, 1) != 1)
        return;
    message_free(a->reply);
    free(a->sorted);
    free(a);
}

uint64_t
assignment_generation(const struct assignment *a)
{
    return a->reply->generation;
}

size_t
assignment_count(const struct assignment *a)
{
    return a->count;
}

const struct message_assigned *
assignment_get(const struct assignment *a, size_t index)
{
    assert(index < a->count);
    return a->sorted[index];
}

/* Run-nows are of the moment: they are not kept.  Nor are secrets, and without
 * them it is not what the controller calls that generation. */
int
assignment_write(const struct assignment *a, const char *path)
{
    struct message_sync_reply kept = *a->reply;
    struct buf plain, packed;
    int rc = -1;

    kept.run_now_count = 0;
    if (kept.given_count > 0)
        kept.generation = 0;
    kept.given_count = 0;
    buf_init(&plain, MESSAGE_SYNC_MAX);
    buf_init(&packed, MESSAGE_SYNC_MAX);
    errno = EFBIG;
    if (message_encode_sync_reply(&plain, &kept) == 0 &&
        compress_pack(&packed, plain.data, plain.len) == 0)
        rc = file_replace(path, packed.data, packed.len, 0600);
    buf_free(&plain);
    buf_free(&packed);
    return rc;
}

struct assignment *
assignment_read(const char *path, char *why, size_t cap)
{
    struct message_sync_reply *reply = NULL;
    struct buf plain, packed;

    buf_init(&plain, MESSAGE_SYNC_MAX);
    buf_init(&packed, MESSAGE_SYNC_MAX);
    if (file_read(path, &packed) != 0)
        (void)snprintf(why, cap, "%s: %s", path, strerror(errno));
    else if (compress_unpack(&plain, packed.data, packed.len) != 0 ||
             (reply = message_decode_sync_reply(plain.data, plain.len)) == NULL)
        (void)snprintf(why, cap, "%s: damaged; delete it", path);
    buf_free(&plain);
    buf_free(&packed);
    return reply == NULL ? NULL : assignment_create(reply);
}
