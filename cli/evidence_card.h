/*
 * evidence_card.h - a failed run for a terminal: what was expected, what came,
 * where, and the command that asks the same again.
 *
 * Below the run's own line (waterfall.h), which has verdict, reason, message.
 *
 * Ownership   borrows; text goes to the caller's buffer.
 * Errors      evidence that is no JSON is passed over.
 * Threads     none of its own.
 */
#ifndef CLI_EVIDENCE_CARD_H
#define CLI_EVIDENCE_CARD_H

struct buf;
struct paint;
struct result;
struct spec;

/* Nothing for a run without evidence. */
void evidence_card(struct buf *out, const struct paint *paint,
                   const struct spec *spec, const struct result *result);

#endif
