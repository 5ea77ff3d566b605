/*
 * phases.h - where a run's time went: phases one after the other, drawn.
 *
 * Always beside the numbers: the drawing alone says nothing to a reader who
 * cannot see it.
 *
 * Units       microseconds, -1 for a phase that did not happen.
 * Threads     any.
 */
#ifndef CONTROLLER_WEB_PHASES_H
#define CONTROLLER_WEB_PHASES_H

#include <stdint.h>

#include "wire/result.h"

struct buf;

/* `whole_us` is the drawing's width, so that several compare. */
void phases_draw(struct buf *out, const int64_t us[PHASE_COUNT],
                 int64_t whole_us);
/* The same for what began `from_us` after the whole did.  Of its total what is
 * no phase (pauses, other requests) is drawn pale, behind them. */
void phases_draw_at(struct buf *out, const int64_t us[PHASE_COUNT],
                    int64_t from_us, int64_t whole_us);
void phases_key(struct buf *out);
/* A table row's cells: each phase's milliseconds, the total last. */
void phases_cells(struct buf *out, const int64_t us[PHASE_COUNT]);
void phases_head(struct buf *out);

#endif
