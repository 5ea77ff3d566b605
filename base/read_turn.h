/*
 * read_turn.h - how much libcurl may read before our loop has its turn again.
 *
 * libcurl reads a socket until it is empty, and over HTTP/2 it asks nobody in
 * between: a server that sends frames as fast as they are read would keep a
 * loop for as long as it likes, and every check on it.  There is no option for
 * that, so the recv() that libcurl calls is ours.  Once the turn is used up the
 * socket looks empty; the loop, which watches levels, comes back to it.
 *
 * Not a limit of an answer: base/fetch.h has those.
 *
 * Lifecycle   read_turn_begin(), calls into libcurl, read_turn_end().  Outside
 *             of a turn recv(2) is what it always was, for everybody.
 * Threads     a turn is its thread's.
 */
#ifndef BASE_READ_TURN_H
#define BASE_READ_TURN_H

#include <stddef.h>

void read_turn_begin(size_t bytes);
void read_turn_end(void);

#endif
