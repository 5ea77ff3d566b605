/*
 * save.h - take a value out of an answer, for a later step.
 *
 *     json $.order_id                 the first node the path selects
 *     header location                 the value of the first of that name
 *     cookie session                  the value set last
 *     body ~ 'name="csrf" value="([0-9a-f]+)"'
 *
 * A pattern takes its first group, or without one the whole match; it may
 * stand after each of them: header location ~ 'code=([^&]+)'.  Of JSON a text
 * is taken as it is, a number, true or false as written, an object or array as
 * compact JSON; null is nothing.
 *
 * Not an expectation (base/expr.h), and not what is done with the value
 * (values.h, template.h).
 *
 * Ownership   save_parse() copies; what was seen is borrowed.
 * Errors      save_parse() NULL with the place; save_take() says what was
 *             looked for and what was there, without the value.
 * Threads     read-only once parsed: any.
 */
#ifndef CHECKS_SAVE_H
#define CHECKS_SAVE_H

#include <stddef.h>

#include "base/clock.h"

#define SAVE_WHY_MAX 400

struct expr_error;
struct jar;
struct jsonpath_doc;
struct save;
struct values;

/* `name` is one that template_is_name() lets through. */
struct save *save_parse(const char *name, const char *text,
                        struct expr_error *error);
void save_free(struct save *save);

/* The answer.  `doc` is made when first asked for, and is the caller's to
 * free; he may bring his own. */
struct save_seen {
    const char *head;
    size_t head_len;
    const char *body; /* NULL: none was read */
    size_t body_len;
    struct jsonpath_doc *doc;
    const struct jar *jar; /* NULL: there are no cookies */
    wall_t now;
};

enum save_end {
    SAVE_OK,
    SAVE_MISSING, /* save.missing */
    SAVE_INVALID, /* save.invalid: over a limit, or not to be kept exactly */
};

/* Puts the value into `values`, with `flags` of values.h. */
enum save_end save_take(const struct save *save, struct save_seen *seen,
                        struct values *values, unsigned flags,
                        char why[SAVE_WHY_MAX]);

#endif
