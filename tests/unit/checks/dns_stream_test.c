/* One message there and one back, over TCP; TLS is dns_tls_test.c's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/dns_stream.c"

#include "tests/lib/dns_stream_bed.h"

static struct dns_stream *
start_on(struct dns_stream_bed *bed, const char *ip, uint16_t port)
{
    struct dns_stream_opts opts = {.query = stream_query,
                                   .query_len = sizeof(stream_query)};
    struct dns_stream *stream;

    bed->told = 0;
    assert_int_equal(addr_parse_ip(&opts.server, ip, port), 0);
    stream = dns_stream_start(bed->engine, &opts, stream_bed_on_done, bed);
    assert_non_null(stream);
    assert_int_equal(bed->told, 0);
    return stream;
}

static void
there_and_back(void **state)
{
    struct dns_stream_bed bed;
    struct dns_stream *stream;

    (void)state;
    stream_bed_open(&bed, "DNS:localhost");
    bed.server.serve = stream_serve_echo;
    tiny_start(&bed.server);
    stream = start_on(&bed, "127.0.0.1", bed.server.port);
    loop_run(bed.loop);
    assert_int_equal(bed.told, 1);
    assert_int_equal(bed.reason, REASON_NONE);
    assert_int_equal(bed.len, 7);
    assert_memory_equal(bed.bytes, "tseuq\7\0", 7);
    assert_int_equal(bed.tls_us, -1);
    dns_stream_cancel(stream);
    bed.server.serve = stream_serve_half;
    stream = start_on(&bed, "127.0.0.1", bed.server.port);
    loop_run(bed.loop);
    assert_int_equal(bed.reason, REASON_DNS_MALFORMED);
    dns_stream_cancel(stream);
    tiny_stop(&bed.server);
    stream_bed_close(&bed);
}

static void
nobody_there(void **state)
{
    struct dns_stream_bed bed;
    struct dns_stream *stream;

    (void)state;
    stream_bed_open(&bed, "DNS:localhost");
    stream = start_on(&bed, "127.0.0.1", 9);
    loop_run(bed.loop);
    assert_int_equal(bed.told, 1);
    assert_int_equal(bed.reason, REASON_DNS_UNREACHABLE);
    assert_string_equal(bed.why, "connection refused");
    dns_stream_cancel(stream);
    stream_bed_close(&bed);
}

static void
what_it_waits_for(void **state)
{
    struct dns_stream_bed bed;
    struct dns_stream *stream;

    (void)state;
    stream_bed_open(&bed, "DNS:localhost");
    bed.server.serve = stream_serve_hold;
    tiny_start(&bed.server);
    stream = start_on(&bed, "127.0.0.1", bed.server.port);
    assert_string_equal(dns_stream_phase(stream), "no connection in time");
    stream->phase = AT_TLS;
    assert_int_equal(dns_stream_timeout(stream), REASON_TLS_TIMEOUT);
    stream->phase = AT_READ;
    assert_string_equal(dns_stream_phase(stream), "no answer in time");
    assert_int_equal(dns_stream_timeout(stream), REASON_DNS_TIMEOUT);
    dns_stream_cancel(stream);
    assert_int_equal(bed.told, 0);
    tiny_stop(&bed.server);
    stream_bed_close(&bed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(nobody_there),
        cmocka_unit_test(what_it_waits_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
