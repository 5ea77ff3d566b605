/*
 * steps.h - the parts of one run, as its result names them: steps of a journey,
 * addresses of a name.
 *
 * Lifecycle   steps_create(), steps_put() as each part ends, steps_free() when
 *             the result has been told.
 * Ownership   names, messages and facts are copied.
 * Errors      a text that does not fit (STEPS_TEXT_MAX, memory) is left out.
 * Threads     none of its own.
 */
#ifndef CHECKS_STEPS_H
#define CHECKS_STEPS_H

#include "wire/result.h"

#define STEPS_TEXT_MAX ((size_t)512 * 1024) /* bytes of all, facts too */

struct look;
struct mask;
struct steps;

struct steps *steps_create(void);
void steps_free(struct steps *steps);

/* The step at `at` (< RESULT_STEPS_MAX), in any order.  `look` has stopped and
 * was judged; its facts are made here, so what it saw is still valid.  What
 * `mask` (or NULL) knows is hidden. */
void steps_put(struct steps *steps, size_t at, const char *name,
               struct look *look, const struct mask *mask);
const struct result_step *steps_get(const struct steps *steps, size_t at);

/* The facts of one, as those of the whole. */
void steps_give_facts(const struct steps *steps, size_t at,
                      struct result *result);
/* The result has them; borrowed until steps_free(). */
void steps_give(const struct steps *steps, struct result *result);

#endif
