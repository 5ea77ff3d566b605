/*
 * What an ICMP check has of its own: a host, and how many packets at what pace.
 */
#include <stdlib.h>

#include "base/str.h"
#include "base/units.h"
#include "checks/aim.h"
#include "checks/compile.h"
#include "checks/merge.h"
#include "checks/spec.h"

/* The last packet has to be sent before the run is over. */
static void
check_pace(struct compile_job *job)
{
    const struct spec_icmp *icmp = &job->spec->of.icmp;
    int64_t last = (icmp->count - 1) * icmp->interval_ns;
    bool is_count = job->merge->value[SPEC_KEY_COUNT_OF].from != NULL;
    char interval[UNITS_TEXT_MAX];
    char timeout[UNITS_TEXT_MAX];

    if (last < job->spec->timeout_ns)
        return;
    compile_wrong(
        job, compile_pos(job, is_count ? SPEC_KEY_COUNT_OF : SPEC_KEY_INTERVAL),
        "fewer packets, a shorter `interval` or a longer `timeout`",
        "%d packets, one every %s, do not fit into the timeout of %s",
        icmp->count, units_format_duration(interval, icmp->interval_ns),
        units_format_duration(timeout, job->spec->timeout_ns));
}

void
compile_icmp(struct compile_job *job)
{
    struct spec_icmp *icmp = &job->spec->of.icmp;
    struct aim_fault fault;

    icmp->host = str_xdup(job->spec->target);
    if (aim_parse_host(icmp->host, &fault) != 0)
        compile_aim_fault(job, job->merge->value[SPEC_KEY_ICMP].from, &fault);
    icmp->count = (int)compile_number(job, SPEC_KEY_COUNT_OF);
    icmp->interval_ns = compile_number(job, SPEC_KEY_INTERVAL);
    icmp->size = (size_t)compile_number(job, SPEC_KEY_SIZE);
    check_pace(job);
}
