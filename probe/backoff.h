/*
 * backoff.h - how long to wait before trying the controller again; pure.
 *
 * Doubles from BACKOFF_MIN_MS to BACKOFF_MAX_MS; the wait itself lies between
 * half of that and all of it, so that a thousand probes do not come back as
 * one.
 *
 * Ownership   plain values.
 * Errors      none.
 * Threads     none of its own.
 */
#ifndef PROBE_BACKOFF_H
#define PROBE_BACKOFF_H

#include <stdint.h>

#define BACKOFF_MIN_MS 500
#define BACKOFF_MAX_MS 30000

struct backoff {
    int64_t ms; /* 0: nothing failed lately */
    uint64_t seed;
};

/* After a failure: what to wait. */
int64_t backoff_next_ns(struct backoff *backoff);
void backoff_reset(struct backoff *backoff);

#endif
