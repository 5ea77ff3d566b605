/*
 * verdict_bytes.h - a verdict's state as bytes, for the store.
 *
 * What is asked of others (who is lost, ill, being asked) is not in it.
 *
 * Ownership   none is taken.
 * Errors      verdict_decode() -1: not a state.
 * Units, threads: as verdict.h.
 */
#ifndef CONTROLLER_DECIDE_VERDICT_BYTES_H
#define CONTROLLER_DECIDE_VERDICT_BYTES_H

#include <stddef.h>

struct buf;
struct verdict_state;

void verdict_encode(struct buf *out, const struct verdict_state *state);
int verdict_decode(struct verdict_state *state, const void *data, size_t len);

/* The regions changed: region i was from[i], or -1: new. */
void verdict_move(struct verdict_state *state, const int *from, size_t count);

#endif
