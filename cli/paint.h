/*
 * paint.h - what this terminal can show: colour, block characters, width.
 *
 * Colour is off when the stream is no terminal, NO_COLOR is set and not empty,
 * or TERM is dumb; FORCE_COLOR wins.  A word always stands beside a colour.
 *
 * Threads     none of its own.
 */
#ifndef CLI_PAINT_H
#define CLI_PAINT_H

#include <stdbool.h>
#include <stdio.h>

#include "wire/result.h"

struct buf;

struct paint {
    bool colour;
    bool blocks; /* the locale is UTF-8 */
    int width;   /* columns */
};

enum paint_tone { PAINT_GOOD, PAINT_WARN, PAINT_BAD, PAINT_DIM, PAINT_BOLD };

struct paint paint_of(FILE *stream);
void paint_add(struct buf *out, const struct paint *paint, enum paint_tone tone,
               const char *text);
/* "UP", "DEGRADED", "DOWN", "ERROR" in its colour. */
void paint_status(struct buf *out, const struct paint *paint,
                  enum status status);

#endif
