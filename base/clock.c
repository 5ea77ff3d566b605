/*
 * clock.c - see clock.h.  The only file that asks the kernel for the time.
 */
#include "base/clock.h"

#include <assert.h>
#include <time.h>

static int64_t
read_ns(clockid_t id)
{
    struct timespec ts;
    int rc = clock_gettime(id, &ts);

    assert(rc == 0);
    return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

mono_t
clock_mono(void)
{
    return (mono_t){read_ns(CLOCK_MONOTONIC)};
}

wall_t
clock_wall(void)
{
    return (wall_t){read_ns(CLOCK_REALTIME) / NS_PER_MS};
}

int64_t
clock_cpu_ns(void)
{
    return read_ns(CLOCK_PROCESS_CPUTIME_ID);
}
