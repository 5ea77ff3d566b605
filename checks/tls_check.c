/*
 * Connect, say what STARTTLS wants, finish the handshake, judge the chain.
 * Trust, host name, dates and the strength of keys are always asked for; the
 * expectations come after them.  A scan of versions, when the spec asks for
 * it, follows a handshake that stands, whatever the chain is.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "checks/check_priv.h"
#include "checks/dial.h"
#include "checks/secure.h"
#include "checks/spec.h"
#include "checks/target.h"
#include "checks/tls_scan.h"

struct tls_run {
    struct target *target;
    struct dial *dial;
    int fd;
    struct secure *secure;
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
on_secure(void *cookie, const struct secure_answer *answer)
{
    struct check *check = cookie;
    struct tls_run *run = check->state;

    run->reason = answer->reason;
    (void)str_copy(run->message, sizeof(run->message), answer->message);
    if (answer->is_up && check->spec->of.endpoint.scan) {
        /* Some servers take one connection of a client at a time. */
        (void)close(run->fd);
        run->fd = -1;
        run->scan =
            tls_scan_start(check, dial_addr(run->dial),
                           check->look.seen.tls_protocol, on_scan, check);
    }
    if (run->scan == NULL)
        end(check);
}

static void
on_connected(void *cookie, const struct dial_answer *answer)
{
    struct check *check = cookie;
    struct tls_run *run = check->state;

    run->fd = answer->fd;
    if (answer->reason != REASON_NONE) {
        check_fail(check, answer->reason, "%s", answer->message);
        return;
    }
    run->secure = secure_start(check, run->fd, 0, on_secure, check);
    if (run->secure == NULL)
        check_fail(check, REASON_LOCAL_LIMIT, "TLS: %s", strerror(errno));
}

static void
on_target(void *cookie, const struct target_answer *answer)
{
    struct check *check = cookie;
    struct tls_run *run = check->state;

    if (answer->reason != REASON_NONE) {
        check_fail(check, answer->reason, "%s", answer->message);
        return;
    }
    run->dial =
        dial_start(check, answer->addrs, answer->count, on_connected, check);
    if (run->dial == NULL)
        check_fail(check, REASON_LOCAL_LIMIT, "%s", strerror(errno));
}

static void
start(struct check *check)
{
    const struct spec_endpoint *at = &check->spec->of.endpoint;
    struct tls_run *run = str_xcalloc(1, sizeof(*run));

    run->fd = -1;
    check->state = run;
    run->target = target_start(check, at->host, at->port, on_target, check);
    if (run->target == NULL)
        check_fail(check, REASON_LOCAL_LIMIT, "%s", strerror(errno));
}

static void
expire(struct check *check)
{
    struct tls_run *run = check->state;
    const char *what;
    enum reason reason;

    if (run->dial == NULL) {
        check_fail(check, REASON_DNS_TIMEOUT, "%s: no address in time",
                   check->spec->of.endpoint.host);
        return;
    }
    if (run->secure == NULL) {
        check_fail(check, REASON_CONNECT_TIMEOUT, "%s: no connection in time",
                   dial_address(run->dial));
        return;
    }
    reason = secure_late(run->secure, &what);
    check_fail(check, reason, "%s: %s did not come in time",
               dial_address(run->dial), what);
}

static void
cancel(struct check *check)
{
    struct tls_run *run = check->state;

    target_cancel(run->target);
    dial_cancel(run->dial);
    tls_scan_cancel(run->scan);
    secure_cancel(run->secure);
    if (run->fd >= 0)
        (void)close(run->fd);
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
