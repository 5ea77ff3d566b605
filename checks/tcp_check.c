/*
 * Connect, go inside TLS when the spec asks for it, and hold the dialogue it
 * has.  Without a dialogue, and when some expectation asks for `banner`, what
 * the server says first is judged at each piece that comes: the run ends when
 * its expectations hold, when the server closes, or at the deadline.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "base/str.h"
#include "checks/check_priv.h"
#include "checks/engine_priv.h"
#include "checks/expect.h"
#include "checks/reach.h"
#include "checks/spec.h"
#include "checks/stream.h"
#include "checks/tcp_talk.h"

#define BANNER_MAX 4096 /* bytes; more is not read */

struct tcp_run {
    struct reach *reach;
    int fd;        /* the reach's */
    bool is_ready; /* connected, and inside TLS if need be */
    struct stream *stream;
    struct tcp_talk *talk;
    mono_t ready;
    char banner[BANNER_MAX + 1];
    size_t len;
};

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
on_reached(void *cookie, const struct reach_answer *answer)
{
    struct check *check = cookie;
    struct tcp_run *run = check->state;

    run->fd = answer->fd;
    if (answer->reason != REASON_NONE)
        check_fail(check, answer->reason, "%s", answer->message);
    else
        on_ready(check, answer->session);
}

static void
start(struct check *check)
{
    struct tcp_run *run = str_xcalloc(1, sizeof(*run));
    struct reach_opts opts = {
        .at = &check->spec->of.endpoint,
        .is_secured = check->spec->of.endpoint.is_secured,
        .done = on_reached,
        .cookie = check,
    };

    check->state = run;
    run->reach = reach_start(check, &opts);
    if (run->reach == NULL)
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
    char why[RESULT_MESSAGE_MAX];
    enum reason reason;

    if (run->is_ready) {
        expire_ready(check);
        return;
    }
    reason = reach_late(run->reach, why, sizeof(why));
    check_fail(check, reason, "%s", why);
}

static void
cancel(struct check *check)
{
    struct tcp_run *run = check->state;

    stream_cancel(run->stream);
    tcp_talk_cancel(run->talk);
    reach_cancel(run->reach);
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
