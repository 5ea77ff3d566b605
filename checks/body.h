/*
 * body.h - request bodies of fields: form, and multipart (RFC 7578).
 *
 * Names and values are what a ${...} text gave (TEMPLATE_IN_TEXT): they are
 * encoded here, whatever they hold.
 *
 * Ownership   everything is borrowed.
 * Errors      -1: `out` is full, or (multipart, EINVAL) a content type holds
 *             what no header may.
 * Threads     any.
 */
#ifndef CHECKS_BODY_H
#define CHECKS_BODY_H

#include <stddef.h>

struct buf;

#define BODY_FORM_TYPE "application/x-www-form-urlencoded"
#define BODY_TYPE_MAX  96 /* of multipart's Content-Type, NUL included */

/* Adds name=value, after a `&` when `out` holds something. */
int body_add_field(struct buf *out, const char *name, const char *value,
                   size_t len);

struct body_part {
    const char *name;
    const char *filename; /* NULL: a text */
    const char *type;     /* NULL: a file is application/octet-stream, a text
                             has none */
    const char *content;
    size_t len;
};

/* Adds all parts; `type` is the Content-Type, with a boundary that is random
 * and in none of the contents. */
int body_add_parts(struct buf *out, const struct body_part *parts, size_t count,
                   char type[BODY_TYPE_MAX]);

#endif
