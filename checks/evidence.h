/*
 * evidence.h - what a person needs to believe a failure, as JSON text.
 *
 * Made only for a look that is not up.  Bounded.  No secret is in it: values
 * that are known to be secret are hidden wherever and however they stand, and
 * the values of Cookie, Set-Cookie, Authorization and their like are hidden
 * unless the check says that they may be shown.
 *
 * Which runs get evidence at all is probe/recall.h.
 *
 * Ownership   the text is the buffer's; opts are borrowed.
 * Errors      what does not fit the buffer is left out whole.
 * Threads     the loop's.
 */
#ifndef CHECKS_EVIDENCE_H
#define CHECKS_EVIDENCE_H

#include "checks/spec.h"

struct buf;
struct look;
struct mask;
struct spec_list;

#define EVIDENCE_BODY_MAX  4096 /* bytes of a body shown, from its begin */
#define EVIDENCE_MATCH_MAX 512  /* bytes shown about a match further on */
#define EVIDENCE_HEAD_MAX  8192 /* bytes of a head shown */

struct evidence_opts {
    enum spec_evidence level;
    const struct spec_list *shown; /* headers whose values may be seen, as
                                      their names; NULL: none but the usual */
    const struct mask *mask;       /* NULL: there is nothing to hide */
};

/* The JSON text, or NULL. */
const char *evidence_of(const struct look *look,
                        const struct evidence_opts *opts, struct buf *out);

#endif
