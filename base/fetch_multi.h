/*
 * fetch_multi.h - libcurl's multi handle on the loop.
 *
 * Of the fetcher's files alone.
 *
 * Lifecycle   a job is put on the multi by fetch_multi_add() and leaves it by
 *             fetch_multi_remove(); `ended` is called from the loop, never from
 *             inside an add, and the job is still on the multi then.
 * Ownership   borrows jobs while they are on it.
 * Errors      -1: errno.
 * Threads     loop thread only.
 */
#ifndef BASE_FETCH_MULTI_H
#define BASE_FETCH_MULTI_H

struct fetcher;

/* One easy handle on the multi. */
struct fetch_job {
    void *easy;                                     /* libcurl's CURL */
    void (*ended)(struct fetch_job *job, int code); /* CURLcode */
};

int fetch_multi_open(struct fetcher *fetcher);
void fetch_multi_close(struct fetcher *fetcher);
int fetch_multi_add(struct fetcher *fetcher, struct fetch_job *job);
void fetch_multi_remove(struct fetcher *fetcher, struct fetch_job *job);
/* Let curl begin what was added; from the loop only, may end jobs. */
void fetch_multi_kick(struct fetcher *fetcher);

/* Around a done() that is called from elsewhere than curl's end: it may free
 * the fetcher, which then goes at the leave. */
void fetch_multi_enter(struct fetcher *fetcher);
void fetch_multi_leave(struct fetcher *fetcher);

#endif
