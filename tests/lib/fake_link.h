/*
 * fake_link.h - a link a test plays by hand: calls wait until it answers.
 */
#ifndef TESTS_LIB_FAKE_LINK_H
#define TESTS_LIB_FAKE_LINK_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "probe/link.h"

#define FAKE_LINK_MAX 16

struct link_call {
    struct fake_link *link;
    struct link_request request;
    unsigned char *body;
};

struct fake_link {
    struct link link;
    struct link_call *calls[FAKE_LINK_MAX]; /* oldest first */
    size_t count;
    size_t started[3]; /* by path, ever */
    size_t cancelled;
    int refuse_start;
};

static inline struct link_call *
fake_link_on_start(struct link *link, const struct link_request *request)
{
    struct fake_link *fake = (struct fake_link *)link;
    struct link_call *call;

    fake->started[request->path]++;
    if (fake->refuse_start)
        return NULL;
    call = calloc(1, sizeof(*call));
    assert(call != NULL && fake->count < FAKE_LINK_MAX);
    call->link = fake;
    call->request = *request;
    call->body = malloc(request->len + 1);
    assert(call->body != NULL);
    memcpy(call->body, request->body, request->len);
    call->request.body = call->body;
    fake->calls[fake->count++] = call;
    return call;
}

static inline void
fake_link_forget(struct link_call *call)
{
    struct fake_link *fake;
    size_t i = 0;

    assert(call != NULL);
    fake = call->link;
    while (fake->calls[i] != call)
        i++;
    fake->count--;
    memmove(&fake->calls[i], &fake->calls[i + 1],
            (fake->count - i) * sizeof(fake->calls[0]));
}

static inline void
fake_link_free_call(struct link_call *call)
{
    free(call->body);
    free(call);
}

static inline void
fake_link_on_cancel(struct link_call *call)
{
    if (call == NULL)
        return;
    call->link->cancelled++;
    fake_link_forget(call);
    fake_link_free_call(call);
}

static inline void
fake_link_init(struct fake_link *fake)
{
    memset(fake, 0, sizeof(*fake));
    fake->link.start = fake_link_on_start;
    fake->link.cancel = fake_link_on_cancel;
}

/* The oldest call to `path` that waits; NULL: none. */
static inline struct link_call *
fake_link_find(struct fake_link *fake, enum link_path path)
{
    for (size_t i = 0; i < fake->count; i++)
        if (fake->calls[i]->request.path == path)
            return fake->calls[i];
    return NULL;
}

static inline void
fake_link_answer(struct link_call *call, int status, const void *body,
                 size_t len)
{
    struct link_reply reply = {status, status == 200 ? "" : "no", body, len};

    fake_link_forget(call);
    call->request.done(call->request.cookie, &reply);
    fake_link_free_call(call);
}

#endif
