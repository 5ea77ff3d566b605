/*
 * frame.h - what every page has in common: head, header, footer, and the few
 * things that look the same everywhere: a verdict, a time, a duration.
 *
 * Not what a page says.  A verdict is always drawn and worded: colour alone
 * says nothing.
 *
 * Ownership   appends to the caller's buffer.
 * Errors      the buffer's.
 * Threads     any.
 */
#ifndef CONTROLLER_WEB_FRAME_H
#define CONTROLLER_WEB_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "controller/decide/verdict.h"
#include "wire/result.h"

struct buf;

/* Beside the name of a check whose certificate nobody verifies. */
#define FRAME_INSECURE                                                         \
    "<span class=\"word deg\">certificate not verified (insecure)</span>"

struct frame {
    const char *title;
    const char *name; /* in the header: the page's, or "Picket" */
    const char *home; /* where the name leads */
    const char *here; /* path of the current part; NULL: no navigation */
    bool is_wide;
    int refresh_s; /* 0: never */
};

void frame_begin(struct buf *out, const struct frame *frame);
/* Ends <main> and the document; `links` (may be NULL) is trusted markup. */
void frame_end(struct buf *out, const char *links);

const char *frame_class(enum verdict verdict); /* "dow" */
void frame_icon(struct buf *out, enum verdict verdict);
/* Icon and word in its colour. */
void frame_verdict(struct buf *out, enum verdict verdict);
/* A run's status as the verdict it looks like. */
enum verdict frame_of_status(enum status status);

/* <time datetime>2026-01-02 03:04:05 UTC</time> */
void frame_time(struct buf *out, wall_t at);
/* The same, but shown as "12 s ago"; a dash when `at` is not set. */
void frame_ago(struct buf *out, wall_t at, wall_t now);
/* "183 ms", "1.2 s", "4 min": `us` microseconds, a dash below 0. */
void frame_duration(struct buf *out, int64_t us);
/* Why a result is not up, and at which of its steps; nothing when it is. */
void frame_reason(struct buf *out, const struct result *result);

#endif
