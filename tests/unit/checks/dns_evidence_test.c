/* The evidence of several servers: all of them, and never too much. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/dns_evidence.c"

#include <string.h>

#include "tests/lib/dns_made.h"

static const struct stage_row GOOD = {
    0, "www.example", 1, 0, true, {{STAGE_AN, "www.example", 1, "192.0.2.1"}}};

static void
every_server_is_there(void **state)
{
    struct made made = {0};
    struct loop *loop = loop_create();
    struct look look;
    struct buf out;
    struct json j;

    (void)state;
    look_init(&look, loop);
    made_server(&made, &GOOD);
    made_server(&made, NULL)->reason = REASON_DNS_TIMEOUT;
    made.server[0].ns = made.server[0].reply;
    made.walk.is_delegated = true;
    made.walk.host_count = 1;
    assert_int_equal(dns_name_parse(&made.walk.zone, "example"), 0);
    assert_int_equal(dns_name_parse(&made.walk.parent, "."), 0);
    assert_int_equal(dns_name_parse(&made.walk.host[0].name, "ns.example"), 0);
    made.seen.walk = &made.walk;
    look.seen.dns = &made.seen;
    buf_init(&out, 10000);
    j = json_begin(&out);
    json_obj(&j, NULL);
    dns_evidence_add(&look, &j);
    json_end(&j);
    assert_string_equal(
        buf_text(&out),
        "{\"dns\":{\"zone\":\"example\",\"parent\":\".\",\"delegated_to\":[{"
        "\"name\":\"ns.example\",\"addresses\":[]}],\"servers\":[{\"server\":"
        "\"ns0\",\"transport\":\"udp\",\"ms\":1.500,\"rcode\":\"NOERROR\","
        "\"aa\":true,\"ad\":false,\"ra\":true,\"records\":[{\"section\":"
        "\"answer\",\"name\":\"www.example\",\"type\":\"A\",\"ttl\":60,"
        "\"data\":\"192.0.2.1\"}],\"ns\":[{\"section\":\"answer\",\"name\":"
        "\"www.example\",\"type\":\"A\",\"ttl\":60,\"data\":\"192.0.2.1\"}]},"
        "{\"server\":\"ns1\",\"transport\":\"udp\",\"reason\":\"dns.timeout\","
        "\"message\":\"\",\"ms\":1.500}]}}");
    buf_free(&out);
    look_free(&look);
    loop_free(loop);
}

static void
it_has_an_end(void **state)
{
    struct made made = {0};
    struct loop *loop = loop_create();
    struct look look;
    struct buf out;
    struct json j;

    (void)state;
    look_init(&look, loop);
    made_server(&made, &GOOD);
    look.seen.dns = &made.seen;
    buf_init(&out, 65536);
    while (out.len < EVIDENCE_FULL)
        buf_add_char(&out, ' ');
    j = json_begin(&out);
    json_obj(&j, NULL);
    dns_evidence_add(&look, &j);
    json_end(&j);
    assert_false(out.failed);
    assert_null(strstr(buf_text(&out), "192.0.2.1"));
    buf_free(&out);
    look_free(&look);
    loop_free(loop);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_server_is_there),
        cmocka_unit_test(it_has_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
