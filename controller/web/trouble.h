/*
 * trouble.h - what the controller cannot do at the moment, what it does all the
 * same, and the remedy: for `/-/ready` and for the terminal.
 *
 * Not the health of probes (fleet.h) nor of what is watched: a database that
 * cannot be written.
 *
 * Ownership   borrows.
 * Errors      none.
 * Threads     loop thread only.
 */
#ifndef CONTROLLER_WEB_TROUBLE_H
#define CONTROLLER_WEB_TROUBLE_H

#include <stdbool.h>

struct buf;
struct view;

/* A line for each trouble; false, and nothing is added: there is none. */
bool trouble_add(struct buf *out, const struct view *view);

#endif
