#include "checks/lookup.h"

#include <string.h>

#include "base/str.h"
#include "checks/look.h"

struct lookup *
lookup_add(struct look *look, const char *host)
{
    struct seen *seen = &look->seen;
    struct lookup *lookup;

    if (seen->lookup == NULL)
        seen->lookup = str_xcalloc(LOOKUPS_MAX, sizeof(*lookup));
    if (seen->lookup_count == LOOKUPS_MAX)
        memmove(&seen->lookup[0], &seen->lookup[1],
                --seen->lookup_count * sizeof(*lookup));
    lookup = &seen->lookup[seen->lookup_count++];
    *lookup = (struct lookup){0};
    (void)str_copy(lookup->host, sizeof(lookup->host), host);
    return lookup;
}
