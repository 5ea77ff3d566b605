/*
 * html.h - writing HTML: every text goes through here and comes out escaped.
 *
 * The format is the page's own and trusted; what is put into it is not.  It
 * knows %s (escaped text; NULL is empty), %d, %lld, %zu and %%, and asserts on
 * anything else.
 *
 * Ownership   appends to the caller's buffer.
 * Errors      a full buffer is the buffer's `failed`.
 * Threads     any.
 */
#ifndef CONTROLLER_WEB_HTML_H
#define CONTROLLER_WEB_HTML_H

struct buf;

void html_add(struct buf *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Escaped: & < > " ' become entities, control characters and bytes that are
 * not UTF-8 become U+FFFD; line breaks and tabs stay. */
void html_text(struct buf *out, const char *text);

#endif
