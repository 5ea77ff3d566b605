/*
 * step_table.h - a run's steps as a table: a journey's, or one an address.
 *
 * Ownership   appends to the caller's buffer.
 * Errors      the buffer's.
 * Threads     any.
 */
#ifndef CONTROLLER_WEB_STEP_TABLE_H
#define CONTROLLER_WEB_STEP_TABLE_H

#include <stdbool.h>

struct buf;
struct result;

/* Nothing for a run without steps; `caption` goes above.  Steps in order are
 * drawn each where the one before it ended, others from the same beginning. */
void step_table_add(struct buf *out, const char *caption,
                    const struct result *result, bool in_order);

#endif
