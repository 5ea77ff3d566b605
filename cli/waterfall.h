/*
 * waterfall.h - one result for a person: verdict, phases as bars, certificate.
 *
 * Ownership   adds to the caller's buffer.
 * Errors      the buffer's.
 * Threads     none of its own.
 */
#ifndef CLI_WATERFALL_H
#define CLI_WATERFALL_H

#include <stdbool.h>

struct buf;
struct paint;
struct result;
struct spec;

/* The whole card: `picket check`. */
void waterfall_card(struct buf *out, const struct paint *paint,
                    const struct spec *spec, const struct result *result);
/* One line: `picket run`, `picket up`.  `place` (a region) may be NULL. */
void waterfall_line(struct buf *out, const struct paint *paint,
                    const struct result *result, const char *place);
/* Below that line: a bar a step, the reason of one that is not up, and what was
 * left behind.  A bar begins where the one before it ended when they ran
 * `in_order`, else, as the addresses of one request, at the left. */
void waterfall_steps(struct buf *out, const struct paint *paint,
                     const struct result *result, bool in_order);

#endif
