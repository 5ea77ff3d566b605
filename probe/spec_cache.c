#include "probe/spec_cache.h"

#include "checks/catalog.h"
#include "checks/spec.h"

static void
take_out(struct spec_cache *cache, struct spec_slot *slot)
{
    if (slot->newer != NULL)
        slot->newer->older = slot->older;
    else
        cache->newest = slot->older;
    if (slot->older != NULL)
        slot->older->newer = slot->newer;
    else
        cache->oldest = slot->newer;
    slot->newer = slot->older = NULL;
}

static void
put_first(struct spec_cache *cache, struct spec_slot *slot)
{
    slot->older = cache->newest;
    if (cache->newest != NULL)
        cache->newest->newer = slot;
    else
        cache->oldest = slot;
    cache->newest = slot;
}

struct spec *
spec_cache_get(struct spec_cache *cache, struct spec_slot *slot,
               const char *text, char *why, size_t cap)
{
    if (slot->spec != NULL) {
        take_out(cache, slot);
        put_first(cache, slot);
        return slot->spec;
    }
    slot->spec = catalog_compile(text, why, cap);
    if (slot->spec == NULL)
        return NULL;
    if (cache->count == cache->max)
        spec_cache_remove(cache, cache->oldest);
    cache->count++;
    put_first(cache, slot);
    return slot->spec;
}

void
spec_cache_remove(struct spec_cache *cache, struct spec_slot *slot)
{
    if (slot->spec == NULL)
        return;
    take_out(cache, slot);
    spec_free(slot->spec);
    slot->spec = NULL;
    cache->count--;
}
