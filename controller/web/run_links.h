/*
 * run_links.h - where more is known about one run: a check's `links`.
 *
 * Ownership   appends to the caller's buffer.
 * Errors      a link that cannot be made is left out.
 * Threads     any.
 */
#ifndef CONTROLLER_WEB_RUN_LINKS_H
#define CONTROLLER_WEB_RUN_LINKS_H

struct buf;
struct id;
struct spec;

/* Nothing when the check has none. */
void run_links_add(struct buf *out, const struct spec *spec, const char *region,
                   const struct id *run);

#endif
