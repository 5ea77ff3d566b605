/*
 * Connect, go inside TLS when the spec asks for it, and hold the dialogue it
 * has.  Without a dialogue, and when some expectation asks for `banner`, what
 * the server says first is judged at each piece that comes: the run ends when
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
#include "checks/secure.h"
#include "checks/spec.h"
#include "checks/stream.h"
#include "checks/target.h"
#include "checks/tcp_talk.h"

#define BANNER_MAX 4096 /* bytes; more is not read */

struct tcp_run {
    struct target *target;
    struct dial *dial;
    int fd;
    struct secure *secure;
    bool is_ready; /* connected, and inside TLS if need be */
    struct stream *stream;
    struct tcp_talk *talk;
    mono_t ready;
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

/* ---- without a dialogue ---- */

static void
see_banner(struct check *check)
{
    struct tcp_run *run = check->state;
    mono_t now = loop_now(check->engine->loop);

    run->banner[run->len] = '\0';
    check->look.seen.banner = run->banner;
    check->look.seen.banner_len = run->len;
    check->look.us[PHASE_WAIT] = clock_since_ns(run->ready, now) / NS_PER_US;
}

/* The stream is over: judge what came, or say that nothing did. */
static void
end_of_stream(struct check *check, const struct stream_told *told)
{
    struct tcp_run *run = check->state;

    if (run->len > 0)
        check_end(check);
    else if (told->event == STREAM_END)
        check_fail(check, REASON_TCP_CLOSED,
                   "the server closed without a banner");
    else
        check_fail(check, REASON_TCP_RESET, "before a banner: %s",
                   strerror(told->error));
}

static void
on_stream(void *cookie, const struct stream_told *told)
{
    struct check *check = cookie;
    struct tcp_run *run = check->state;
    size_t room = BANNER_MAX - run->len;
    size_t n = told->len < room ? told->len : room;

    if (told->event != STREAM_DATA) {
        end_of_stream(check, told);
        return;
    }
    memcpy(run->banner + run->len, told->bytes, n);
    run->len += n;
    see_banner(check);
    if (run->len == BANNER_MAX ||
        expect_holds(&check->look, &check->spec->expect))
        check_end(check);
}

static void
hear_banner(struct check *check, struct tls_session *session)
{
    struct tcp_run *run = check->state;

    run->stream = stream_start(check->engine->loop, run->fd, on_stream, check);
    if (run->stream == NULL) {
        check_fail(check, REASON_LOCAL_LIMIT, "epoll: %s", strerror(errno));
        return;
    }
    if (session == NULL)
        return;
    stream_pause(run->stream);
    if (stream_resume(run->stream, session) < 0)
        check_fail(check, REASON_LOCAL_LIMIT, "epoll: %s", strerror(errno));
}

/* ---- the way there ---- */

static void
on_talk(void *cookie, enum reason reason, const char *message)
{
    struct check *check = cookie;

    if (reason != REASON_NONE)
        check_fail(check, reason, "%s", message);
    else
        check_end(check);
}

static void
on_ready(struct check *check, struct tls_session *session)
{
    struct tcp_run *run = check->state;

    run->is_ready = true;
    run->ready = loop_now(check->engine->loop);
    if (check->spec->of.endpoint.talk_count > 0) {
        run->talk = tcp_talk_start(check, run->fd, session, on_talk, check);
        if (run->talk == NULL)
            check_fail(check, REASON_LOCAL_LIMIT, "%s", strerror(errno));
    } else if (check_asks(check, "banner")) {
        hear_banner(check, session);
    } else {
        check_end(check);
    }
}

static void
on_secure(void *cookie, const struct secure_answer *answer)
{
    struct check *check = cookie;
    struct tcp_run *run = check->state;

    if (answer->reason != REASON_NONE)
        check_fail(check, answer->reason, "%s", answer->message);
    else
        on_ready(check, secure_session(run->secure));
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
    see_kernel(check, run->fd);
    if (!check->spec->of.endpoint.is_secured) {
        on_ready(check, NULL);
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

/* ---- the end ---- */

static void
expire_ready(struct check *check)
{
    struct tcp_run *run = check->state;

    if (run->talk != NULL)
        tcp_talk_expire(run->talk);
    else if (run->len == 0)
        check_fail(check, REASON_TCP_TIMEOUT, "no banner in time");
    else
        check_end(check); /* the banner that came does not satisfy */
}

static void
expire(struct check *check)
{
    struct tcp_run *run = check->state;
    const char *what;
    enum reason reason;

    if (run->is_ready) {
        expire_ready(check);
        return;
    }
    if (run->secure != NULL) {
        reason = secure_late(run->secure, &what);
        check_fail(check, reason, "%s: %s did not come in time",
                   dial_address(run->dial), what);
    } else if (run->dial != NULL) {
        check_fail(check, REASON_CONNECT_TIMEOUT, "%s: no connection in time",
                   dial_address(run->dial));
    } else {
        check_fail(check, REASON_DNS_TIMEOUT, "%s: no address in time",
                   check->spec->of.endpoint.host);
    }
}

static void
cancel(struct check *check)
{
    struct tcp_run *run = check->state;

    target_cancel(run->target);
    dial_cancel(run->dial);
    stream_cancel(run->stream);
    tcp_talk_cancel(run->talk);
    secure_cancel(run->secure);
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

const struct check_kind tcp_check = {
    .start = start,
    .expire = expire,
    .cancel = cancel,
    .judge = judge,
};
