#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fetch_judge.c"

#include <poll.h>
#include <sched.h>

#include "tests/lib/fetch_bed.h"

static void
serve_reset(struct tiny_conn *conn)
{
    if (tiny_read_head(conn)) {
        tiny_say(conn, conn->tiny->arg);
        tiny_reset(conn);
    }
}

static void
each_end_has_its_name(void **state)
{
    static const struct {
        const char *answer;
        void (*serve)(struct tiny_conn *);
        enum fetch_phase phase;
        enum fetch_error error;
        int status;
    } cases[] = {
        {"", fetch_bed_serve_text, FETCH_AT_HTTP, FETCH_CLOSED, 0},
        {"", serve_reset, FETCH_AT_HTTP, FETCH_RESET, 0},
        {"HTTP/1.1 200 OK\r\nContent-Le", fetch_bed_serve_text, FETCH_AT_HTTP,
         FETCH_CLOSED, 0},
        {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
         fetch_bed_serve_text, FETCH_AT_HTTP, FETCH_TRUNCATED, 200},
        {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", serve_reset,
         FETCH_AT_HTTP, FETCH_RESET, -1},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
         fetch_bed_serve_text, FETCH_AT_HTTP, FETCH_TRUNCATED, 200},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhel",
         fetch_bed_serve_text, FETCH_AT_HTTP, FETCH_PROTOCOL, 200},
        {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nContent-Length: 5\r\n"
         "\r\nhello",
         fetch_bed_serve_text, FETCH_AT_HTTP, FETCH_PROTOCOL, 200},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 0\r\n"
         "\r\nhello",
         fetch_bed_serve_text, FETCH_AT_HTTP, FETCH_PROTOCOL, 200},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5, 9\r\n\r\nhello",
         fetch_bed_serve_text, FETCH_AT_HTTP, FETCH_PROTOCOL, 200},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 05\r\n"
         "\r\nhello",
         fetch_bed_serve_text, FETCH_AT_DONE, FETCH_NONE, 200},
        {"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n"
         "\r\nhello",
         fetch_bed_serve_text, FETCH_AT_HTTP, FETCH_PROTOCOL, 200},
        {"HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775808\r\n"
         "\r\nhello",
         fetch_bed_serve_text, FETCH_AT_HTTP, FETCH_PROTOCOL, 200},
        {"HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n"
         "\r\nhello",
         fetch_bed_serve_text, FETCH_AT_HTTP, FETCH_TRUNCATED, 200},
        {"SSH-2.0-OpenSSH_9\r\n", fetch_bed_serve_text, FETCH_AT_HTTP,
         FETCH_PROTOCOL, 0},
        {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n"
         "\r\nnope",
         fetch_bed_serve_text, FETCH_AT_HTTP, FETCH_DECODE, 200},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 None\r\nA: b\r\n\r\n",
         fetch_bed_serve_text, FETCH_AT_DONE, FETCH_NONE, 204},
        {"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
         "Content-Length: 0\r\n\r\n",
         fetch_bed_serve_text, FETCH_AT_DONE, FETCH_NONE, 302},
        {"HTTP/1.0 503 No\r\n\r\nto the end", fetch_bed_serve_text,
         FETCH_AT_DONE, FETCH_NONE, 503},
    };

    size_t i;
    (void)state;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fetch_bed bed;
        fetch_bed_plain(&bed, cases[i].serve, cases[i].answer,
                        (struct fetch_opts){.flags = FETCH_COMPRESSED});
        if (bed.seen.result.error != cases[i].error)
            print_message("case %zu: %s\n", i, bed.seen.detail);
        assert_int_equal(bed.seen.result.error, cases[i].error);
        assert_int_equal(bed.seen.result.phase, cases[i].phase);
        /* A reset may overtake what was sent before it. */
        if (cases[i].status >= 0)
            assert_int_equal(bed.seen.result.status, cases[i].status);
        assert_int_equal(bed.seen.detail[0] == '\0',
                         cases[i].error == FETCH_NONE);
    }
}

static void
deadlines_name_their_phase(void **state)
{
    struct fetch_bed bed;
    int64_t wait;
    (void)state;

    fetch_bed_plain(&bed, fetch_bed_serve_nothing, "",
                    (struct fetch_opts){.timeout_ns = SECOND / 5});
    assert_int_equal(bed.seen.result.error, FETCH_TIMEOUT);
    assert_int_equal(bed.seen.result.phase, FETCH_AT_HTTP);
    wait = bed.seen.result.wait_us;
    assert_true(wait > 100000);
    assert_int_equal(bed.seen.result.receive_us, -1);
    fetch_bed_plain(&bed, fetch_bed_serve_nothing,
                    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal",
                    (struct fetch_opts){.timeout_ns = SECOND / 5});
    assert_int_equal(bed.seen.result.error, FETCH_TIMEOUT);
    assert_int_equal(bed.seen.result.status, 200);
    assert_string_equal(bed.seen.body, "hal");
    assert_string_equal(bed.seen.detail,
                        "the answer is not whole in time: 3 of 9 bytes");
    assert_true(bed.seen.result.receive_us > 100000);
}

/* SETTINGS of HTTP/2, and an answer a while after the request, or none. */
static void
serve_late_http2(struct tiny_conn *conn)
{
    struct pollfd stop = {.fd = conn->tiny->stop_fd[0], .events = POLLIN};
    const char *answer = conn->tiny->arg;
    char some[4096];

    tiny_write(conn, "\0\0\0\4\0\0\0\0\0", 9);
    if (tiny_read(conn, some, sizeof some) > 0 && answer != NULL &&
        poll(&stop, 1, 150) == 0)
        tiny_write(conn, answer, 10);
    while (tiny_read(conn, some, sizeof some) > 0)
        continue;
}

static void
a_body_over_http2_is_not_its_answer(void **state)
{
    /* HEADERS, the last of the stream: ":status 200". */
    static const char answer[] = "\0\0\1\1\5\0\0\0\1\x88";
    struct fetch_opts opts = {.flags = FETCH_HTTP2,
                              .method = "POST",
                              .body = "hello",
                              .body_len = 5,
                              .timeout_ns = SECOND / 5};
    struct fetch_bed bed;
    (void)state;

    fetch_bed_plain(&bed, serve_late_http2, NULL, opts);
    assert_int_equal(bed.seen.result.error, FETCH_TIMEOUT);
    assert_true(bed.seen.result.wait_us > 100000);
    assert_int_equal(bed.seen.result.receive_us, -1);
    opts.timeout_ns = 5 * SECOND;
    fetch_bed_plain(&bed, serve_late_http2, answer, opts);
    assert_int_equal(bed.seen.result.status, 200);
    assert_true(bed.seen.result.wait_us > 100000);
    assert_true(bed.seen.result.receive_us >= 0);
}

/* SETTINGS, and RST_STREAM with REFUSED_STREAM for the request. */
static void
serve_refusal(struct tiny_conn *conn)
{
    char some[4096];

    tiny_write(conn, "\0\0\0\4\0\0\0\0\0", 9);
    if (tiny_read(conn, some, sizeof some) > 0)
        tiny_write(conn, "\0\0\4\3\0\0\0\0\1\0\0\0\7", 13);
    while (tiny_read(conn, some, sizeof some) > 0)
        continue;
}

static void
each_end_of_http2_has_its_name(void **state)
{
    static const struct {
        const char *answer; /* ten bytes */
        enum fetch_error error;
    } rows[] = {
        /* HEADERS without a status: that is refused here */
        {"\0\0\1\1\5\0\0\0\1\x90", FETCH_PROTOCOL},
        /* CONTINUATION out of nowhere */
        {"\0\0\1\11\4\0\0\0\1\x88", FETCH_CLOSED},
    };

    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fetch_bed bed;

        fetch_bed_plain(&bed, serve_late_http2, rows[i].answer,
                        (struct fetch_opts){.flags = FETCH_HTTP2,
                                            .timeout_ns = 20 * SECOND});
        assert_int_equal(bed.seen.result.error, rows[i].error);
        assert_int_equal(bed.seen.result.phase, FETCH_AT_HTTP);
    }
}

static void
a_refused_stream_is_not_asked_again(void **state)
{
    struct tiny tiny = {.serve = serve_refusal};
    struct fetch_bed bed;
    (void)state;

    tiny_start(&tiny);
    fetch_bed_open(&bed, NULL, tiny.port, "http://shop.example");
    fetch_bed_get(&bed, (struct fetch_opts){.flags = FETCH_HTTP2,
                                            .method = "POST",
                                            .timeout_ns = 60 * SECOND});
    assert_int_equal(bed.seen.result.phase, FETCH_AT_HTTP);
    assert_int_equal(bed.seen.result.error, FETCH_RESET);
    assert_string_equal(bed.seen.detail,
                        "the connection was reset by the other side: it "
                        "refused the HTTP/2 stream");
    assert_int_equal(bed.seen.result.connections, 1);
    assert_int_equal(tiny.accepted, 1);
    fetch_bed_close(&bed);
    tiny_stop(&tiny);
}

#define TOOK_NS (20 * NS_PER_MS)

/* Has the processor that both share as soon as there is something to read: our
 * send() comes back when the answer is already there. */
static void
serve_busy(struct tiny_conn *conn)
{
    const struct sched_param none = {0};
    mono_t began;

    (void)sched_setscheduler(0, SCHED_OTHER, &none);
    (void)tiny_read_head(conn);
    began = clock_mono();
    while (clock_since_ns(began, clock_mono()) < TOOK_NS)
        ;
    tiny_say(conn, fetch_bed_good);
}

/* Last: without privileges nobody leaves SCHED_IDLE again. */
static void
a_server_that_is_quicker_than_our_send_is_waited_for(void **state)
{
    const struct sched_param none = {0};
    struct tiny tiny = {.serve = serve_busy};
    struct fetch_bed bed;
    cpu_set_t one;
    (void)state;

    CPU_ZERO(&one);
    CPU_SET((size_t)sched_getcpu(), &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    assert_int_equal(sched_setscheduler(0, SCHED_IDLE, &none), 0);
    tiny_start(&tiny);
    fetch_bed_open(&bed, NULL, tiny.port, "http://shop.example");
    for (int i = 0; i < 3; i++) { /* it is the quicker one from the second on */
        fetch_bed_get(&bed, (struct fetch_opts){.timeout_ns = 60 * SECOND});
        assert_int_equal(bed.seen.result.status, 200);
        /* What the server's own clock says lies within. */
        assert_true(bed.seen.result.wait_us >= TOOK_NS / NS_PER_US);
    }
    fetch_bed_close(&bed);
    tiny_stop(&tiny);
}

/* A byte now and then, for as long as anybody listens. */
static void
serve_drip(struct tiny_conn *conn)
{
    struct pollfd stop = {.fd = conn->tiny->stop_fd[0], .events = POLLIN};

    if (!tiny_read_head(conn))
        return;
    tiny_say(conn, conn->tiny->arg);
    while (poll(&stop, 1, 5) == 0 && send(conn->fd, "x", 1, MSG_NOSIGNAL) == 1)
        continue;
}

static void
a_drip_ends_with_the_deadline(void **state)
{
    static const char *const begins[] = {"HTTP/1.1 200 OK\r\nX-Long: ",
                                         "HTTP/1.1 200 OK\r\n\r\n"};
    size_t i;
    (void)state;

    for (i = 0; i < 2; i++) {
        struct fetch_bed bed;

        fetch_bed_plain(&bed, serve_drip, begins[i],
                        (struct fetch_opts){.timeout_ns = SECOND / 4});
        assert_int_equal(bed.seen.result.phase, FETCH_AT_HTTP);
        assert_int_equal(bed.seen.result.error, FETCH_TIMEOUT);
        assert_int_equal(bed.seen.result.status, i == 1 ? 200 : 0);
        assert_true(bed.seen.result.wait_us >= 0);
    }
}

/* Not before something was sent: the connection has to stand first. */
static void
serve_reset_at_once(struct tiny_conn *conn)
{
    char some[2048];

    (void)recv(conn->fd, some, sizeof some, 0);
    tiny_reset(conn);
}

static void
serve_end_at_once(struct tiny_conn *conn)
{
    (void)shutdown(conn->fd, SHUT_WR);
    tiny_hold(conn);
}

/* Half of a ServerHello. */
static void
serve_half_hello(struct tiny_conn *conn)
{
    static const char hello[] = "\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03";
    char some[2048];

    (void)recv(conn->fd, some, sizeof some, 0);
    tiny_write(conn, hello, sizeof hello - 1);
    serve_end_at_once(conn);
}

static void
an_end_before_the_request_is_the_handshakes(void **state)
{
    static const struct {
        void (*serve)(struct tiny_conn *);
        enum fetch_error error;
    } cases[] = {
        {serve_reset_at_once, FETCH_RESET},
        {serve_end_at_once, FETCH_CLOSED},
        {serve_half_hello, FETCH_CLOSED},
    };

    size_t i;
    (void)state;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tiny tiny = {.serve = cases[i].serve};
        struct fetch_bed bed;

        tiny_start(&tiny);
        fetch_bed_open(&bed, NULL, tiny.port, "https://shop.example");
        fetch_bed_get(&bed, (struct fetch_opts){0});
        if (bed.seen.result.error != cases[i].error)
            print_message("case %zu: %s\n", i, bed.seen.detail);
        assert_int_equal(bed.seen.result.phase, FETCH_AT_TLS);
        assert_int_equal(bed.seen.result.error, cases[i].error);
        assert_true(bed.seen.result.connect_us >= 0);
        assert_true(bed.seen.result.tls_us >= 0);
        assert_int_equal(bed.seen.result.wait_us, -1);
        fetch_bed_close(&bed);
        tiny_stop(&tiny);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_end_has_its_name),
        cmocka_unit_test(deadlines_name_their_phase),
        cmocka_unit_test(a_body_over_http2_is_not_its_answer),
        cmocka_unit_test(each_end_of_http2_has_its_name),
        cmocka_unit_test(a_refused_stream_is_not_asked_again),
        cmocka_unit_test(a_drip_ends_with_the_deadline),
        cmocka_unit_test(an_end_before_the_request_is_the_handshakes),
        cmocka_unit_test(a_server_that_is_quicker_than_our_send_is_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
