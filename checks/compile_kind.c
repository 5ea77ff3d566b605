/*
 * Which kind a check is of, and what its kinds' files (compile_http.c and its
 * siblings) share.
 */
#include "base/conf.h"
#include "base/str.h"
#include "checks/aim.h"
#include "checks/compile.h"
#include "checks/merge.h"
#include "checks/spec.h"

void
compile_aim_fault(struct compile_job *job, const struct conf *from,
                  const struct aim_fault *fault)
{
    compile_wrong(job, conf_pos_in(from, fault->offset, fault->len),
                  fault->hint, "%s", fault->why);
}

bool
compile_is_one_of(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(text, words[i]))
            return true;
    return false;
}

/* How often a heartbeat is expected, and how late it may be, stand for interval
 * and timeout, so that slots, staleness and bars are those of any check. */
static void
compile_heartbeat(struct compile_job *job)
{
    const struct merge_value *recover = &job->merge->value[SPEC_KEY_RECOVER];
    struct spec *spec = job->spec;

    spec->every_ns = compile_number(job, SPEC_KEY_PUSH);
    spec->timeout_ns = compile_number(job, SPEC_KEY_GRACE);
    /* The next may be a day away: one good heartbeat is enough, unless the
     * check itself says otherwise. */
    if (!recover->is_own)
        spec->recover = 1;
}

void
compile_kind(struct compile_job *job)
{
    enum spec_key key = (enum spec_key)job->spec->kind;

    job->spec->target = str_xdup(compile_text(job, key));
    switch (job->spec->kind) {
    case SPEC_HTTP:
        compile_http(job);
        break;
    case SPEC_JOURNEY:
        compile_journey(job);
        break;
    case SPEC_DNS:
        compile_dns(job);
        break;
    case SPEC_TLS:
        compile_tls(job);
        break;
    case SPEC_TCP:
        compile_tcp(job);
        break;
    case SPEC_ICMP:
        compile_icmp(job);
        break;
    case SPEC_EXEC:
        compile_exec(job);
        break;
    case SPEC_GRPC:
        compile_grpc(job);
        break;
    case SPEC_WS:
        compile_ws(job);
        break;
    case SPEC_PUSH:
        compile_heartbeat(job);
        break;
    }
}
