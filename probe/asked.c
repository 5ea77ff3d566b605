#include "probe/asked.h"

bool
asked_has(const struct asked *asked, const struct id *id)
{
    for (size_t i = 0; i < ASKED_MAX; i++)
        if (id_eq(&asked->id[i], id))
            return true;
    return false;
}

void
asked_add(struct asked *asked, const struct id *id)
{
    asked->id[asked->next++ % ASKED_MAX] = *id;
}
