/*
 * seen_mask.h - which of what was seen and saved is nobody's to read, and what
 * stands in its place.
 *
 *     `session`'s value in Cookie and Set-Cookie    <cookie session>
 *     what Authorization holds                      <secret>
 *     a saved value                                 <its name>
 *
 * What the check declares `public`, by the name of the header, cookie or value,
 * is left as it is.  So is what says nothing and would blank out half of every
 * text: seen_mask_is_plain().
 *
 * Not how it is hidden (base/mask.h), and not the secrets (secret_use.h).
 *
 * Ownership   borrows; the mask copies.
 * Errors      none.
 * Threads     any.
 */
#ifndef CHECKS_SEEN_MASK_H
#define CHECKS_SEEN_MASK_H

#include <stdbool.h>
#include <stddef.h>

struct jar;
struct mask;
struct seen;
struct spec_list;
struct values;

#define SEEN_MASK_DIGITS 5 /* a number up to so long is shown */

/* true, false, null, or a number of at most SEEN_MASK_DIGITS digits. */
bool seen_mask_is_plain(const char *text, size_t len);

/* Does the answer set a cookie, or had the request one or credentials? */
bool seen_mask_is_needed(const struct seen *seen);
void seen_mask_add(struct mask *mask, const struct seen *seen,
                   const struct spec_list *shown);
/* NULL has none. */
void seen_mask_add_jar(struct mask *mask, const struct jar *jar,
                       const struct spec_list *shown);
void seen_mask_add_values(struct mask *mask, const struct values *values);

#endif
