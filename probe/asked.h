/*
 * asked.h - the newest run-nows, so that one that is repeated runs once.
 *
 * Lifecycle   begins zeroed.
 * Ownership   by value, nothing to free.
 * Threads     none of its own.
 */
#ifndef PROBE_ASKED_H
#define PROBE_ASKED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/id.h"

#define ASKED_MAX 256 /* remembered; the oldest is forgotten first */

struct asked {
    struct id id[ASKED_MAX];
    size_t next;
};

bool asked_has(const struct asked *asked, const struct id *id);
void asked_add(struct asked *asked, const struct id *id);

#endif
