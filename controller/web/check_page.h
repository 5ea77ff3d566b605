/*
 * check_page.h - one check for operators: verdict, regions, waterfall, runs.
 *
 * Ownership   appends to the caller's buffer; `runs` are borrowed.
 * Errors      the buffer's.
 * Threads     loop thread only.
 */
#ifndef CONTROLLER_WEB_CHECK_PAGE_H
#define CONTROLLER_WEB_CHECK_PAGE_H

#include <stddef.h>

struct buf;
struct scan_run;
struct view;

/* `check` is the decider's index of it; `runs` are newest first. */
void check_page(struct buf *out, const struct view *view, size_t check,
                const struct scan_run *runs, size_t run_count);

#endif
