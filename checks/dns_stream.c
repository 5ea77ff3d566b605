/*
 * In order of time: connect, for TLS shake hands, write the query with its
 * length before it, read until a whole message is there.  One function steps
 * through the phases for as long as the kernel does not make it wait.
 */
#include "checks/dns_stream.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/loop.h"
#include "base/source.h"
#include "base/str.h"
#include "checks/dial.h"
#include "checks/dns_codec.h"
#include "checks/dns_tls.h"
#include "checks/engine_priv.h"

#define LENGTH_BYTES 2 /* before each message */
#define READ_BYTES   4096

enum phase_of_stream { AT_CONNECT, AT_TLS, AT_WRITE, AT_READ, AT_END };

struct dns_stream {
    struct engine *engine;
    dns_stream_done_fn *done;
    void *cookie;
    enum phase_of_stream phase;
    bool is_tls;
    char *name;
    struct trust *trust;
    int fd;
    struct loop_watch *watch;
    struct loop_timer *early; /* it ended inside start */
    struct dns_tls *tls;
    mono_t began;
    mono_t connected;
    struct buf query; /* its length before it */
    size_t written;
    struct buf answer;
    struct dns_stream_answer out;
    char error[STR_ERROR_MAX];
};

static void
stop(struct dns_stream *stream)
{
    loop_watch_cancel(stream->watch);
    stream->watch = NULL;
    loop_timer_cancel(stream->early);
    stream->early = NULL;
    if (stream->fd >= 0)
        (void)close(stream->fd);
    stream->fd = -1;
}

static void
tell(struct dns_stream *stream)
{
    stop(stream);
    stream->phase = AT_END;
    stream->done(stream->cookie, &stream->out);
}

/* What the caller of a step is to do next. */
enum next { GO_ON, WAIT_READ, WAIT_WRITE, OVER };

static enum next
fail_with(struct dns_stream *stream, enum reason reason, const char *why)
{
    stream->out.reason = reason;
    stream->out.why = why;
    return OVER;
}

static enum next
fail_socket(struct dns_stream *stream, int error)
{
    enum reason reason = dial_reason(error);

    stream->out.is_local =
        error == ENETUNREACH || error == EADDRNOTAVAIL || error == EAFNOSUPPORT;
    if (reason != REASON_LOCAL_LIMIT || stream->out.is_local)
        reason = REASON_DNS_UNREACHABLE;
    return fail_with(stream, reason, str_error(stream->error, error));
}

static enum next
next_of(struct dns_stream *stream, enum dns_tls_step step)
{
    if (step == DNS_TLS_WANT_READ)
        return WAIT_READ;
    if (step == DNS_TLS_WANT_WRITE)
        return WAIT_WRITE;
    if (step == DNS_TLS_DONE)
        return GO_ON;
    return fail_with(stream, dns_tls_reason(stream->tls),
                     dns_tls_why(stream->tls));
}

static enum next
step_connect(struct dns_stream *stream)
{
    mono_t now = loop_now(stream->engine->loop);
    socklen_t len = sizeof(int);
    int error = 0;

    if (getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
        error = errno;
    if (error != 0)
        return fail_socket(stream, error);
    stream->connected = now;
    stream->out.connect_us = clock_since_ns(stream->began, now) / NS_PER_US;
    stream->phase = stream->is_tls ? AT_TLS : AT_WRITE;
    if (!stream->is_tls)
        return GO_ON;
    stream->tls =
        dns_tls_open(stream->engine, stream->fd, stream->name, stream->trust);
    return stream->tls != NULL ? GO_ON
                               : fail_with(stream, REASON_LOCAL_LIMIT, "TLS");
}

static enum next
step_tls(struct dns_stream *stream)
{
    enum next next = next_of(stream, dns_tls_handshake(stream->tls));

    if (next != GO_ON)
        return next;
    stream->out.tls_us =
        clock_since_ns(stream->connected, loop_now(stream->engine->loop)) /
        NS_PER_US;
    stream->phase = AT_WRITE;
    return GO_ON;
}

static enum next
step_write(struct dns_stream *stream)
{
    const uint8_t *rest = stream->query.data + stream->written;
    size_t len = stream->query.len - stream->written;
    enum next next = GO_ON;

    if (stream->tls != NULL) {
        next = next_of(stream, dns_tls_write(stream->tls, rest, &len));
    } else {
        ssize_t put = send(stream->fd, rest, len, MSG_NOSIGNAL);

        if (put < 0 && (errno == EAGAIN || errno == EINTR))
            return WAIT_WRITE;
        if (put < 0)
            return fail_socket(stream, errno);
        len = (size_t)put;
    }
    stream->written += len;
    if (next == GO_ON && stream->written == stream->query.len)
        stream->phase = AT_READ;
    return next;
}

/* A whole message is there; what comes behind it is not asked for. */
static bool
is_whole(struct dns_stream *stream)
{
    struct buf_reader r = buf_reader(stream->answer.data, stream->answer.len);
    size_t len = buf_get_be16(&r);

    if (r.failed || r.left < len)
        return false;
    stream->out.bytes = stream->answer.data + LENGTH_BYTES;
    stream->out.len = len;
    return true;
}

static enum next
step_read(struct dns_stream *stream)
{
    uint8_t bytes[READ_BYTES];
    size_t len = sizeof(bytes);
    enum next next = GO_ON;

    if (stream->tls != NULL) {
        next = next_of(stream, dns_tls_read(stream->tls, bytes, &len));
        if (next == OVER && stream->out.reason == REASON_TLS_CLOSED)
            return fail_with(stream, REASON_DNS_MALFORMED,
                             "the connection closed before a whole answer");
    } else {
        ssize_t got = recv(stream->fd, bytes, sizeof(bytes), 0);

        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return WAIT_READ;
        if (got < 0)
            return fail_socket(stream, errno);
        if (got == 0)
            return fail_with(stream, REASON_DNS_MALFORMED,
                             "the connection closed before a whole answer");
        len = (size_t)got;
    }
    if (next != GO_ON)
        return next;
    if (buf_add(&stream->answer, bytes, len) < 0)
        return fail_with(stream, REASON_LOCAL_LIMIT, strerror(ENOMEM));
    return is_whole(stream) ? OVER : GO_ON;
}

static enum next
step(struct dns_stream *stream)
{
    switch (stream->phase) {
    case AT_CONNECT:
        return step_connect(stream);
    case AT_TLS:
        return step_tls(stream);
    case AT_WRITE:
        return step_write(stream);
    case AT_READ:
        return step_read(stream);
    case AT_END:
        break;
    }
    assert(!"a step after the end");
    return OVER;
}

static void
on_ready(void *cookie, int fd, unsigned events)
{
    struct dns_stream *stream = cookie;
    enum next next;

    (void)fd;
    (void)events;
    do {
        next = step(stream);
    } while (next == GO_ON);
    if (next == OVER)
        tell(stream);
    else
        loop_watch_set(stream->watch,
                       next == WAIT_READ ? LOOP_READ : LOOP_WRITE);
}

static void
on_early(void *cookie)
{
    struct dns_stream *stream = cookie;

    stream->early = NULL;
    tell(stream);
}

/* False: it is over already, `out` says why. */
static bool
begin(struct dns_stream *stream, const struct addr *server)
{
    int yes = 1;

    stream->fd = socket(server->ss.ss_family,
                        SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (stream->fd < 0) {
        (void)fail_socket(stream, errno);
        return false;
    }
    (void)setsockopt(stream->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    if (source_set(stream->fd, server->ss.ss_family, &stream->engine->source) !=
            0 ||
        (connect(stream->fd, (const struct sockaddr *)&server->ss,
                 server->len) < 0 &&
         errno != EINPROGRESS)) {
        (void)fail_socket(stream, errno);
        return false;
    }
    stream->watch = loop_watch_start(stream->engine->loop, stream->fd,
                                     LOOP_WRITE, on_ready, stream);
    if (stream->watch == NULL)
        (void)fail_socket(stream, errno);
    return stream->watch != NULL;
}

struct dns_stream *
dns_stream_start(struct engine *engine, const struct dns_stream_opts *opts,
                 dns_stream_done_fn *done, void *cookie)
{
    struct dns_stream *stream = calloc(1, sizeof(*stream));

    if (stream == NULL)
        return NULL;
    stream->engine = engine;
    stream->done = done;
    stream->cookie = cookie;
    stream->is_tls = opts->is_tls;
    stream->name = str_xdup(opts->name);
    stream->trust = opts->trust;
    stream->fd = -1;
    stream->out.connect_us = stream->out.tls_us = -1;
    stream->began = loop_now(engine->loop);
    buf_init(&stream->query, LENGTH_BYTES + DNS_MESSAGE_MAX);
    buf_init(&stream->answer, LENGTH_BYTES + DNS_MESSAGE_MAX + READ_BYTES);
    buf_add_be16(&stream->query, (uint16_t)opts->query_len);
    buf_add(&stream->query, opts->query, opts->query_len);
    if (!begin(stream, &opts->server))
        stream->early = loop_timer_start(engine->loop, 0, on_early, stream);
    return stream;
}

const char *
dns_stream_phase(const struct dns_stream *stream)
{
    if (stream->phase == AT_CONNECT)
        return "no connection in time";
    if (stream->phase == AT_TLS)
        return "the TLS handshake was not finished in time";
    return "no answer in time";
}

enum reason
dns_stream_timeout(const struct dns_stream *stream)
{
    return stream->phase == AT_TLS ? REASON_TLS_TIMEOUT : REASON_DNS_TIMEOUT;
}

void
dns_stream_cancel(struct dns_stream *stream)
{
    if (stream == NULL)
        return;
    stop(stream);
    dns_tls_close(stream->tls);
    buf_free(&stream->query);
    buf_free(&stream->answer);
    free(stream->name);
    free(stream);
}
