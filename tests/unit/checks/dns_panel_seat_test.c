/* Who may have a chair, and one of those that may not twice; what they are
 * asked is in dns_panel_test.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/dns_panel_seat.c"

/* In Kubernetes and on some clouds they are link-local. */
static void
the_policy_is_not_about_this_machines_name_servers(void **state)
{
    struct spec spec = {0};
    struct dns_panel panel = {.spec = &spec};
    struct dns_place place = {.kind = DNS_PLACE_SYSTEM};
    struct addr addr;

    (void)state;
    assert_int_equal(addr_parse_ip(&addr, "169.254.20.10", 53), 0);
    assert_true(is_allowed(&panel, &place, &addr));
    place.kind = DNS_PLACE_SERVER;
    assert_false(is_allowed(&panel, &place, &addr));
}

/* Over TLS the name that the certificate is for is a part of the question, and
 * a zone's own server may be a resolver, too. */
static void
nobody_sits_twice(void **state)
{
    struct chair chairs[2];
    struct dns_seen_server servers[2];
    struct dns_panel panel = {
        .chair = chairs, .chair_max = 2, .out.seen.server = servers};
    struct dns_seat_opts opts = {.ask.transport = DNS_OVER_UDP};

    (void)state;
    memset(servers, 0, sizeof(servers));
    assert_int_equal(addr_parse(&opts.ask.server, "192.0.2.1", 53), 0);
    assert_false(is_seated(&panel, &opts));
    assert_ptr_equal(add_server(&panel, true), &servers[0]);
    chairs[0].at = opts.ask.server;
    chairs[0].transport = DNS_OVER_UDP;
    assert_true(is_seated(&panel, &opts));
    addr_set_port(&opts.ask.server, 5353);
    assert_false(is_seated(&panel, &opts));
    addr_set_port(&opts.ask.server, 53);
    opts.zone.len = 1;
    assert_false(is_seated(&panel, &opts));
    opts.zone.len = 0;
    opts.ask.transport = chairs[0].transport = DNS_OVER_TLS;
    assert_false(is_seated(&panel, &opts));
    assert_ptr_equal(add_server(&panel, false), &servers[1]);
    assert_null(add_server(&panel, true));
}

/* No way from here to an address that was found is no failure of the name. */
static void
no_way_from_here(void **state)
{
    struct dns_seen_server servers[2] = {{.is_skipped = true}};
    struct chair chairs[2] = {{.is_found = true}, {.is_found = true}};
    struct dns_panel panel = {.chair = chairs, .chair_max = 2};

    (void)state;
    panel.out.seen = (struct dns_seen){.server = servers, .count = 2};
    settle_skipped(&panel);
    assert_true(servers[0].is_skipped);
    panel.out.seen.count = 1;
    settle_skipped(&panel);
    assert_false(servers[0].is_skipped);
    servers[0].is_skipped = true;
    panel.out.seen.count = 2;
    chairs[0].is_found = false;
    settle_skipped(&panel);
    assert_false(servers[0].is_skipped);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_policy_is_not_about_this_machines_name_servers),
        cmocka_unit_test(nobody_sits_twice),
        cmocka_unit_test(no_way_from_here),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
