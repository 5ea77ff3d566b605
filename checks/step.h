/*
 * step.h - one step of a journey: a request, asked until its condition holds,
 * judged, its values saved.
 *
 * Not the order of steps and not what a failed one means (journey_check.c).
 *
 * Lifecycle   step_start() --+--> done() once, never from inside, or
 *                            +--> step_cancel()
 *             The handle lives until step_cancel(), after done() too.
 * Ownership   everything in the opts is borrowed until step_cancel().  The look
 *             is begun by step_start(), is judged at done(), and what it has
 *             seen of the answer is valid during done(); the caller frees it,
 *             after step_cancel().
 * Errors      a fault of the look.
 * Threads     the loop's.
 */
#ifndef CHECKS_STEP_H
#define CHECKS_STEP_H

#include <stdbool.h>

#include "base/clock.h"

struct look;
struct scope;
struct spec_step;
struct step;

struct step_opts {
    struct scope *scope;
    const struct spec_step *spec;
    struct look *look;
    mono_t deadline; /* of the run; the step's own may be earlier */
};

typedef void step_done_fn(void *cookie);

struct step *step_start(const struct step_opts *opts, step_done_fn *done,
                        void *cookie);
/* The run's deadline passed: a fault by what it waits for, and done(). */
void step_expire(struct step *step);
void step_cancel(struct step *step);

#endif
