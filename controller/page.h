/*
 * page.h - one message about an incident, as every channel gets it.
 *
 * Made when the decision is made, stored in the outbox, so that what is sent
 * says what was known then however late it goes.  How it looks is the
 * channel's (notify/).
 *
 * Ownership   page_format() borrows; page_parse() gives one the caller frees.
 * Errors      page_parse() NULL on text that is not a page.
 * Threads     none of its own.
 */
#ifndef CONTROLLER_PAGE_H
#define CONTROLLER_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/id.h"

struct buf;

enum page_edge { PAGE_OPENED, PAGE_ESCALATED, PAGE_RESOLVED };

struct page {
    struct id id;
    struct id incident;
    enum page_edge edge;
    char *severity; /* "page" or "ticket" */
    char *check;
    char *rule;
    char *target;
    char *verdict;   /* "down" */
    char *reason;    /* "connect.refused"; may be NULL */
    char *message;   /* "status == 200: got 503"; may be NULL */
    char *regions;   /* "fra connect.refused, iad connect.refused, sin up" */
    char *runbook;   /* may be NULL */
    char *link;      /* to the incident on the dashboard; may be NULL */
    char *links;     /* of the run that failed: "NAME URL" a line; or NULL */
    char *ended;     /* resolved, but not by being up again: why; or NULL */
    wall_t began;    /* the verdict; ms 0: when it opened */
    wall_t opened;   /* when its rule's time was over, too */
    wall_t resolved; /* ms 0: not yet */
    int step;        /* of the policy, from 1 */
};

/* In `regions`, behind the reason of a region that failed once: its vote is
 * still what it was before, and it is not among those that a title counts. */
#define PAGE_UNCONFIRMED " (not confirmed)"

/* One id for one page, however often it is made:
 * hash(check, rule, slot of opening, edge with its step, destination). */
struct id page_id(const struct page *page, wall_t opening_slot,
                  const char *destination);

int page_format(struct buf *out, const struct page *page);
struct page *page_parse(const char *json, size_t len);
void page_free(struct page *page);

/* One of page->links, not NUL-terminated. */
struct page_link {
    const char *name;
    size_t name_len;
    const char *url;
    size_t url_len;
};

/* The next after `*at` (page->links to begin with). */
bool page_next_link(const char **at, struct page_link *link);

/* "DOWN home: connect.refused in 3 of 3 regions" - one line, no line breaks. */
void page_title(struct buf *out, const struct page *page);
/* When what it is about began. */
wall_t page_began(const struct page *page);
/* A few lines of plain text, for the terminal and mail. */
void page_text(struct buf *out, const struct page *page);

#endif
