/* Shares of the time, and what is said of those that were passed over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/dns_system.c"

static void
each_leaves_time_for_those_after_it(void **state)
{
    struct loop *loop = loop_create();
    struct engine engine = {.loop = loop, .server_count = 3};
    struct dns_seat_opts opts = {0};
    mono_t deadline = clock_after(loop_now(loop), 9 * NS_PER_S);

    (void)state;
    dns_system_share(&engine, &opts, deadline, 1);
    assert_true(opts.may_pass);
    assert_in_range(opts.ask.timeout_ns, NS_PER_S, 3 * NS_PER_S);
    dns_system_share(&engine, &opts, loop_now(loop), 2);
    assert_true(opts.ask.timeout_ns == NS_PER_MS / 2);
    opts = (struct dns_seat_opts){0};
    dns_system_share(&engine, &opts, deadline, 3); /* the last has it all */
    assert_false(opts.may_pass);
    assert_true(opts.ask.timeout_ns == 0);
    loop_free(loop);
}

static void
the_place_says_the_port_inside_tls(void **state)
{
    struct engine engine = {.server_count = 1};
    struct dns_place place = {.transport = DNS_OVER_TCP, .port = 853};
    struct addr addr;

    (void)state;
    assert_int_equal(addr_parse_ip(&engine.server[0], "192.0.2.1", 5353), 0);
    addr = dns_system_addr(&engine, &place, 0);
    assert_int_equal(addr_port(&addr), 5353);
    place.transport = DNS_OVER_TLS;
    addr = dns_system_addr(&engine, &place, 0);
    assert_int_equal(addr_port(&addr), 853);
}

static void
who_failed_before_is_told_of_failures_alone(void **state)
{
    struct dns_seen_server servers[] = {
        {.message = "no answer", .reason = REASON_DNS_TIMEOUT, .passed = 2},
        {.message = "", .passed = 1},
        {.message = "no answer", .reason = REASON_DNS_TIMEOUT},
    };
    struct dns_seen seen = {.server = servers, .count = 3};

    (void)state;
    dns_system_settle(&seen);
    assert_string_equal(servers[0].message,
                        "no answer, and from 2 name servers before it neither");
    assert_string_equal(servers[1].message, "");
    assert_string_equal(servers[2].message, "no answer");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_leaves_time_for_those_after_it),
        cmocka_unit_test(the_place_says_the_port_inside_tls),
        cmocka_unit_test(who_failed_before_is_told_of_failures_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
