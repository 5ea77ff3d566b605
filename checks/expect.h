/*
 * expect.h - judge a look by the expectations of its spec.
 *
 * Not the language (base/expr.h) and not its subjects (subject.h): the values.
 *
 * Ownership   borrows.
 * Errors      a value that cannot be had makes its expectation false.
 * Threads     the loop's.
 */
#ifndef CHECKS_EXPECT_H
#define CHECKS_EXPECT_H

#include <stdbool.h>
#include <stddef.h>

#include "wire/reason.h"

struct expr;
struct look;
struct spec_exprs;

/* Sets status, reason and message of the first expectation that fails, else of
 * the first soft limit that holds; the message goes on with the others. */
void expect_judge(struct look *look, const struct spec_exprs *expect,
                  const struct spec_exprs *degraded_when);
/* Without an expectation an HTTP answer has to be of status 200-299. */
void expect_ok(struct look *look);
/* Does `expr` hold?  If not: the reason of what it asks about, and its message
 * into `why`. */
bool expect_until(struct look *look, const struct expr *expr,
                  enum reason *reason, char *why, size_t cap);
/* True when all of `expect` hold over what is seen so far. */
bool expect_holds(struct look *look, const struct spec_exprs *expect);

#endif
