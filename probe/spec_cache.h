/*
 * spec_cache.h - the specs of the checks that ran last, compiled from text.
 *
 * Ten thousand compiled checks would cost what their texts do not, so a check
 * holds a slot and gets its spec when it needs it.
 *
 * Ownership   the cache owns the specs; what runs takes its own reference.
 * Errors      NULL and `why`: the text does not compile here.
 * Threads     none of its own.
 */
#ifndef PROBE_SPEC_CACHE_H
#define PROBE_SPEC_CACHE_H

#include <stddef.h>

struct spec;

struct spec_slot { /* zeroed: empty */
    struct spec *spec;
    struct spec_slot *newer, *older;
};

struct spec_cache { /* zeroed but for max */
    struct spec_slot *newest, *oldest;
    size_t count;
    size_t max; /* at least 1 */
};

/* Valid until the next call. */
struct spec *spec_cache_get(struct spec_cache *cache, struct spec_slot *slot,
                            const char *text, char *why, size_t cap);
void spec_cache_remove(struct spec_cache *cache, struct spec_slot *slot);

#endif
