/*
 * reason.h - why a run is not up: phase.cause, from the closed list reason.def.
 *
 * Ownership   constant.
 * Errors      none: what is in no row has its own answer, said below.
 * Threads     any.
 */
#ifndef WIRE_REASON_H
#define WIRE_REASON_H

#include <stddef.h>

#define REASON(number, phase, cause, name, text)                               \
    REASON_##phase##_##cause = (number),

enum reason {
    REASON_NONE = 0,

#include "wire/reason.def"
};
#undef REASON

/* "tls.expired"; NULL for REASON_NONE; "unknown" for a number of a newer
 * version. */
const char *reason_name(enum reason reason);
/* "a certificate is past its date" */
const char *reason_text(enum reason reason);
/* REASON_NONE when there is no such name. */
enum reason reason_parse(const char *name);
/* expect.SUBJECT for a subject's first word: "header" is expect.header. */
enum reason reason_of_subject(const char *subject);
/* All rows, for documents: returns REASON_NONE past the last. */
enum reason reason_row(size_t index);

#endif
