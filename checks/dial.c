#include "checks/dial.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/source.h"
#include "base/str.h"
#include "base/tcp_seen.h"
#include "checks/check_priv.h"
#include "checks/engine_priv.h"
#include "checks/target.h"

#define MESSAGE_MAX 256

struct dial {
    struct loop *loop;
    struct look *look; /* or NULL */
    mono_t deadline;
    dial_done_fn *done;
    void *cookie;
    struct addr addr[TARGET_ADDRS_MAX];
    const struct addr *source;
    size_t count;
    size_t next; /* to try; addr[next - 1] is being tried */
    int fd;
    struct loop_watch *watch;
    struct loop_timer *timer; /* the address's share of the time; or the end,
                                 when the kernel did not have to wait */
    mono_t began;
    int error;            /* errno of the newest failure; 0: connected */
    struct tcp_seen seen; /* of the connection that stands */
    char text[ADDR_TEXT_MAX];
    char message[MESSAGE_MAX];
};

enum reason
dial_reason(int error)
{
    switch (error) {
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
    case EADDRNOTAVAIL: /* every local port is taken */
        return REASON_LOCAL_LIMIT;
    case ECONNREFUSED:
        return REASON_CONNECT_REFUSED;
    case ECONNRESET:
    case EPIPE:
        return REASON_CONNECT_RESET;
    case ETIMEDOUT:
        return REASON_CONNECT_TIMEOUT;
    default: /* of the C library, not of an enum of ours */
        return REASON_CONNECT_UNREACHABLE;
    }
}

static void
see(struct dial *dial, struct look *look)
{
    int64_t us = clock_since_ns(dial->began, loop_now(dial->loop)) / NS_PER_US;

    (void)addr_format_ip(look->seen.ip, dial_addr(dial));
    if (dial->error != 0)
        return;
    look->seen.rtt_us = dial->seen.rtt_us;
    look->seen.retransmits = dial->seen.retransmits;
    /* The time that went by with other addresses is the connection's too. */
    if (dial->next == 1)
        us = tcp_seen_connect_us(&dial->seen, us);
    look_add_us(look, PHASE_CONNECT, us);
}

static void
tell(struct dial *dial)
{
    struct dial_answer answer = {dial->fd, REASON_NONE, NULL};

    loop_watch_cancel(dial->watch);
    dial->watch = NULL;
    loop_timer_cancel(dial->timer);
    dial->timer = NULL;
    dial->fd = -1;
    if (dial->look != NULL)
        see(dial, dial->look);
    if (dial->error != 0) {
        char why[STR_ERROR_MAX];

        answer.reason = dial_reason(dial->error);
        (void)snprintf(dial->message, sizeof(dial->message), "%s: %s%s",
                       dial_address(dial), str_error(why, dial->error),
                       dial->count > 1 ? " (the last of its addresses)" : "");
        answer.message = dial->message;
    }
    dial->done(dial->cookie, &answer);
}

static void on_writable(void *cookie, int fd, unsigned events);
static void on_share(void *cookie);

/* While there are others, an address that is silent must leave them time. */
static void
start_share(struct dial *dial)
{
    int64_t left = clock_since_ns(loop_now(dial->loop), dial->deadline);
    size_t others = dial->count - dial->next;

    if (left < NS_PER_MS)
        left = NS_PER_MS;
    if (others > 0)
        dial->timer = loop_timer_start(dial->loop, left / ((int64_t)others + 1),
                                       on_share, dial);
}

/* Begins with one address: 1 when the kernel has to wait, else `error`. */
static int
try_address(struct dial *dial, const struct addr *addr)
{
    int yes = 1;

    dial->fd = socket(addr->ss.ss_family,
                      SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (dial->fd < 0) {
        dial->error = errno;
        return 0;
    }
    (void)setsockopt(dial->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    if (source_set(dial->fd, addr->ss.ss_family, dial->source) == 0 &&
        connect(dial->fd, (const struct sockaddr *)&addr->ss, addr->len) == 0) {
        dial->error = 0;
        return 0;
    }
    dial->error = errno;
    if (errno != EINPROGRESS)
        return 0;
    dial->watch =
        loop_watch_start(dial->loop, dial->fd, LOOP_WRITE, on_writable, dial);
    if (dial->watch == NULL) {
        dial->error = errno;
        return 0;
    }
    start_share(dial);
    return 1;
}

static void
close_failed(struct dial *dial)
{
    loop_watch_cancel(dial->watch);
    dial->watch = NULL;
    loop_timer_cancel(dial->timer);
    dial->timer = NULL;
    if (dial->fd >= 0)
        (void)close(dial->fd);
    dial->fd = -1;
}

/* On to the next address; 1 when one is under way, 0 when it is over. */
static int
try_next(struct dial *dial)
{
    while (dial->next < dial->count) {
        if (try_address(dial, &dial->addr[dial->next++]) == 1)
            return 1;
        if (dial->error == 0)
            return 0;
        close_failed(dial);
    }
    return 0;
}

/* A peer that accepts and resets at once did connect: what it did is for the
 * phase after, whose read says so. */
static void
on_writable(void *cookie, int fd, unsigned events)
{
    struct dial *dial = cookie;
    socklen_t len = sizeof(dial->error);

    (void)events;
    dial->seen = TCP_SEEN_NONE;
    (void)tcp_seen_get(&dial->seen, fd);
    if (tcp_seen_is_connected(&dial->seen))
        dial->error = 0;
    else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &dial->error, &len) < 0)
        dial->error = errno;
    if (dial->error != 0) {
        close_failed(dial);
        if (try_next(dial) == 1)
            return;
    }
    tell(dial);
}

static void
on_share(void *cookie)
{
    struct dial *dial = cookie;

    dial->timer = NULL;
    dial->error = ETIMEDOUT;
    close_failed(dial);
    if (try_next(dial) == 0)
        tell(dial);
}

static void
on_early(void *cookie)
{
    struct dial *dial = cookie;

    dial->timer = NULL;
    tell(dial);
}

struct dial *
dial_start_at(const struct dial_opts *opts, const struct addr *addrs,
              size_t count, dial_done_fn *done, void *cookie)
{
    struct dial *dial = calloc(1, sizeof(*dial));

    if (dial == NULL)
        return NULL;
    dial->loop = opts->loop;
    dial->look = opts->look;
    dial->source = opts->source;
    dial->done = done;
    dial->cookie = cookie;
    dial->fd = -1;
    dial->seen = TCP_SEEN_NONE;
    dial->count = count < TARGET_ADDRS_MAX ? count : TARGET_ADDRS_MAX;
    memcpy(dial->addr, addrs, dial->count * sizeof(*addrs));
    dial->began = loop_now(opts->loop);
    dial->deadline = clock_after(dial->began, opts->timeout_ns);
    if (try_next(dial) == 0)
        dial->timer = loop_timer_start(opts->loop, 0, on_early, dial);
    return dial;
}

struct dial *
dial_start(struct check *check, const struct addr *addrs, size_t count,
           dial_done_fn *done, void *cookie)
{
    struct dial_opts opts = {check->engine->loop, &check->look,
                             check_left_ns(check), &check->engine->source};

    return dial_start_at(&opts, addrs, count, done, cookie);
}

void
dial_cancel(struct dial *dial)
{
    if (dial == NULL)
        return;
    close_failed(dial);
    free(dial);
}

const char *
dial_address(struct dial *dial)
{
    return addr_format(dial->text, &dial->addr[dial->next - 1]);
}

const struct addr *
dial_addr(const struct dial *dial)
{
    return &dial->addr[dial->next - 1];
}
