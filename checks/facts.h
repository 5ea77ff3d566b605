/*
 * facts.h - what a look has seen, as facts (wire/fact.def).
 *
 * Ownership   texts live in the look.
 * Errors      none; what was not seen is no fact.
 * Threads     the loop's.
 */
#ifndef CHECKS_FACTS_H
#define CHECKS_FACTS_H

struct look;
struct result;

void facts_add(struct look *look, struct result *result);
/* Makes one line of UTF-8 of what a stranger said, in place. */
void facts_clean(char *text);

#endif
