/*
 * reference_page.h - the pages of docs/ that are made from the tables, as
 * Markdown: `make docs` writes them, `make lint` compares.
 *
 * Errors      -1: there is no such page.
 * Threads     none of its own.
 */
#ifndef CLI_REFERENCE_PAGE_H
#define CLI_REFERENCE_PAGE_H

struct buf;
struct reference;

/* "configuration", "reasons", "log", or "subjects": a table of
 * expectations.md. */
int reference_page_format(const struct reference *reference, const char *name,
                          struct buf *out);

#endif
