/* Bytes in clear, both ways; inside TLS they are tcp_talk_test.c's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/stream.c"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct told {
    struct loop *loop;
    struct stream *stream;
    struct buf got;
    enum stream_event end;
    int ends;
    bool is_rude; /* cancels at the first piece */
};

static void
on_stream(void *cookie, const struct stream_told *event)
{
    struct told *told = cookie;

    if (event->event == STREAM_DATA) {
        buf_add(&told->got, event->bytes, event->len);
        if (told->is_rude) {
            stream_cancel(told->stream);
            told->stream = NULL;
        }
        loop_stop(told->loop);
        return;
    }
    told->ends++;
    told->end = event->event;
    loop_stop(told->loop);
}

static void
open_told(struct told *told, int fd[2])
{
    *told = (struct told){.loop = loop_create()};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd),
                     0);
    buf_init(&told->got, 1u << 20);
    told->stream = stream_start(told->loop, fd[0], on_stream, told);
    assert_non_null(told->stream);
}

static void
close_told(struct told *told, const int fd[2])
{
    stream_cancel(told->stream);
    stream_cancel(NULL);
    buf_free(&told->got);
    loop_free(told->loop);
    (void)close(fd[0]);
    if (fd[1] >= 0)
        (void)close(fd[1]);
}

static void
both_ways_and_an_end(void **state)
{
    struct told told;
    char back[16] = "";
    int fd[2];

    (void)state;
    open_told(&told, fd);
    assert_int_equal(stream_send(told.stream, "ping", 4), 0);
    assert_false(stream_is_sent(told.stream));
    assert_int_equal(write(fd[1], "pong", 4), 4);
    loop_run(told.loop);
    assert_string_equal(buf_text(&told.got), "pong");
    assert_true(stream_is_sent(told.stream));
    assert_int_equal(read(fd[1], back, sizeof(back)), 4);
    assert_string_equal(back, "ping");
    (void)close(fd[1]);
    fd[1] = -1;
    loop_run(told.loop);
    assert_int_equal(told.ends, 1);
    assert_int_equal(told.end, STREAM_END);
    close_told(&told, fd);
}

static void
a_peer_that_left(void **state)
{
    struct told told;
    int fd[2];

    (void)state;
    open_told(&told, fd);
    (void)close(fd[1]);
    fd[1] = -1;
    assert_int_equal(stream_send(told.stream, "ping", 4), 0);
    loop_run(told.loop);
    assert_int_equal(told.ends, 1);
    close_told(&told, fd);
}

static void
limits_and_pauses(void **state)
{
    static char much[STREAM_OUT_MAX];
    struct told told;
    int fd[2];

    (void)state;
    open_told(&told, fd);
    stream_pause(told.stream);
    assert_int_equal(stream_send(told.stream, much, sizeof(much)), 0);
    assert_int_equal(stream_send(told.stream, much, 1), -1);
    assert_int_equal(write(fd[1], "x", 1), 1);
    assert_int_equal(stream_resume(told.stream, NULL), 0);
    loop_run(told.loop);
    assert_int_equal(told.got.len, 1);
    close_told(&told, fd);
}

static void
cancelled_from_inside(void **state)
{
    struct told told;
    int fd[2];

    (void)state;
    open_told(&told, fd);
    told.is_rude = true;
    assert_int_equal(write(fd[1], "x", 1), 1);
    loop_run(told.loop);
    assert_null(told.stream);
    close_told(&told, fd);
}

#define FED_MAX ((size_t)1024 * 1024)

/* A peer that says a piece for every one that was heard. */
struct feed {
    struct loop *loop;
    int peer;
    size_t heard;
};

static void
on_fed(void *cookie, const struct stream_told *event)
{
    static const char piece[STREAM_READ_MAX] = "";
    struct feed *feed = cookie;

    feed->heard += event->len;
    if (feed->heard < FED_MAX)
        assert_int_equal(write(feed->peer, piece, sizeof(piece)),
                         sizeof(piece));
    else
        loop_stop(feed->loop);
}

static void
note_heard(void *cookie)
{
    struct feed *feed = cookie;

    assert_in_range(feed->heard, 1, STREAM_TURN_MAX * 2);
}

static void
one_that_never_stops_leaves_room(void **state)
{
    struct feed feed = {.loop = loop_create()};
    struct stream *stream;
    int fd[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd),
                     0);
    feed.peer = fd[1];
    stream = stream_start(feed.loop, fd[0], on_fed, &feed);
    assert_int_equal(stream_send(stream, "x", 1), 0); /* a turn as a timer */
    assert_int_equal(write(fd[1], "x", 1), 1);
    loop_timer_start(feed.loop, 0, note_heard, &feed);
    loop_run(feed.loop);
    assert_true(feed.heard >= FED_MAX);
    stream_cancel(stream);
    (void)close(fd[0]);
    (void)close(fd[1]);
    loop_free(feed.loop);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways_and_an_end),
        cmocka_unit_test(a_peer_that_left),
        cmocka_unit_test(limits_and_pauses),
        cmocka_unit_test(cancelled_from_inside),
        cmocka_unit_test(one_that_never_stops_leaves_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
