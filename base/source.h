/*
 * source.h - the address that a socket's packets leave from.
 *
 * Not which way they take: that is the kernel's, by its routes.
 *
 * Ownership   borrows the address during the call.
 * Errors      -1 with errno; the socket is as it was.
 * Threads     none of its own.
 */
#ifndef BASE_SOURCE_H
#define BASE_SOURCE_H

struct addr;

/* Before `fd` (of `family`) connects.  0 also when `source` is NULL, empty or
 * of another family: then the kernel chooses, as ever.  No port is taken: it is
 * found by connect(), so that no more run out than without. */
int source_set(int fd, int family, const struct addr *source);

#endif
