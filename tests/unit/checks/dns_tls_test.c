/* DNS over TLS: who cannot prove who he is, is asked nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/dns_tls.c"

#include "tests/lib/dns_stream_bed.h"

/* Reads all of a hello first: what is left unread would be a reset. */
static void
serve_plain(struct tiny_conn *conn)
{
    uint8_t in[2000];

    (void)tiny_read(conn, in, sizeof(in));
    tiny_say(conn, "220 not TLS\r\n");
    tiny_hold(conn);
}

static void
run(struct dns_stream_bed *bed, const char *name, enum reason reason)
{
    struct dns_stream_opts opts = {.query = stream_query,
                                   .query_len = sizeof(stream_query),
                                   .is_tls = true,
                                   .name = name,
                                   .trust = bed->trust};
    struct dns_stream *stream;

    bed->told = 0;
    assert_int_equal(addr_parse_ip(&opts.server, "127.0.0.1", bed->server.port),
                     0);
    stream = dns_stream_start(bed->engine, &opts, stream_bed_on_done, bed);
    assert_non_null(stream);
    loop_run(bed->loop);
    assert_int_equal(bed->told, 1);
    if (bed->reason != reason)
        fail_msg("want %s, got %s: %s", reason_name(reason),
                 reason_name(bed->reason), bed->why);
    dns_stream_cancel(stream);
}

static void
names_and_addresses(void **state)
{
    struct dns_stream_bed bed;

    (void)state;
    stream_bed_open(&bed, "DNS:ns.example,IP:127.0.0.1");
    bed.server.serve = stream_serve_echo;
    bed.server.ctx = bed.ctx;
    tiny_start(&bed.server);
    run(&bed, "ns.example", REASON_NONE);
    assert_memory_equal(bed.bytes, "tseuq\7\0", 7);
    assert_true(bed.tls_us >= 0);
    run(&bed, "127.0.0.1", REASON_NONE);
    run(&bed, "other.example", REASON_TLS_HOSTNAME);
    assert_non_null(strstr(bed.why, "other.example"));
    run(&bed, "127.0.0.2", REASON_TLS_HOSTNAME);
    bed.server.serve = stream_serve_half;
    run(&bed, "ns.example", REASON_DNS_MALFORMED);
    tiny_stop(&bed.server);
    stream_bed_close(&bed);
}

static void
authorities_and_no_tls(void **state)
{
    struct dns_stream_bed bed;
    struct trust *mine;
    char why[200] = "";

    (void)state;
    stream_bed_open(&bed, "DNS:ns.example");
    bed.server.serve = stream_serve_echo;
    bed.server.ctx = bed.ctx;
    tiny_start(&bed.server);
    mine = bed.trust;
    bed.trust = trust_create("", NULL, why, sizeof(why));
    run(&bed, "ns.example", REASON_TLS_INCOMPLETE_CHAIN);
    trust_free(bed.trust);
    bed.trust = mine;
    bed.server.ctx = NULL;
    bed.server.serve = serve_plain;
    run(&bed, "ns.example", REASON_TLS_HANDSHAKE);
    tiny_stop(&bed.server);
    stream_bed_close(&bed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_addresses),
        cmocka_unit_test(authorities_and_no_tls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
