/*
 * encode.h - bytes into a URL, a form or a JSON text, so that they stay data.
 *
 * Errors      a full buffer is the buffer's `failed`.
 * Threads     any.
 */
#ifndef CHECKS_ENCODE_H
#define CHECKS_ENCODE_H

#include <stddef.h>

struct buf;

/* All but RFC 3986's unreserved characters as %XX. */
void encode_url(struct buf *out, const char *text, size_t len);
/* Only what no URL may hold (blanks, controls, quotes, bytes over 0x7E). */
void encode_url_bytes(struct buf *out, const char *text, size_t len);
/* One name or value of application/x-www-form-urlencoded. */
void encode_form(struct buf *out, const char *text, size_t len);
/* What may stand between the quotes of a JSON string. */
void encode_json(struct buf *out, const char *text, size_t len);

#endif
