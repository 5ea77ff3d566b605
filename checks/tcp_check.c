/*
 * Connect; and, when some expectation asks for `banner`, read what the server
 * says first.  A banner is judged at each line that comes: the run ends when
 * its expectations hold, when the server closes, or at the deadline.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/str.h"
#include "checks/check_priv.h"
#include "checks/dial.h"
#include "checks/engine_priv.h"
#include "checks/expect.h"
#include "checks/spec.h"
#include "checks/target.h"

#define BANNER_MAX 4096 /* bytes; more is not read */

struct tcp_run {
    struct target *target;
    struct dial *dial;
    int fd;
    struct loop_watch *watch;
    mono_t connected;
    char banner[BANNER_MAX + 1];
    size_t len;
};

/* What the kernel knows of the connection. */
static void
see_kernel(struct check *check, int fd)
{
    struct tcp_info info;
    socklen_t len = sizeof(info);

    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
        return;
    check->look.seen.rtt_us = info.tcpi_rtt;
    check->look.seen.retransmits = (int)info.tcpi_total_retrans;
}

static void
see_banner(struct check *check)
{
    struct tcp_run *run = check->state;
    mono_t now = loop_now(check->engine->loop);

    run->banner[run->len] = '\0';
    check->look.seen.banner = run->banner;
    check->look.seen.banner_len = run->len;
    check->look.us[PHASE_WAIT] =
        clock_since_ns(run->connected, now) / NS_PER_US;
}

/* The stream is over: judge what came, or say that nothing did. */
static void
end_of_stream(struct check *check, ssize_t got, int error)
{
    struct tcp_run *run = check->state;

    if (run->len > 0)
        check_end(check);
    else if (got == 0)
        check_fail(check, REASON_TCP_CLOSED,
                   "the server closed without a banner");
    else
        check_fail(check, REASON_TCP_RESET, "before a banner: %s",
                   strerror(error));
}

static void
on_readable(void *cookie, int fd, unsigned events)
{
    struct check *check = cookie;
    struct tcp_run *run = check->state;
    ssize_t got = recv(fd, run->banner + run->len, BANNER_MAX - run->len, 0);

    (void)events;
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        end_of_stream(check, got, errno);
        return;
    }
    run->len += (size_t)got;
    see_banner(check);
    if (run->len == BANNER_MAX ||
        expect_holds(&check->look, &check->spec->expect))
        check_end(check);
}

static void
on_connected(void *cookie, const struct dial_answer *answer)
{
    struct check *check = cookie;
    struct tcp_run *run = check->state;

    if (answer->reason != REASON_NONE) {
        check_fail(check, answer->reason, "%s", answer->message);
        return;
    }
    run->fd = answer->fd;
    run->connected = loop_now(check->engine->loop);
    see_kernel(check, run->fd);
    if (!check_asks(check, "banner")) {
        check_end(check);
        return;
    }
    run->watch = loop_watch_start(check->engine->loop, run->fd, LOOP_READ,
                                  on_readable, check);
    if (run->watch == NULL)
        check_fail(check, REASON_LOCAL_LIMIT, "epoll: %s", strerror(errno));
}

static void
on_target(void *cookie, const struct target_answer *answer)
{
    struct check *check = cookie;
    struct tcp_run *run = check->state;

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
    struct tcp_run *run = str_xcalloc(1, sizeof(*run));

    run->fd = -1;
    check->state = run;
    run->target = target_start(check, at->host, at->port, on_target, check);
    if (run->target == NULL)
        check_fail(check, REASON_LOCAL_LIMIT, "%s", strerror(errno));
}

static void
expire(struct check *check)
{
    struct tcp_run *run = check->state;

    if (run->dial == NULL)
        check_fail(check, REASON_DNS_TIMEOUT, "%s: no address in time",
                   check->spec->of.endpoint.host);
    else if (run->fd < 0)
        check_fail(check, REASON_CONNECT_TIMEOUT, "%s: no connection in time",
                   dial_address(run->dial));
    else if (run->len == 0)
        check_fail(check, REASON_TCP_TIMEOUT, "no banner in time");
    else
        check_end(check); /* the banner that came does not satisfy */
}

static void
cancel(struct check *check)
{
    struct tcp_run *run = check->state;

    target_cancel(run->target);
    dial_cancel(run->dial);
    loop_watch_cancel(run->watch);
    if (run->fd >= 0)
        (void)close(run->fd);
    free(run);
}

/* Without an expectation, to connect is enough. */
static void
judge(struct check *check)
{
    (void)check;
}

const struct check_kind tcp_check = {start, expire, cancel, judge};
