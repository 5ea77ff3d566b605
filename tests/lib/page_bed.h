/*
 * page_bed.h - a page that is rendered from made_up.h, and what every page must
 * be.
 *
 * Lifecycle   page_bed_open(), render into `out`, page_bed_close().
 * Ownership   the bed owns all of it.
 * Errors      cmocka's assertions.
 * Threads     one.
 */
#ifndef TESTS_LIB_PAGE_BED_H
#define TESTS_LIB_PAGE_BED_H

#include <stddef.h>

#include "base/buf.h"
#include "controller/web/view.h"
#include "tests/lib/made_up.h"

struct page_bed {
    struct decider *decider;
    struct made_config made;
    struct view view;
    struct buf out;
};

void page_bed_open(struct page_bed *w);
void page_bed_close(struct page_bed *w);

/* How often `needle` stands in the page. */
size_t page_bed_count(const struct page_bed *w, const char *needle);

/* What every page must be: whole, one h1, a language, no script, no text of a
 * check that became markup. */
void page_bed_check(const struct page_bed *w);

#endif
