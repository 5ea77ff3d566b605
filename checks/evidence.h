/*
 * evidence.h - what a person needs to believe a failure, as JSON text.
 *
 * Made only for a run that is not up.  Bounded; values of Cookie, Set-Cookie,
 * Authorization and their like are masked.
 *
 * Ownership   writes to the check's own buffer.
 * Errors      over EVIDENCE_MAX it is left out whole.
 * Threads     as check.h.
 */
#ifndef CHECKS_EVIDENCE_H
#define CHECKS_EVIDENCE_H

struct check;

#define EVIDENCE_BODY_MAX 1024 /* bytes of a body shown */
#define EVIDENCE_HEAD_MAX 8192 /* bytes of a response's head shown */

/* The JSON text, or NULL. */
const char *evidence_of(struct check *check);

#endif
