/*
 * head_lines.h - the header lines of a request that is not an exchange: who
 * asks, for which run, and what the check adds.
 *
 * An http check's are exchange_head.c's, which also has hops and cookies; what
 * all have in common is head_lines_add_own().
 *
 * Lifecycle   head_lines_make(), head_lines_clear() (also after a failed make).
 * Ownership   the lines are its own, wiped when a secret is in them.
 * Errors      the reason that ends the run, and why.
 * Threads     the loop's.
 */
#ifndef CHECKS_HEAD_LINES_H
#define CHECKS_HEAD_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "checks/template.h"
#include "wire/reason.h"

struct scope;
struct spec_fields;

#define HEAD_LINES_MAX 64    /* ours, and at most SPEC_HEADERS_MAX */
#define HEAD_BYTES_MAX 32768 /* of all lines */

struct head_lines {
    struct buf text;                      /* lines, each with a NUL */
    const char *line[HEAD_LINES_MAX + 1]; /* NULL-terminated */
};

/* "NAME: VALUE" and its NUL. */
void head_lines_add(struct buf *text, const char *name, const char *value);

/* The lines, each with a NUL, of Picket itself in any request: which run asks,
 * and who, unless the check says that. */
void head_lines_add_own(struct buf *text, const struct scope *scope,
                        bool has_agent);

/* `origin`: whom the fields' secrets have to be for. */
enum reason head_lines_make(struct head_lines *lines, struct scope *scope,
                            const struct spec_fields *fields,
                            const char *origin, char why[TEMPLATE_WHY_MAX]);
void head_lines_clear(struct head_lines *lines);

#endif
