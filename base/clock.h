/*
 * clock.h - the two times Picket knows, as two types the compiler keeps apart.
 *
 * Not a timer: that is loop.h, which also carries the clock that objects ask,
 * so that a test can move it by hand.
 *
 * Units       mono_t is nanoseconds of an arbitrary origin: intervals and
 *             timeouts.  wall_t is milliseconds since 1970 UTC: disk and wire.
 * Errors      none.
 * Threads     any.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

typedef struct {
    int64_t ns;
} mono_t;

typedef struct {
    int64_t ms;
} wall_t;

#define NS_PER_US 1000LL
#define NS_PER_MS 1000000LL
#define NS_PER_S  1000000000LL
#define MS_PER_S  1000LL

/* The machine's clocks.  Objects on a loop ask loop_now() and loop_wall(). */
mono_t clock_mono(void);
wall_t clock_wall(void);

/* CPU time of this process, user and system, in nanoseconds. */
int64_t clock_cpu_ns(void);

static inline int64_t
clock_since_ns(mono_t from, mono_t to)
{
    return to.ns - from.ns;
}

static inline mono_t
clock_after(mono_t at, int64_t ns)
{
    return (mono_t){at.ns + ns};
}

#endif
