#include "checks/spec.h"

#include <assert.h>
#include <stdlib.h>

#include "base/expr.h"
#include "base/secret.h"
#include "base/trust.h"

static void
list_clear(struct spec_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->item[i]);
    free(list->item);
}

static void
exprs_clear(struct spec_exprs *exprs)
{
    for (size_t i = 0; i < exprs->count; i++)
        expr_free(exprs->item[i]);
    free(exprs->item);
}

static void
kind_clear(struct spec *spec)
{
    switch (spec->kind) {
    case SPEC_HTTP:
        free(spec->of.http.method);
        free(spec->of.http.url);
        list_clear(&spec->of.http.headers);
        free(spec->of.http.body);
        break;
    case SPEC_DNS:
        free(spec->of.dns.name);
        free(spec->of.dns.record);
        list_clear(&spec->of.dns.ask);
        break;
    case SPEC_TLS:
    case SPEC_TCP:
        free(spec->of.endpoint.host);
        free(spec->of.endpoint.sni);
        break;
    }
}

struct spec *
spec_ref(struct spec *spec)
{
    assert(spec->refs > 0);
    spec->refs++;
    return spec;
}

void
spec_free(struct spec *spec)
{
    if (!spec)
        return;
    assert(spec->refs > 0);
    if (--spec->refs > 0)
        return;
    kind_clear(spec);
    free(spec->name);
    free(spec->target);
    free(spec->text);
    list_clear(&spec->regions);
    list_clear(&spec->tags);
    free(spec->policy);
    free(spec->runbook);
    free(spec->resolve);
    list_clear(&spec->allow);
    free(spec->ca);
    trust_free(spec->trust);
    secret_set_free(spec->secrets);
    exprs_clear(&spec->expect);
    exprs_clear(&spec->degraded_when);
    free(spec);
}

const char *
spec_kind_name(enum spec_kind kind)
{
    static const char *const names[] = {
#define KIND(id, name, what) #name,
#include "checks/spec_kind.def"
#undef KIND
    };

    assert((size_t)kind < sizeof(names) / sizeof(names[0]));
    return names[kind];
}
