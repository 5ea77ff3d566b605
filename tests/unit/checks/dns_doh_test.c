/* DNS over HTTPS; over plain http here, as fetch_test.c judges the TLS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/dns_doh.c"

#include "tests/lib/dns_stream_bed.h"

static const char *reply;
static size_t reply_len;
static char request[4096];

static void
serve_reply(struct tiny_conn *conn)
{
    if (!tiny_read_head(conn))
        return;
    memcpy(request, conn->request, sizeof(request));
    tiny_write(conn, reply, reply_len);
}

static void
run(struct dns_stream_bed *bed, const char *scheme, const char *answer,
    size_t len)
{
    char url[100];
    struct dns_doh_opts opts = {.query = stream_query,
                                .query_len = sizeof(stream_query),
                                .url = url,
                                .timeout_ns = NS_PER_S,
                                .trust = bed->trust};
    struct dns_doh *doh;

    reply = answer;
    reply_len = len;
    bed->told = 0;
    (void)snprintf(url, sizeof(url), "%s://127.0.0.1:%u/dns-query", scheme,
                   bed->server.port);
    assert_int_equal(addr_parse_ip(&opts.server, "127.0.0.1", bed->server.port),
                     0);
    doh = dns_doh_start(bed->engine, &opts, stream_bed_on_done, bed);
    assert_non_null(doh);
    assert_int_equal(bed->told, 0);
    loop_run(bed->loop);
    assert_int_equal(bed->told, 1);
    dns_doh_cancel(doh);
}

#define HEAD "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n"

static void
answers(void **state)
{
    static const char good[] =
        HEAD "Content-Type: application/dns-message\r\n\r\nabcd";
    static const char other[] = HEAD "Content-Type: text/html\r\n\r\nabcd";
    static const char none[] = "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n";
    struct dns_stream_bed bed;

    (void)state;
    stream_bed_open(&bed, "IP:127.0.0.1");
    bed.server.serve = serve_reply;
    tiny_start(&bed.server);
    run(&bed, "http", good, sizeof(good) - 1);
    assert_int_equal(bed.reason, REASON_NONE);
    assert_int_equal(bed.len, 4);
    assert_memory_equal(bed.bytes, "abcd", 4);
    assert_non_null(strstr(request, "POST /dns-query HTTP/1.1"));
    assert_non_null(strstr(request, "Content-Type: application/dns-message"));
    run(&bed, "http", other, sizeof(other) - 1);
    assert_int_equal(bed.reason, REASON_DNS_MALFORMED);
    run(&bed, "http", none, sizeof(none) - 1);
    assert_string_equal(bed.why, "HTTP status 404 instead of a DNS message");
    run(&bed, "http", "", 0);
    assert_int_equal(bed.reason, REASON_DNS_MALFORMED);
    tiny_stop(&bed.server);
    run(&bed, "http", "", 0);
    assert_int_equal(bed.reason, REASON_DNS_UNREACHABLE);
    stream_bed_close(&bed);
}

static void
certificates(void **state)
{
    static const char good[] =
        HEAD "Content-Type: application/dns-message\r\n\r\nabcd";
    struct dns_stream_bed bed;

    (void)state;
    stream_bed_open(&bed, "IP:127.0.0.9");
    bed.server.serve = serve_reply;
    bed.server.ctx = bed.ctx;
    tiny_start(&bed.server);
    run(&bed, "https", good, sizeof(good) - 1);
    assert_int_equal(bed.reason, REASON_TLS_HOSTNAME);
    tiny_stop(&bed.server);
    stream_bed_close(&bed);
}

/* What a server does instead of the handshake. */
static void
serve_clear(struct tiny_conn *conn)
{
    tiny_say(conn, "220 this is another service\r\n");
}

static void
serve_end(struct tiny_conn *conn)
{
    char hello[1024];

    (void)tiny_read(conn, hello, sizeof(hello));
}

static void
serve_reset(struct tiny_conn *conn)
{
    serve_end(conn);
    tiny_reset(conn);
}

static void
serve_silence(struct tiny_conn *conn)
{
    tiny_hold(conn);
}

static void
handshakes_that_fail(void **state)
{
    static const struct {
        void (*serve)(struct tiny_conn *conn);
        enum reason reason;
    } rows[] = {
        {serve_clear, REASON_TLS_HANDSHAKE},
        {serve_end, REASON_TLS_CLOSED},
        {serve_reset, REASON_TLS_CLOSED},
        {serve_silence, REASON_TLS_TIMEOUT},
    };
    struct dns_stream_bed bed;

    (void)state;
    stream_bed_open(&bed, "IP:127.0.0.1");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bed.server.serve = rows[i].serve;
        bed.server.port = 0;
        tiny_start(&bed.server);
        run(&bed, "https", "", 0);
        if (bed.reason != rows[i].reason)
            fail_msg("row %zu: %s: %s", i, reason_name(bed.reason), bed.why);
        tiny_stop(&bed.server);
    }
    stream_bed_close(&bed);
}

static void
hosts(void **state)
{
    static const char *const rows[][2] = {
        {"https://a.example/dns-query", "a.example"},
        {"https://192.0.2.1:8443/q", "192.0.2.1"},
        {"https://[2001:db8::1]:8443/q", "2001:db8::1"}};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char *host = host_of(rows[i][0]);

        assert_string_equal(host, rows[i][1]);
        free(host);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts),
        cmocka_unit_test(answers),
        cmocka_unit_test(certificates),
        cmocka_unit_test(handshakes_that_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
