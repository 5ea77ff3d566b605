/*
 * Connect, say what STARTTLS wants, finish the handshake, judge the chain.
 * Trust, host name, dates and the strength of keys are always asked for; the
 * expectations come after them.  A scan of versions, when the spec asks for
 * it, follows a handshake that stands, whatever the chain is.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "checks/check_priv.h"
#include "checks/reach.h"
#include "checks/spec.h"
#include "checks/tls_scan.h"

struct tls_run {
    struct reach *reach;
    struct tls_scan *scan;
    enum reason reason; /* of the chain, told after the scan */
    char message[RESULT_MESSAGE_MAX];
};

static void
end(struct check *check)
{
    struct tls_run *run = check->state;

    if (run->reason != REASON_NONE)
        check_fail(check, run->reason, "%s", run->message);
    else
        check_end(check);
}

static void
on_scan(void *cookie, const char *versions)
{
    struct check *check = cookie;

    check->look.seen.tls_versions = versions;
    end(check);
}

static void
on_reached(void *cookie, const struct reach_answer *answer)
{
    struct check *check = cookie;
    struct tls_run *run = check->state;

    run->reason = answer->reason;
    (void)str_copy(run->message, sizeof(run->message), answer->message);
    if (answer->is_up && check->spec->of.endpoint.scan) {
        /* Some servers take one connection of a client at a time. */
        reach_hang_up(run->reach);
        run->scan =
            tls_scan_start(check, reach_addr(run->reach),
                           check->look.seen.tls_protocol, on_scan, check);
    }
    if (run->scan == NULL)
        end(check);
}

static void
start(struct check *check)
{
    struct tls_run *run = str_xcalloc(1, sizeof(*run));
    struct reach_opts opts = {
        .at = &check->spec->of.endpoint,
        .is_secured = true,
        .done = on_reached,
        .cookie = check,
    };

    check->state = run;
    run->reach = reach_start(check, &opts);
    if (run->reach == NULL)
        check_fail(check, REASON_LOCAL_LIMIT, "%s", strerror(errno));
}

static void
expire(struct check *check)
{
    struct tls_run *run = check->state;
    char why[RESULT_MESSAGE_MAX];
    enum reason reason = reach_late(run->reach, why, sizeof(why));

    check_fail(check, reason, "%s", why);
}

static void
cancel(struct check *check)
{
    struct tls_run *run = check->state;

    tls_scan_cancel(run->scan);
    reach_cancel(run->reach);
    free(run);
}

/* The chain was judged already. */
static void
judge(struct check *check)
{
    (void)check;
}

const struct check_kind tls_check = {
    .start = start,
    .expire = expire,
    .cancel = cancel,
    .judge = judge,
};
