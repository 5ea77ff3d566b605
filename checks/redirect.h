/*
 * redirect.h - what an answer's Location asks for: which request comes next.
 *
 * Pure.  Not whether its address is allowed (target.h), and not what it may be
 * told (exchange_head.c).
 *
 * Ownership   redirect_free() ends what redirect_find() gave.
 * Errors      a place that is not followed is a reason, and `why`.
 * Threads     any.
 */
#ifndef CHECKS_REDIRECT_H
#define CHECKS_REDIRECT_H

#include <stdbool.h>
#include <stddef.h>

#include "checks/url.h"
#include "wire/reason.h"

#define REDIRECT_WHY_MAX 400 /* bytes, NUL included */

struct redirect_from {
    const char *url;
    const char *method;
    int status;
    const char *head; /* the answer's */
    size_t head_len;
};

struct redirect {
    char *url; /* without fragment and credentials; NULL: none to follow */
    struct url at;
    const char *method; /* of the next request */
    bool keeps_body;
    enum reason reason; /* REASON_NONE: follow it */
    char why[REDIRECT_WHY_MAX];
};

/* True when the answer is a redirect (RFC 9110, 15.4) with a Location. */
bool redirect_find(struct redirect *to, const struct redirect_from *from);
void redirect_free(struct redirect *to);

#endif
