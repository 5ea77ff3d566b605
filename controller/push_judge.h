/*
 * push_judge.h - what a heartbeat comes to: its own word, then the expectations.
 *
 * Ownership   the result's message points into `words`.
 * Errors      none.
 * Threads     any.
 */
#ifndef CONTROLLER_PUSH_JUDGE_H
#define CONTROLLER_PUSH_JUDGE_H

#include "base/expr.h"
#include "wire/result.h"

struct push_beat;
struct spec;

struct push_words {
    char message[RESULT_MESSAGE_MAX];
    struct expr_verdict verdict;
};

/* Status, reason and message of `result`, whose time is known already. */
void push_judge(struct result *result, const struct spec *spec,
                const struct push_beat *said, struct push_words *words);

#endif
