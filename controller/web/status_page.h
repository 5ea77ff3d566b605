/*
 * status_page.h - the public status page as HTML.
 *
 * Not the facts in it: board.h.  No script, one request, nothing foreign.
 *
 * Ownership   appends to the caller's buffer.
 * Errors      the buffer's.
 * Threads     loop thread only.
 */
#ifndef CONTROLLER_WEB_STATUS_PAGE_H
#define CONTROLLER_WEB_STATUS_PAGE_H

#include <stddef.h>

struct buf;
struct view;

void status_page(struct buf *out, const struct view *view, size_t page);

#endif
