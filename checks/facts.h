/*
 * facts.h - what a look has seen, as facts (wire/fact.def).
 *
 * Ownership   texts live in the look.
 * Errors      none; what was not seen is no fact.
 * Threads     the loop's.
 */
#ifndef CHECKS_FACTS_H
#define CHECKS_FACTS_H

struct buf;
struct look;
struct mask;
struct result;

#define FACTS_HIDDEN_MAX 65536 /* bytes of all texts of a result, masked */

void facts_add(struct look *look, struct result *result);
/* Hides what `mask` knows in every text; they then live in `hidden`. */
void facts_mask(struct result *result, const struct mask *mask,
                struct buf *hidden);
/* "1.1" of 11; NULL: none that is known. */
const char *facts_http_version(int http_version);
/* Makes one line of UTF-8 of what a stranger said, in place. */
void facts_clean(char *text);

#endif
