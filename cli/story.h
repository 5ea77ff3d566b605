/*
 * story.h - what `picket up` and `demo` tell on the terminal, line by line.
 *
 * Every check's first result from each region; from then on only what changes:
 * a region that fails (suspected by the first, confirmed by the next), the
 * verdict, the public's word for a component, pages in a frame.
 *
 * Not a log (base/log.h) and not a decision: it only tells what others said.
 *
 * Ownership   copies what it keeps; `out` stays the caller's.
 * Units       each call says the moment it tells of; shown as HH:MM:SS, UTC.
 * Errors      over STORY_VOICES_MAX checks times regions: those beyond are
 *             counted, not told.
 * Threads     none of its own.
 */
#ifndef CLI_STORY_H
#define CLI_STORY_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/clock.h"
#include "controller/decide/verdict.h"
#include "wire/result.h"

#define STORY_VOICES_MAX 10000

struct paint;
struct story;

struct story_opts {
    FILE *out;
    const struct paint *paint;
    size_t voices;     /* checks times their regions: who is to be heard */
    size_t name_width; /* of the longest check's name */
};

struct story *story_create(const struct story_opts *opts);
void story_free(struct story *story);

void story_on_result(struct story *story, wall_t at, const char *region,
                     const struct result *result);
void story_on_verdict(struct story *story, wall_t at, const char *check,
                      enum verdict from, enum verdict to);
/* What the status page says of a component now, and what it said before. */
void story_on_component(struct story *story, wall_t at, const char *name,
                        const char *from, const char *to);
/* A page's text as its channel was given it. */
void story_on_page(struct story *story, wall_t at, const char *text);
/* One line of somebody else: `who` is a short word. */
void story_on_word(struct story *story, wall_t at, const char *who,
                   const char *text);
/* The last line: for how long, how many results, changes and pages. */
void story_end(struct story *story, wall_t at);

#endif
