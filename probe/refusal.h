/*
 * refusal.h - what a controller's refusal says, as words for a person.
 *
 * Not how it went (the status, the connection): that is the caller's.
 *
 * Ownership   borrows the body during the call.
 * Errors      none: a body that is not a controller's, but a proxy's page or
 *             half an answer, gives its first line.
 * Threads     none of its own.
 */
#ifndef PROBE_REFUSAL_H
#define PROBE_REFUSAL_H

#include <stddef.h>

/* {"error":{"message","remedy"}} as "MESSAGE; REMEDY" into `to`, cut at `cap`
 * bytes and without control characters; "" when the body says nothing. */
void refusal_format(char *to, size_t cap, const char *body, size_t len);

#endif
