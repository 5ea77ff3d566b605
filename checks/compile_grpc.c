/*
 * What a grpc check has of its own: a server, with TLS or in clear, and the
 * service whose health is asked for.
 */
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include "base/str.h"
#include "checks/aim.h"
#include "checks/compile.h"
#include "checks/compile_meet.h"
#include "checks/grpc_health.h"
#include "checks/merge.h"
#include "checks/spec.h"

static void
check_url(struct compile_job *job, const char *target)
{
    const char *path = strstr(target, "://") + 3;
    struct aim_fault fault;

    if (aim_parse_url(target, &fault) != 0) {
        compile_aim_fault(job, job->merge->value[SPEC_KEY_GRPC].from, &fault);
        return;
    }
    path += strcspn(path, "/?#");
    if (*path == '\0')
        return;
    fault = (struct aim_fault){
        .offset = (size_t)(path - target),
        .len = strlen(path),
        .why = "a gRPC server has no path",
        .hint = "write the service as service = \"NAME\"",
    };
    compile_aim_fault(job, job->merge->value[SPEC_KEY_GRPC].from, &fault);
}

static void
check_endpoint(struct compile_job *job, const char *target)
{
    char host[AIM_HOST_MAX];
    struct aim_fault fault;
    uint16_t port = 0;

    if (aim_parse_endpoint(target, host, &port, &fault) != 0)
        compile_aim_fault(job, job->merge->value[SPEC_KEY_GRPC].from, &fault);
}

/* An HTTP proxy knows no word for HTTP/2 in clear. */
static void
check_proxy(struct compile_job *job)
{
    const struct spec_net *net = &job->spec->net;
    const struct conf *proxy = job->merge->value[SPEC_KEY_PROXY].from;

    if (net->proxy && str_starts(net->proxy, "http://") && proxy)
        compile_wrong(job, proxy->pos,
                      "ask https://..., go through socks5://HOST:PORT, or "
                      "write proxy = \"\";",
                      "through an HTTP proxy only https:// can be asked for in "
                      "HTTP/2");
}

void
compile_grpc(struct compile_job *job)
{
    struct spec_grpc *grpc = &job->spec->of.grpc;
    const char *target = job->spec->target;
    bool is_url =
        str_starts(target, "https://") || str_starts(target, "http://");

    if (is_url)
        check_url(job, target);
    else
        check_endpoint(job, target);
    grpc->url = str_xprintf("%s%s" GRPC_PATH, is_url ? "" : "http://", target);
    grpc->service = str_xdup(compile_text(job, SPEC_KEY_SERVICE));
    compile_headers(job, &grpc->headers);
    compile_meet(job);
    if (str_starts(target, "https://"))
        return;
    compile_meet_clear(job, "write \"https://HOST:PORT\"");
    check_proxy(job);
}
