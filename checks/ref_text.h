/*
 * ref_text.h - where the `${...}` of a text are, without reading them.
 *
 * What they say is template.h's; this is for texts of which they are only a
 * part: an expectation, JSON, an address that is looked at before a run.
 *
 * Ownership   ref_text_plain()'s text is the caller's to free.
 * Units       bytes.
 * Errors      none: a reference without its `}` goes to the end of the text.
 * Threads     any.
 */
#ifndef CHECKS_REF_TEXT_H
#define CHECKS_REF_TEXT_H

#include <stddef.h>

/* The first reference from `at` on, or NULL; `$${` is none. */
const char *ref_text_next(const char *at);
/* The bytes of the one at `at`, its `}` included. */
size_t ref_text_len(const char *at);
/* `text` with a row of ones of the same length for each: what it will look
 * like, each byte at its place.  Ones are right in a name, a number, a text. */
char *ref_text_plain(const char *text);

#endif
