#include "checks/spec.h"

#include <assert.h>
#include <stddef.h>

const char *
spec_kind_name(enum spec_kind kind)
{
    static const char *const names[] = {"http", "dns", "tls", "tcp"};

    assert((size_t)kind < sizeof(names) / sizeof(names[0]));
    return names[kind];
}
