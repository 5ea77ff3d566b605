#include "checks/scope.h"

void
scope_init(struct scope *scope, struct engine *engine, const struct spec *spec,
           const struct id *run)
{
    *scope = (struct scope){.engine = engine, .spec = spec, .run = *run};
}

void
scope_clear(struct scope *scope)
{
    *scope = (struct scope){0};
}
