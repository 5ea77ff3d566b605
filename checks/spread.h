/*
 * spread.h - one request to every address of its name, all at the same time.
 *
 * Each address is a look of its own and a step of the result, named by it; how
 * many must be up is the check's (struct spec_spread).  What differs between
 * addresses that should be alike is the fact `drift`.
 *
 * Lifecycle   spread_start() --+--> done() once, never from inside, or
 *                              +--> spread_cancel()
 *             The handle lives until spread_cancel(), after done() too.
 * Ownership   borrows the check.  At done() the check's look has the outcome,
 *             its result has steps, facts and evidence; all of them are valid
 *             until spread_cancel().
 * Errors      NULL: errno.  What goes wrong with a target is an outcome.
 * Threads     as check.h.
 */
#ifndef CHECKS_SPREAD_H
#define CHECKS_SPREAD_H

struct check;
struct spread;

typedef void spread_done_fn(void *cookie);

struct spread *spread_start(struct check *check, spread_done_fn *done,
                            void *cookie);
/* The deadline passed: whoever has not answered fails by it, and done(). */
void spread_expire(struct spread *spread);
void spread_cancel(struct spread *spread);

#endif
