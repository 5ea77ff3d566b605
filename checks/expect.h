/*
 * expect.h - judge a finished run by the expectations of its spec.
 *
 * Not the language (base/expr.h) and not its subjects (subject.h): the values.
 *
 * Ownership   borrows.
 * Errors      a value that cannot be had makes its expectation false.
 * Threads     as check.h.
 */
#ifndef CHECKS_EXPECT_H
#define CHECKS_EXPECT_H

#include <stdbool.h>

struct check;
struct expr;

/* Sets status, reason and message of the first expectation that fails, else of
 * the first soft limit that holds. */
void expect_judge(struct check *check);
/* True when every expectation holds over what is seen so far. */
bool expect_holds(struct check *check);

#endif
