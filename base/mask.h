/*
 * mask.h - text for people without the secrets that are in it.
 *
 * Found are the values as they are, and as requests, answers and documents
 * carry them: URL- and form-encoded, JSON- and HTML-escaped, whichever of their
 * characters the other side chose to encode and in which case; and in base64,
 * both alphabets, wherever among the encoded bytes they begin.  Each becomes
 * `<secret>`, or the name it was added with.
 *
 * Not found: hexadecimal, digests, and one encoding inside another, but for
 * base64, which may itself be encoded.  Values under MASK_VALUE_MIN bytes are
 * not looked for: they would blank out half of every text.
 *
 * Lifecycle   mask_create(), mask_add() for each value, then any number of
 *             texts, mask_free(), which wipes.
 * Masking ends in a bounded time whatever a server makes of its cookies and
 * texts: over MASK_WORK_PER_BYTE the rest of a text is hidden unread, and a mask
 * of more than MASK_PATTERNS_MAX hides all of it.
 *
 * Ownership   values are copied.
 * Errors      -1: `out` is full.
 * Threads     read-only once all is added: any.
 */
#ifndef BASE_MASK_H
#define BASE_MASK_H

#include <stdbool.h>
#include <stddef.h>

#define MASK_VALUE_MIN 4 /* bytes */
#define MASK_TEXT      "<secret>"
#define MASK_GROWTH    8 /* what is shown is at most so much longer */
/* Up to seven a value: the 300 cookies and 50 values of a run fit. */
#define MASK_PATTERNS_MAX 4096
/* Characters compared for each byte of a text, on the average over it; the
 * most that a run may have to hide takes about 100, when it means no harm. */
#define MASK_WORK_PER_BYTE 1024
#define MASK_WORK_MIN      100000 /* of a text however short */

struct buf;
struct mask;

struct mask *mask_create(void);
void mask_free(struct mask *mask);

/* Too short a value is passed over. */
void mask_add(struct mask *mask, const char *value, size_t len);
/* One that is shown as `<name>`; of a long name, its begin.  A value that is
 * added without a name too is `<secret>`. */
void mask_add_as(struct mask *mask, const char *value, size_t len,
                 const char *name);
bool mask_is_empty(const struct mask *mask);

/* Appends the text to `out` with no value in it.  Of a value that the end of
 * the text cuts off, what is there is hidden from MASK_VALUE_MIN bytes on.
 * Characters of UTF-8 stay whole. */
int mask_text(const struct mask *mask, const char *text, size_t len,
              struct buf *out);
/* The same in its place; what does not fit in `cap` is cut off. */
void mask_in_place(const struct mask *mask, char *text, size_t cap);

#endif
