/*
 * spec_link.h - a check's links, made out for one run of it.
 *
 * `links = { trace = "https://apm.example.com/trace/${run.id}"; }` is a place
 * where more is known about each run; pages, dashboard and results carry it.
 *
 * Ownership   borrows; text goes to the caller's buffer.
 * Errors      a link that cannot be made is left out.
 * Threads     any.
 */
#ifndef CHECKS_SPEC_LINK_H
#define CHECKS_SPEC_LINK_H

struct buf;
struct id;
struct spec_field;

struct spec_link_run {
    const char *check;
    const char *region;
    const struct id *run;
};

/* The address alone; -1, and nothing was added: it cannot be made. */
int spec_link_add(struct buf *out, const struct spec_field *link,
                  const struct spec_link_run *run);

#endif
