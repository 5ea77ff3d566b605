/*
 * regex.h - PCRE2 under limits: match, depth, heap; no JIT (systemd hardening).
 *
 * UTF with invalid bytes allowed, `$` only at the very end.
 *
 * Errors      regex_compile() NULL with offset and message.  A match that ran
 *             into a limit is REGEX_LIMIT, never "no match".
 * Threads     a regex is read-only once compiled: any.
 */
#ifndef BASE_REGEX_H
#define BASE_REGEX_H

#include <stddef.h>

struct regex;

enum regex_result { REGEX_NO, REGEX_YES, REGEX_LIMIT };

struct regex *regex_compile(const char *pattern, size_t *error_offset,
                            char *message, size_t cap);
void regex_free(struct regex *regex);

/* `start`/`end`: the first capture group if there is one, else the match. */
enum regex_result regex_match(const struct regex *regex, const char *text,
                              size_t len, size_t *start, size_t *end);

/* The same within `steps` (> 0) in place of the limit of its own.  They are
 * counted from each place a match is tried at: only a pattern that begins with
 * \A, which has one, is bounded as a whole by them. */
enum regex_result regex_match_within(const struct regex *regex,
                                     const char *text, size_t len, size_t steps,
                                     size_t *start, size_t *end);

#endif
