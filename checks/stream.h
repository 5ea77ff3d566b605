/*
 * stream.h - a connection's bytes both ways, in clear or inside a TLS session.
 *
 * Lifecycle   stream_start(), stream_cancel().  The function is called from the
 *             loop until STREAM_END or STREAM_FAILED, never from inside a call
 *             of ours; it may cancel the stream.
 * Ownership   borrows the descriptor and the session; what is sent is copied.
 * Errors      a write that fails is told as STREAM_FAILED.
 * Threads     loop thread only.
 */
#ifndef CHECKS_STREAM_H
#define CHECKS_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;
struct stream;
struct tls_session;

#define STREAM_OUT_MAX  65536 /* bytes not sent yet */
#define STREAM_READ_MAX 4096  /* bytes told at a time */
/* Bytes told at a wake-up: a peer that never stops leaves room for others. */
#define STREAM_TURN_MAX ((size_t)256 * 1024)

enum stream_event {
    STREAM_DATA,
    STREAM_END,    /* also one that TLS was not told of */
    STREAM_FAILED, /* errno in `error` */
};

struct stream_told {
    enum stream_event event;
    const uint8_t *bytes;
    size_t len;
    int error;
};

typedef void stream_fn(void *cookie, const struct stream_told *told);

/* NULL: errno. */
struct stream *stream_start(struct loop *loop, int fd, stream_fn *fn,
                            void *cookie);
void stream_cancel(struct stream *stream);

/* -1: over STREAM_OUT_MAX, and nothing was taken. */
int stream_send(struct stream *stream, const void *data, size_t len);

/* Has everything left? */
bool stream_is_sent(const struct stream *stream);

/* Somebody else reads and writes the descriptor for a while; then the bytes go
 * on inside `session`, or in clear when it is NULL.  -1: errno. */
void stream_pause(struct stream *stream);
int stream_resume(struct stream *stream, struct tls_session *session);

#endif
