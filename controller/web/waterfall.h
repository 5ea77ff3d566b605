/*
 * waterfall.h - where a run's time went: phases one after the other, drawn.
 *
 * Always beside the numbers: the drawing alone says nothing to a reader who
 * cannot see it.
 *
 * Units       microseconds, -1 for a phase that did not happen.
 * Threads     any.
 */
#ifndef CONTROLLER_WEB_WATERFALL_H
#define CONTROLLER_WEB_WATERFALL_H

#include <stdint.h>

#include "wire/result.h"

struct buf;

/* `whole_us` is the drawing's width, so that several compare. */
void waterfall(struct buf *out, const int64_t us[PHASE_COUNT],
               int64_t whole_us);
void waterfall_key(struct buf *out);
/* A table row's cells: each phase's milliseconds, the total last. */
void waterfall_cells(struct buf *out, const int64_t us[PHASE_COUNT]);
void waterfall_head(struct buf *out);

#endif
