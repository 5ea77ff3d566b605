/*
 * One region at a time is a matter of schedule, not of a lock on the network:
 * it holds when every region's run has ended, its cleanup too, before the next
 * one's begins.
 */
#include <stdlib.h>

#include "base/conf.h"
#include "base/str.h"
#include "base/units.h"
#include "checks/compile.h"
#include "checks/merge.h"
#include "checks/spec.h"

void
compile_lock(struct compile_job *job)
{
    struct spec *spec = job->spec;
    const struct conf *from = job->merge->value[SPEC_KEY_LOCK].from;
    size_t regions =
        spec->regions.count ? spec->regions.count : job->env->region_total;
    int64_t cleanup =
        spec->kind == SPEC_JOURNEY ? spec->of.journey.cleanup_timeout_ns : 0;
    int64_t run = spec->timeout_ns + cleanup;
    char text[4][UNITS_TEXT_MAX];
    char *with;
    char *hint;

    spec->lock = compile_number(job, SPEC_KEY_LOCK) != 0;
    if (!spec->lock || regions == 0 || run <= spec->every_ns / (int64_t)regions)
        return;
    with = cleanup > 0 ? str_xprintf(" + %s of cleanup",
                                     units_format_duration(text[0], cleanup))
                       : str_xdup("");
    hint = str_xprintf("every = \"%s\"; or a shorter timeout, or fewer regions",
                       units_format_duration(text[1], run * (int64_t)regions));
    compile_wrong(job, from->pos, hint,
                  "one region after another does not fit: %zu region%s x (%s%s)"
                  " is more than `every`, %s",
                  regions, regions == 1 ? "" : "s",
                  units_format_duration(text[2], spec->timeout_ns), with,
                  units_format_duration(text[3], spec->every_ns));
    free(with);
    free(hint);
}
