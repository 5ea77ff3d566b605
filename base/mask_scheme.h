/*
 * mask_scheme.h - what stands in a text, in each way in which it may be encoded.
 *
 * A scheme turns the characters at a place into the bytes they mean: as they
 * are, as a URL or form, a JSON string or HTML has them.  Not base64, where the
 * meaning hangs on what stands before (mask.c), and not a validator: what is no
 * escape means itself.
 *
 * Ownership   nothing is kept.
 * Errors      none.
 * Threads     any.
 */
#ifndef BASE_MASK_SCHEME_H
#define BASE_MASK_SCHEME_H

#include <stdbool.h>
#include <stddef.h>

#define MASK_SCHEME_BYTES 4 /* of a character of UTF-8 */

enum mask_scheme {
    MASK_SCHEME_PLAIN,
    MASK_SCHEME_URL, /* and form, but for `+`, which may be a space there */
    MASK_SCHEME_JSON,
    MASK_SCHEME_HTML,
    MASK_SCHEME_COUNT,
};

struct mask_scheme_unit {
    size_t chars; /* of the text */
    size_t count; /* of the bytes they mean */
    char byte[MASK_SCHEME_BYTES];
};

/* `len` is not 0. */
struct mask_scheme_unit mask_scheme_read(enum mask_scheme scheme,
                                         const char *at, size_t len);
/* May `c` begin something that is not read as it is? */
bool mask_scheme_differs(enum mask_scheme scheme, char c);
/* An escape that the end of the text cuts off? */
bool mask_scheme_is_half(enum mask_scheme scheme, const char *at, size_t len);

#endif
