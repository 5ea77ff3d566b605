#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fetch.c"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>

#include "tests/lib/fetch_bed.h"
#include "tests/lib/full_server.h"

static void
a_whole_exchange(void **state)
{
    struct fetch_bed bed;
    struct fetch_result *r = &bed.seen.result;
    (void)state;

    fetch_bed_plain(&bed, fetch_bed_serve_text, fetch_bed_good,
                    (struct fetch_opts){0});
    assert_int_equal(r->phase, FETCH_AT_DONE);
    assert_int_equal(r->error, FETCH_NONE);
    assert_int_equal(r->status, 200);
    assert_int_equal(r->http_version, 11);
    assert_string_equal(bed.seen.body, "hello");
    assert_int_equal(r->wire_bytes, 5);
    assert_string_equal(r->ip, "127.0.0.1");
    assert_true(r->connect_us >= 0);
    assert_int_equal(r->tls_us, -1);
    assert_true(r->wait_us >= 0);
    assert_true(r->receive_us >= 0);
    assert_true(r->rtt_us >= 0);
    assert_null(bed.seen.certs);
    assert_string_equal(bed.seen.tls, "");
    assert_true(strncmp(bed.seen.head, "HTTP/1.1 200 OK\r\n", 17) == 0);
}

static void
a_closed_port_is_refused(void **state)
{
    struct tiny tiny = {.serve = fetch_bed_serve_text, .arg = fetch_bed_good};
    struct fetch_bed bed;
    (void)state;

    tiny_start(&tiny);
    tiny_stop(&tiny);
    fetch_bed_open(&bed, NULL, tiny.port, "http://shop.example");
    fetch_bed_get(&bed, (struct fetch_opts){0});
    assert_int_equal(bed.seen.result.error, FETCH_REFUSED);
    assert_int_equal(bed.seen.result.phase, FETCH_AT_CONNECT);
    assert_int_equal(bed.seen.result.wait_us, -1);
    fetch_bed_get(&bed, (struct fetch_opts){.url = "https://shop.example/"});
    assert_int_equal(bed.seen.result.error, FETCH_REFUSED);
    assert_int_equal(bed.seen.result.phase, FETCH_AT_CONNECT);
    fetch_bed_get(&bed, (struct fetch_opts){.flags = FETCH_REUSE});
    assert_int_equal(bed.seen.result.error, FETCH_REFUSED);
    assert_int_equal(bed.seen.result.phase, FETCH_AT_CONNECT);
    fetch_bed_close(&bed);
}

static void
serve_keep(struct tiny_conn *conn)
{
    while (tiny_read_head(conn))
        tiny_say(conn, conn->tiny->arg);
}

static void
connections_are_kept_only_when_asked(void **state)
{
    struct tiny tiny = {.serve = serve_keep, .arg = fetch_bed_good};
    struct fetch_bed bed;
    int i;
    (void)state;

    tiny_start(&tiny);
    fetch_bed_open(&bed, NULL, tiny.port, "http://shop.example");
    for (i = 0; i < 3; i++)
        fetch_bed_get(&bed, (struct fetch_opts){0});
    assert_int_equal(tiny.accepted, 3);
    for (i = 0; i < 3; i++)
        fetch_bed_get(&bed, (struct fetch_opts){.flags = FETCH_REUSE});
    assert_int_equal(tiny.accepted, 4);
    assert_int_equal(bed.seen.result.connect_us, -1);
    assert_string_equal(bed.seen.body, "hello");
    fetch_bed_close(&bed);
    tiny_stop(&tiny);
}

/* A daemon that is killed while it holds a request, as ours may be. */
static void
serve_and_die(struct tiny_conn *conn)
{
    if (!tiny_read_head(conn))
        return;
    tiny_say(conn, conn->tiny->arg);
    (void)tiny_read_head(conn);
    (void)shutdown(conn->tiny->listen_fd, SHUT_RDWR);
}

static void
a_kept_connection_and_then_nobody(void **state)
{
    struct tiny tiny = {.serve = serve_and_die, .arg = fetch_bed_good};
    struct fetch_bed bed;
    (void)state;

    tiny_start(&tiny);
    fetch_bed_open(&bed, NULL, tiny.port, "http://shop.example");
    fetch_bed_get(&bed, (struct fetch_opts){.flags = FETCH_REUSE});
    assert_int_equal(bed.seen.result.error, FETCH_NONE);
    fetch_bed_get(&bed, (struct fetch_opts){.flags = FETCH_REUSE});
    assert_int_equal(bed.seen.result.error, FETCH_REFUSED);
    assert_int_equal(bed.seen.result.phase, FETCH_AT_CONNECT);
    fetch_bed_close(&bed);
    tiny_stop(&tiny);
}

static void
local_trouble_is_told(void **state)
{
    struct fetch_bed bed;
    struct fetch_opts opts = {.timeout_ns = SECOND};
    struct rlimit old;
    struct rlimit none = {0};
    (void)state;

    fetch_bed_open(&bed, NULL, 9, "http://shop.example");
    opts.url = bed.url;
    opts.address = &bed.address;
    getrlimit(RLIMIT_NOFILE, &old);
    none.rlim_max = old.rlim_max;
    opts.url = "https://shop.example/";
    setrlimit(RLIMIT_NOFILE, &none);
    assert_null(fetch_start(bed.fetcher, &opts, fetch_bed_on_seen, &bed.seen));
    assert_int_equal(errno, EMFILE);
    /* Where curl opens the socket it is told as a result. */
    fetch_bed_get(&bed, (struct fetch_opts){0});
    assert_int_equal(bed.seen.result.error, FETCH_LOCAL);
    assert_int_equal(bed.seen.result.phase, FETCH_AT_CONNECT);
    setrlimit(RLIMIT_NOFILE, &old);
    fetch_bed_close(&bed);
}

static void
a_silent_handshake_holds_nobody_up(void **state)
{
    struct tiny silent = {.serve = fetch_bed_serve_nothing, .arg = ""};
    struct fetch_bed bed;
    struct fetch_opts opts = {.timeout_ns = 10 * SECOND};
    struct fetch *stuck[3];
    size_t i;
    (void)state;

    tiny_start(&silent);
    fetch_bed_open(&bed, NULL, silent.port, "https://shop.example");
    bed.fetcher->handshakes_max = 1;
    opts.url = bed.url;
    opts.address = &bed.address;
    for (i = 0; i < 3; i++)
        stuck[i] =
            fetch_start(bed.fetcher, &opts, fetch_bed_on_seen, &bed.seen);
    /* The last in the queue; its deadline is the only one that passes. */
    fetch_bed_get(&bed, (struct fetch_opts){.timeout_ns = SECOND / 2});
    assert_int_equal(bed.seen.result.error, FETCH_TIMEOUT);
    assert_int_equal(bed.seen.result.phase, FETCH_AT_TLS);
    for (i = 0; i < 3; i++) {
        assert_int_equal(stuck[i]->stage, FETCH_RUNNING);
        fetch_cancel(stuck[i]);
    }
    assert_int_equal(bed.fetcher->handshake_count, 0);
    fetch_bed_close(&bed);
    tiny_stop(&silent);
}

static void
a_silent_address_times_out_at_connect(void **state)
{
    static const char *const schemes[] = {"http", "https"};
    struct full_server full;
    size_t i;
    (void)state;

    full_server_open(&full);
    for (i = 0; i < 2; i++) {
        struct fetch_bed bed;
        char url[64];

        fetch_bed_open(&bed, NULL, full.port, schemes[i]);
        snprintf(url, sizeof url, "%s://a.example/", schemes[i]);
        fetch_bed_get(
            &bed, (struct fetch_opts){.url = url, .timeout_ns = SECOND / 5});
        assert_int_equal(bed.seen.result.error, FETCH_TIMEOUT);
        assert_int_equal(bed.seen.result.phase, FETCH_AT_CONNECT);
        fetch_bed_get(&bed,
                      (struct fetch_opts){.url = url,
                                          .timeout_ns = 20 * SECOND,
                                          .connect_timeout_ns = SECOND / 10});
        assert_int_equal(bed.seen.result.error, FETCH_TIMEOUT);
        assert_int_equal(bed.seen.result.phase, FETCH_AT_CONNECT);
        fetch_bed_close(&bed);
    }
    full_server_close(&full);
}

struct draining {
    struct full_server full;
    struct loop *loop;
    struct loop_timer *timer;
};

static void
on_drain(void *cookie)
{
    struct draining *d = cookie;

    full_server_drain(&d->full);
    d->timer = loop_timer_start(d->loop, SECOND / 20, on_drain, d);
}

/* The kernel has no round trip of such a connection; a second is what it waits
 * before it asks again (RFC 6298 2). */
static void
a_syn_sent_again_is_time_to_connect(void **state)
{
    static const char *const schemes[] = {"http", "https"};
    size_t i;
    (void)state;

    for (i = 0; i < 2; i++) {
        struct draining d;
        struct fetch_bed bed;
        char url[64];

        full_server_open(&d.full);
        fetch_bed_open(&bed, NULL, d.full.port, schemes[i]);
        d.loop = bed.loop;
        d.timer = loop_timer_start(bed.loop, SECOND / 5, on_drain, &d);
        snprintf(url, sizeof url, "%s://a.example/", schemes[i]);
        fetch_bed_get(&bed, (struct fetch_opts){.url = url});
        assert_true(bed.seen.result.phase > FETCH_AT_CONNECT);
        assert_true(bed.seen.result.connect_us > 900 * 1000);
        loop_timer_cancel(d.timer);
        fetch_bed_close(&bed);
        full_server_close(&d.full);
    }
}

static void
spin(const struct loop *loop, int64_t ns)
{
    mono_t end = clock_after(loop_now(loop), ns);

    while (clock_since_ns(loop_now(loop), end) > 0)
        continue;
}

static void
serve_goodbye(struct tiny_conn *conn)
{
    (void)conn;
}

/* A loop that is busy elsewhere while the server answers: the connection took
 * no longer for that, nor is it late. */
static void
our_own_lag_is_not_the_servers(void **state)
{
    struct tiny tiny = {.serve = serve_goodbye};
    struct fetch_opts opts = {.timeout_ns = 10 * SECOND,
                              .connect_timeout_ns = SECOND / 10};
    struct fetch_bed bed;
    (void)state;

    tiny_start(&tiny);
    fetch_bed_open(&bed, NULL, tiny.port, "https://shop.example");
    opts.url = bed.url;
    opts.address = &bed.address;
    assert_non_null(
        fetch_start(bed.fetcher, &opts, fetch_bed_on_seen, &bed.seen));
    spin(bed.loop, SECOND / 5);
    loop_run(bed.loop);
    assert_int_equal(bed.seen.result.phase, FETCH_AT_TLS);
    assert_true(bed.seen.result.connect_us >= 0);
    assert_true(bed.seen.result.connect_us < SECOND / 10 / NS_PER_US);
    fetch_bed_close(&bed);
    tiny_stop(&tiny);
}

static void
the_queue_is_bounded_by_deadlines(void **state)
{
    struct tiny silent = {.serve = fetch_bed_serve_nothing, .arg = ""};
    struct fetch_bed bed;
    (void)state;

    tiny_start(&silent);
    fetch_bed_open(&bed, NULL, silent.port, "https://shop.example");
    /* No slot ever: what is asked for waits, and says whose fault it was. */
    bed.fetcher->handshakes_max = 0;
    fetch_bed_get(&bed, (struct fetch_opts){.timeout_ns = SECOND / 10});
    assert_int_equal(bed.seen.result.error, FETCH_LOCAL);
    assert_null(bed.fetcher->queue);
    /* The wait is in no phase, and not the connection's. */
    fetch_bed_get(&bed, (struct fetch_opts){.timeout_ns = SECOND / 5,
                                            .connect_timeout_ns = SECOND / 20});
    assert_int_equal(bed.seen.result.error, FETCH_LOCAL);
    assert_true(bed.seen.result.connect_us >= 0);
    assert_true(bed.seen.result.queue_us > 0);
    assert_int_equal(bed.seen.result.tls_us, -1);
    assert_int_equal(bed.seen.result.wait_us, -1);
    fetch_bed_close(&bed);
    tiny_stop(&silent);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_exchange),
        cmocka_unit_test(a_closed_port_is_refused),
        cmocka_unit_test(connections_are_kept_only_when_asked),
        cmocka_unit_test(a_kept_connection_and_then_nobody),
        cmocka_unit_test(a_silent_handshake_holds_nobody_up),
        cmocka_unit_test(a_silent_address_times_out_at_connect),
        cmocka_unit_test(a_syn_sent_again_is_time_to_connect),
        cmocka_unit_test(our_own_lag_is_not_the_servers),
        cmocka_unit_test(the_queue_is_bounded_by_deadlines),
        cmocka_unit_test(local_trouble_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
