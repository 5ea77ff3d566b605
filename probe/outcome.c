#include "probe/outcome.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "checks/check.h"
#include "checks/spec.h"
#include "wire/message.h"
#include "wire/result.h"

#define US_PER_MS 1000

int64_t
outcome_slack_ns(const struct spec *spec, uint32_t regions)
{
    int64_t slack_ns;

    if (spec == NULL || !spec->lock)
        return -1;
    slack_ns = spec->every_ns / regions - spec_run_ns(spec);
    return slack_ns > 0 ? slack_ns : 0;
}

/* Whoever comes late misses a deadline, finds the line closed, or takes his own
 * time for the target's.  A wrong status or text is nobody's hurry. */
static bool
may_be_of_lateness(const struct result *result)
{
    static const char *const causes[] = {".timeout", ".closed", ".reset",
                                         ".time"};
    const char *name = reason_name(result->reason);

    for (size_t i = 0; name != NULL && i < sizeof(causes) / sizeof(causes[0]);
         i++)
        if (str_ends(name, causes[i]))
            return true;
    return false;
}

struct result *
outcome_lag(struct result *result, int64_t lag_us, int64_t max_us)
{
    char message[RESULT_MESSAGE_MAX];
    struct result marked, *copy;
    size_t len;

    if (result->lag_us < lag_us)
        result->lag_us = lag_us;
    if (result->lag_us <= max_us ||
        (result->step_count > 0 && !may_be_of_lateness(result)))
        return result;
    marked = *result;
    (void)snprintf(message, sizeof(message),
                   "this probe was %lld ms behind, over its limit of %lld ms: "
                   "nothing was measured; give it fewer checks or more CPU",
                   (long long)(result->lag_us / US_PER_MS),
                   (long long)(max_us / US_PER_MS));
    len = strlen(message);
    if (result->message != NULL)
        (void)snprintf(message + len, sizeof(message) - len,
                       " (it saw: %.300s)", result->message);
    marked.status = STATUS_ERROR;
    marked.reason = REASON_LOCAL_OVERLOAD;
    marked.message = message;
    copy = result_copy(&marked);
    if (copy == NULL)
        return result;
    result_free(result);
    return copy;
}

struct result *
outcome_refused(const struct message_assigned *as, const struct check_run *run,
                wall_t now, enum reason reason, const char *why)
{
    struct result result;

    result_init(&result);
    result.check = as->check;
    result.version = as->version;
    result.run = id_random();
    result.asked = run->asked;
    result.slot = run->slot;
    result.started = now;
    result.status = STATUS_ERROR;
    result.reason = reason;
    result.message = why;
    return result_copy(&result);
}
