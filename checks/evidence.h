/*
 * evidence.h - what a person needs to believe a failure, as JSON text.
 *
 * Made only for a look that is not up.  Bounded; values of Cookie, Set-Cookie,
 * Authorization and their like are masked.
 *
 * Ownership   the text is the buffer's.
 * Errors      what does not fit the buffer is left out whole.
 * Threads     the loop's.
 */
#ifndef CHECKS_EVIDENCE_H
#define CHECKS_EVIDENCE_H

struct buf;
struct look;

#define EVIDENCE_BODY_MAX 1024 /* bytes of a body shown */
#define EVIDENCE_HEAD_MAX 8192 /* bytes of a response's head shown */

/* The JSON text, or NULL. */
const char *evidence_of(const struct look *look, struct buf *out);

#endif
