/*
 * jsonpath_cursor.h - a place in the text of a path, and the words that names
 * and filters share: numbers, texts in quotes, blanks.
 *
 * Not the grammar: jsonpath_parse.c has paths, jsonpath_filter.c conditions.
 *
 * After the first error nothing moves any more and peek() is at the end, so
 * callers go on and check once.
 *
 * Ownership   a text that was read is the caller's (free()).
 * Errors      the first one stays, with its offset.
 */
#ifndef BASE_JSONPATH_CURSOR_H
#define BASE_JSONPATH_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSONPATH_INT_MAX     9007199254740991LL /* 2^53 - 1, RFC 7493 */
#define JSONPATH_NESTING_MAX 32 /* filters, parentheses, calls in each other */

struct jsonpath_cursor {
    const char *text;
    size_t len;
    size_t at;
    bool failed;
    int segments; /* of the path and of those inside its filters */
    int selectors;
    int nesting;
    size_t *error_offset;
    char *message;
    size_t cap;
};

void jsonpath_cursor_fail(struct jsonpath_cursor *c, size_t offset,
                          const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The byte `ahead` of here, or -1: at the end, or once something failed. */
int jsonpath_cursor_peek(const struct jsonpath_cursor *c, size_t ahead);
/* Moves past `text` if it stands here. */
bool jsonpath_cursor_take(struct jsonpath_cursor *c, const char *text);
/* Past the blanks of the grammar (S), which are JSON's. */
void jsonpath_cursor_skip(struct jsonpath_cursor *c);

/* One level of nesting begins, or is an error; ends. */
void jsonpath_cursor_push(struct jsonpath_cursor *c);
void jsonpath_cursor_pop(struct jsonpath_cursor *c);

bool jsonpath_cursor_is_int(int byte); /* begins one */
/* An index: `-` and digits, no leading zero, no -0, within 2^53 - 1. */
int64_t jsonpath_cursor_get_int(struct jsonpath_cursor *c);
/* A text in quotes of either kind, its escapes resolved; may hold NUL. */
char *jsonpath_cursor_get_text(struct jsonpath_cursor *c, size_t *len);

#endif
