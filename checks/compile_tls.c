/*
 * What TLS and TCP checks have of their own: a host and a port to connect to.
 */
#include "base/str.h"
#include "checks/aim.h"
#include "checks/compile.h"
#include "checks/merge.h"
#include "checks/spec.h"

#define TLS_PORT 443

static void
compile_endpoint(struct compile_job *job, enum spec_key key, uint16_t port)
{
    struct spec_endpoint *to = &job->spec->of.endpoint;
    char host[AIM_HOST_MAX] = "";
    struct aim_fault fault;

    to->port = port;
    if (aim_parse_endpoint(job->spec->target, host, &to->port, &fault) != 0)
        compile_aim_fault(job, job->merge->value[key].from, &fault);
    to->host = str_xdup(host);
    to->sni = str_xdup(compile_text(job, SPEC_KEY_SNI));
}

void
compile_tls(struct compile_job *job)
{
    compile_endpoint(job, SPEC_KEY_TLS, TLS_PORT);
}

void
compile_tcp(struct compile_job *job)
{
    compile_endpoint(job, SPEC_KEY_TCP, 0);
}
