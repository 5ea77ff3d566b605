/*
 * scope.h - what the requests of one run share.
 *
 * A check of one request has a scope as a journey has: its redirects share it.
 *
 * Lifecycle   scope_init(), requests, scope_clear().
 * Ownership   borrows engine and spec.
 * Threads     the loop's.
 */
#ifndef CHECKS_SCOPE_H
#define CHECKS_SCOPE_H

#include "base/id.h"

struct engine;
struct spec;

struct scope {
    struct engine *engine;
    const struct spec *spec;
    struct id run; /* also the trace id of each request */
};

void scope_init(struct scope *scope, struct engine *engine,
                const struct spec *spec, const struct id *run);
void scope_clear(struct scope *scope);

#endif
