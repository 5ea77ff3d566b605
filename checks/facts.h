/*
 * facts.h - what a run has seen, as the facts of its result (wire/fact.def).
 *
 * Ownership   texts live in the check until it is told.
 * Errors      none; what was not seen is no fact.
 * Threads     as check.h.
 */
#ifndef CHECKS_FACTS_H
#define CHECKS_FACTS_H

struct check;

void facts_add(struct check *check);
/* Makes one line of UTF-8 of what a stranger said, in place. */
void facts_clean(char *text);

#endif
