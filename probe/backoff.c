#include "probe/backoff.h"

#include "base/clock.h"

int64_t
backoff_next_ns(struct backoff *b)
{
    uint64_t half;

    b->ms = b->ms == 0 ? BACKOFF_MIN_MS : b->ms * 2;
    if (b->ms > BACKOFF_MAX_MS)
        b->ms = BACKOFF_MAX_MS;
    half = (uint64_t)b->ms / 2;
    b->seed = b->seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (int64_t)(half + (b->seed >> 33) % (half + 1)) * NS_PER_MS;
}

void
backoff_reset(struct backoff *b)
{
    b->ms = 0;
}
