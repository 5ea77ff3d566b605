/*
 * view.h - what a page is made from: the controller as it is at one moment.
 *
 * A page is a function of this value and writes into a buffer; nothing of it
 * knows HTTP.  So a test may render one from made-up parts.
 *
 * Ownership   everything is borrowed, for one turn of the loop.
 * Threads     loop thread only.
 */
#ifndef CONTROLLER_WEB_VIEW_H
#define CONTROLLER_WEB_VIEW_H

#include <stdint.h>

#include "base/clock.h"

struct config;
struct decider;
struct enrol;
struct fleet;
struct ingest;
struct outbox;
struct store;

struct view {
    const struct config *config;
    const struct decider *decider;
    const struct fleet *fleet;
    const struct enrol *enrol;
    const struct outbox *outbox;
    const struct ingest *ingest;
    const struct store *store;
    wall_t now;
    wall_t started;   /* of this controller */
    uint64_t crowded; /* connections closed: too many of an address */
};

#define VIEW_PAGE_MAX (4u << 20) /* bytes of one page or document */

#endif
