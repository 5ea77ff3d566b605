#include "checks/spec.h"

#include <assert.h>
#include <stdlib.h>

#include "base/secret.h"

static void
spec_ws_clear(struct spec_ws *ws)
{
    spec_endpoint_clear(&ws->at);
    free(ws->origin);
    free(ws->authority);
    free(ws->path);
    free(ws->subprotocol);
    spec_fields_clear(&ws->headers);
    spec_fields_clear(&ws->send);
}

static void
kind_clear(struct spec *spec)
{
    switch (spec->kind) {
    case SPEC_HTTP:
        spec_request_clear(&spec->of.http.request);
        break;
    case SPEC_JOURNEY:
        spec_journey_clear(&spec->of.journey);
        break;
    case SPEC_DNS:
        free(spec->of.dns.name);
        free(spec->of.dns.record);
        spec_list_clear(&spec->of.dns.ask);
        spec_list_clear(&spec->of.dns.trust_anchor);
        break;
    case SPEC_TLS:
    case SPEC_TCP:
        spec_endpoint_clear(&spec->of.endpoint);
        break;
    case SPEC_ICMP:
        free(spec->of.icmp.host);
        break;
    case SPEC_EXEC:
        spec_list_clear(&spec->of.exec.argv);
        spec_fields_clear(&spec->of.exec.env);
        break;
    case SPEC_GRPC:
        free(spec->of.grpc.url);
        free(spec->of.grpc.service);
        spec_fields_clear(&spec->of.grpc.headers);
        break;
    case SPEC_WS:
        spec_ws_clear(&spec->of.ws);
        break;
    case SPEC_PUSH: /* every_ns, and timeout_ns for its grace, are all of it */
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
    spec_list_clear(&spec->regions);
    spec_list_clear(&spec->tags);
    free(spec->policy);
    free(spec->runbook);
    spec_fields_clear(&spec->links);
    spec_list_clear(&spec->shown);
    spec_net_clear(&spec->net);
    secret_set_free(spec->secrets);
    spec_exprs_clear(&spec->expect);
    spec_exprs_clear(&spec->degraded_when);
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
