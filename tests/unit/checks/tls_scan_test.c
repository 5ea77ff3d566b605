/* How names and versions meet; the scan itself is in tls_check_test.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/tls_scan.c"

#include "tests/lib/tiny_server.h"
#include "tests/lib/tls_site.h"

static void
names(void **state)
{
    (void)state;
    assert_int_equal(version_of("TLSv1"), 10);
    assert_int_equal(version_of("TLSv1.1"), 11);
    assert_int_equal(version_of("TLSv1.3"), 13);
}

static void
serve_silence(struct tiny_conn *conn)
{
    tiny_hold(conn);
}

static void
on_scan(void *cookie, const char *versions)
{
    struct check_bed *bed = cookie;

    (void)snprintf(bed->target, sizeof(bed->target), "%s", versions);
    loop_stop(bed->loop);
}

/* A server that is silent takes no more than its shares. */
static void
silence_is_no(void **state)
{
    struct tiny tiny = {.serve = serve_silence};
    struct check_bed bed;
    struct check check = {0};
    struct tls_scan *scan;
    struct addr addr;

    (void)state;
    tiny_start(&tiny);
    check_bed_open(&bed, SPEC_TLS, NULL);
    check_bed_endpoint(&bed, "shop.example", tiny.port);
    bed.spec.timeout_ns = 300 * NS_PER_MS;
    check.engine = bed.engine;
    check.spec = &bed.spec;
    look_init(&check.look, bed.loop);
    assert_int_equal(addr_parse_ip(&addr, "127.0.0.1", tiny.port), 0);
    tls_scan_cancel(NULL);
    tls_scan_cancel(tls_scan_start(&check, &addr, "TLSv1.3", on_scan, &bed));
    scan = tls_scan_start(&check, &addr, "TLSv1.3", on_scan, &bed);
    assert_string_equal(bed.target, "shop.example");
    loop_run(bed.loop);
    assert_string_equal(bed.target, "1.3");
    tls_scan_cancel(scan);
    look_free(&check.look);
    check_bed_close(&bed);
    tiny_stop(&tiny);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(silence_is_no),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
