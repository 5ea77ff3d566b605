/*
 * subject_help.h - what each subject of an expectation is, for people.
 *
 * Which kind has which subject is subject.h.
 *
 * Ownership   constant.
 * Errors      none.
 * Threads     any.
 */
#ifndef CHECKS_SUBJECT_HELP_H
#define CHECKS_SUBJECT_HELP_H

#include "checks/subject.h"

struct subject_help {
    const char *text;
    const char *example; /* an expectation that asks it */
};

/* `text` NULL: not described, which its test does not let pass. */
struct subject_help subject_help_of(enum subject subject);

#endif
