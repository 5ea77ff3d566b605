/*
 * Connect, finish the handshake, judge the chain.  Trust, host name, dates and
 * the strength of keys are always asked for; the expectations come after them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/certs.h"
#include "base/loop.h"
#include "base/str.h"
#include "checks/check_priv.h"
#include "checks/dial.h"
#include "checks/engine_priv.h"
#include "checks/spec.h"
#include "checks/target.h"
#include "checks/tls_session.h"

/* A refused client certificate shows one round trip after the handshake. */
#define LOOK_MIN_NS (50 * NS_PER_MS)

struct tls_run {
    struct target *target;
    struct dial *dial;
    int fd;
    struct tls_session *session;
};

/* The chain's faults; true when the run ended by one. */
static bool
judge_chain(struct check *check, const struct tls_session_seen *seen)
{
    struct tls_faults faults = seen->faults;
    char message[RESULT_MESSAGE_MAX];
    enum reason worst;
    bool is_old = seen->protocol != NULL &&
                  !str_eq(seen->protocol, "TLSv1.2") &&
                  !str_eq(seen->protocol, "TLSv1.3");

    if (is_old && !check_asks(check, "protocol"))
        tls_reason_add(&faults, REASON_TLS_PROTOCOL);
    (void)tls_reason_format(check->look.seen.faults,
                            sizeof(check->look.seen.faults), &faults);
    worst = tls_reason_worst(&faults);
    if (worst == REASON_NONE || check->spec->net.insecure)
        return false;
    if (worst == REASON_TLS_PROTOCOL)
        check_fail(check, worst, "the server agreed on %s; 1.2 is the least",
                   seen->protocol);
    else
        check_fail(check, worst, "%s",
                   tls_reason_message(message, sizeof(message), worst,
                                      seen->certs,
                                      check->spec->of.endpoint.host));
    return true;
}

static void
on_session(void *cookie, const struct tls_session_seen *seen)
{
    struct check *check = cookie;

    check->look.seen.tls_protocol = seen->protocol;
    check->look.seen.cipher = seen->cipher;
    check->look.seen.alpn = seen->alpn[0] != '\0' ? seen->alpn : NULL;
    check->look.seen.certs = seen->certs;
    if (seen->protocol != NULL)
        look_add_us(&check->look, PHASE_TLS, seen->took_ns / NS_PER_US);
    if (seen->reason != REASON_NONE)
        check_fail(check, seen->reason, "%s", seen->message);
    else if (!judge_chain(check, seen))
        check_end(check);
}

static void
on_connected(void *cookie, const struct dial_answer *answer)
{
    struct check *check = cookie;
    struct tls_run *run = check->state;
    const struct spec_endpoint *at = &check->spec->of.endpoint;
    const char *sni = at->sni != NULL ? at->sni : at->host;
    struct addr literal;
    struct tls_session_opts opts = {
        .fd = answer->fd,
        .host = at->host,
        .trust = check->spec->net.trust != NULL ? check->spec->net.trust
                                                : check->engine->trust,
        .offer_alpn = check_asks(check, "alpn"),
        .look_ns = LOOK_MIN_NS + 2 * check->look.us[PHASE_CONNECT] * NS_PER_US,
    };

    run->fd = answer->fd;
    if (answer->reason != REASON_NONE) {
        check_fail(check, answer->reason, "%s", answer->message);
        return;
    }
    if (sni[0] != '\0' && addr_parse_ip(&literal, sni, 0) < 0)
        opts.sni = sni;
    run->session = tls_session_start(check->engine, &opts, on_session, check);
    if (run->session == NULL)
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

    if (run->dial == NULL)
        check_fail(check, REASON_DNS_TIMEOUT, "%s: no address in time",
                   check->spec->of.endpoint.host);
    else if (run->fd < 0)
        check_fail(check, REASON_CONNECT_TIMEOUT, "%s: no connection in time",
                   dial_address(run->dial));
    else
        check_fail(check, REASON_TLS_TIMEOUT, "%s: no whole handshake in time",
                   dial_address(run->dial));
}

static void
cancel(struct check *check)
{
    struct tls_run *run = check->state;

    target_cancel(run->target);
    dial_cancel(run->dial);
    tls_session_cancel(run->session);
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

const struct check_kind tls_check = {start, expire, cancel, judge};
