/*
 * fetch_answer.h - what an exchange receives, within limits while it comes.
 *
 * Of the fetcher's files alone.  What it means is fetch_judge.c.
 *
 * Ownership   owns its buffers; borrows opts until the close.
 * Units       bytes.
 * Errors      what is over a limit, or cannot be decoded, stops the transfer:
 *             the is_*s say which.
 * Threads     loop thread only.
 */
#ifndef BASE_FETCH_ANSWER_H
#define BASE_FETCH_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/clock.h"

struct fetch_opts;

struct fetch_answer {
    const struct fetch_opts *opts;
    void *easy;      /* libcurl's CURL */
    struct buf head; /* the newest one */
    struct buf trailers;
    struct buf body;
    size_t head_bytes; /* of all heads, and of trailers */
    mono_t first_at;   /* the first line came; 0: none yet */
    int status;        /* 0: no status line yet */
    bool is_head_whole;
    bool is_head_over;
    bool is_body_over;
    bool is_layered; /* encoded more than once */
};

void fetch_answer_open(struct fetch_answer *answer,
                       const struct fetch_opts *opts);
void fetch_answer_close(struct fetch_answer *answer);

/* Makes `easy` tell `answer` what it receives. */
void fetch_answer_set(struct fetch_answer *answer, void *easy);

/* A request goes out again: what came so far was not the answer. */
void fetch_answer_reset(struct fetch_answer *answer);

#endif
