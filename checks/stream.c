#include "checks/stream.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/loop.h"
#include "checks/tls_session.h"

struct stream {
    struct loop *loop;
    int fd;
    stream_fn *fn;
    void *cookie;
    struct tls_session *session; /* NULL: in clear */
    struct loop_watch *watch;
    struct loop_timer *soon; /* TLS may hold bytes that wake no watch; or there
                                is something to send */
    struct buf out;
    bool *is_gone; /* told to whoever is in the middle of a turn */
};

/* Moves bytes; as tls_session_read() and tls_session_write() say. */
static ssize_t
read_some(struct stream *stream, void *to, size_t cap, unsigned *events)
{
    ssize_t got;

    if (stream->session != NULL)
        return tls_session_read(stream->session, to, cap, events);
    got = recv(stream->fd, to, cap, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        *events = LOOP_READ;
        return 0;
    }
    if (got == 0)
        errno = 0;
    return got > 0 ? got : -1;
}

static ssize_t
write_some(struct stream *stream, unsigned *events)
{
    const struct buf *out = &stream->out;
    ssize_t put;

    if (stream->session != NULL)
        return tls_session_write(stream->session, out->data, out->len, events);
    put = send(stream->fd, out->data, out->len, MSG_NOSIGNAL);
    if (put < 0 && (errno == EAGAIN || errno == EINTR)) {
        *events = LOOP_WRITE;
        return 0;
    }
    return put > 0 ? put : -1;
}

/* False when the stream is over: by its end, or by whoever was told. */
static bool
tell(struct stream *stream, const struct stream_told *told)
{
    bool is_gone = false;

    stream->is_gone = &is_gone;
    stream->fn(stream->cookie, told);
    if (is_gone)
        return false;
    stream->is_gone = NULL;
    return told->event == STREAM_DATA && stream->watch != NULL;
}

static void
tell_end(struct stream *stream, int error)
{
    bool is_end = error == 0 || error == EPIPE;
    const struct stream_told told = {
        .event = is_end ? STREAM_END : STREAM_FAILED, .error = error};

    stream_pause(stream);
    (void)tell(stream, &told);
}

/* Sends what it can; false when the stream is over. */
static bool
flush(struct stream *stream, unsigned *events)
{
    while (stream->out.len > 0) {
        ssize_t put = write_some(stream, events);

        if (put < 0) {
            tell_end(stream, errno);
            return false;
        }
        if (put == 0)
            return true;
        buf_drop_front(&stream->out, (size_t)put);
    }
    return true;
}

static void on_soon(void *cookie);

static void
turn_soon(struct stream *stream)
{
    if (stream->soon == NULL)
        stream->soon = loop_timer_start(stream->loop, 0, on_soon, stream);
}

/* Everything that can be done now, up to STREAM_TURN_MAX. */
static void
turn(struct stream *stream)
{
    unsigned writes = 0;
    unsigned reads = LOOP_READ;
    uint8_t bytes[STREAM_READ_MAX];
    size_t heard = 0;
    ssize_t got = 0;

    if (!flush(stream, &writes))
        return;
    while (heard + sizeof(bytes) <= STREAM_TURN_MAX &&
           (got = read_some(stream, bytes, sizeof(bytes), &reads)) > 0) {
        const struct stream_told told = {
            .event = STREAM_DATA, .bytes = bytes, .len = (size_t)got};

        if (!tell(stream, &told) || !flush(stream, &writes))
            return;
        heard += (size_t)got;
    }
    if (got < 0) {
        tell_end(stream, errno);
        return;
    }
    loop_watch_set(stream->watch, reads | writes);
    if (got > 0)
        turn_soon(stream);
}

static void
on_ready(void *cookie, int fd, unsigned events)
{
    (void)fd;
    (void)events;
    turn(cookie);
}

static void
on_soon(void *cookie)
{
    struct stream *stream = cookie;

    stream->soon = NULL;
    turn(stream);
}

struct stream *
stream_start(struct loop *loop, int fd, stream_fn *fn, void *cookie)
{
    struct stream *stream = calloc(1, sizeof(*stream));

    if (stream == NULL)
        return NULL;
    stream->loop = loop;
    stream->fd = fd;
    stream->fn = fn;
    stream->cookie = cookie;
    buf_init(&stream->out, STREAM_OUT_MAX);
    stream->out.wipes = true; /* a password may be among it */
    if (stream_resume(stream, NULL) < 0) {
        stream_cancel(stream);
        errno = EMFILE;
        return NULL;
    }
    return stream;
}

void
stream_pause(struct stream *stream)
{
    loop_watch_cancel(stream->watch);
    loop_timer_cancel(stream->soon);
    stream->watch = NULL;
    stream->soon = NULL;
}

int
stream_resume(struct stream *stream, struct tls_session *session)
{
    assert(stream->watch == NULL);
    stream->session = session;
    stream->watch =
        loop_watch_start(stream->loop, stream->fd, LOOP_READ, on_ready, stream);
    if (stream->watch == NULL)
        return -1;
    if (session != NULL || stream->out.len > 0)
        turn_soon(stream);
    return 0;
}

int
stream_send(struct stream *stream, const void *data, size_t len)
{
    if (stream->out.len + len > STREAM_OUT_MAX ||
        buf_add(&stream->out, data, len) < 0)
        return -1;
    /* Inside a turn it goes out at the turn's end. */
    if (stream->is_gone == NULL && stream->watch != NULL)
        turn_soon(stream);
    return 0;
}

bool
stream_is_sent(const struct stream *stream)
{
    return stream->out.len == 0;
}

void
stream_cancel(struct stream *stream)
{
    if (stream == NULL)
        return;
    if (stream->is_gone != NULL)
        *stream->is_gone = true;
    stream_pause(stream);
    buf_free(&stream->out);
    free(stream);
}
