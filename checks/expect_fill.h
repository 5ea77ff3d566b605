/*
 * expect_fill.h - expectations that compare with a value of the run:
 *
 *     json $.id == '${order}'     a text, whatever it holds
 *     json $.qty >= ${quantity}   a number, or the run ends with save.invalid
 *
 * They are read again with the values in them, once for each time that they
 * are judged.  Of an HTTP answer: other kinds have no values.
 *
 * Not how they are judged (expect.h).
 *
 * Ownership   expect_fill()'s expression is the caller's.
 * Errors      NULL and the reason with `why`, which holds no value.
 * Threads     the loop's.
 */
#ifndef CHECKS_EXPECT_FILL_H
#define CHECKS_EXPECT_FILL_H

#include <stdbool.h>

#include "checks/template.h"
#include "wire/reason.h"

struct expr;
struct look;
struct scope;
struct spec_exprs;

bool expect_fill_is_needed(const struct expr *expr);
struct expr *expect_fill(struct scope *scope, const struct expr *expr,
                         enum reason *reason, char why[TEMPLATE_WHY_MAX]);

/* expect_judge() with values.  What was expected is told as it was written. */
void expect_fill_judge(struct look *look, struct scope *scope,
                       const struct spec_exprs *expect,
                       const struct spec_exprs *degraded_when);

#endif
