#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/addr_order.c"

/* The examples of RFC 6724, section 10.2, that need none of the rules left
 * out: which of two goes first, and the source address of each. */
static void
examples_of_the_rfc(void **state)
{
    static const struct {
        const char *why;
        const char *first, *first_from;
        const char *second, *second_from;
    } rows[] = {
        {"matching scope", "2001:db8:1::1", "2001:db8:1::2", "198.51.100.121",
         "169.254.13.78"},
        {"matching scope, IPv4", "198.51.100.121", "198.51.100.117",
         "2001:db8:1::1", "fe80::1"},
        {"higher precedence", "2001:db8:1::1", "2001:db8:1::2", "10.1.2.3",
         "10.1.2.4"},
        {"smaller scope", "fe80::1", "fe80::2", "2001:db8:1::1",
         "2001:db8:1::2"},
        {"longest matching prefix", "2001:db8:1::1", "2001:db8:1::2",
         "2001:db8:3ffe::1", "2001:db8:3f44::2"},
        {"matching label", "2002:c633:6401::1", "2002:c633:6401::2",
         "2001:db8:1::1", "2002:c633:6401::2"},
        {"higher precedence, 6to4", "2001:db8:1::1", "2001:db8:1::2",
         "2002:c633:6401::1", "2002:c633:6401::2"},
        {"a route before none", "2001:db8:1::1", "2001:db8:1::2", "192.0.2.1",
         NULL},
        {"IPv4's route before none", "192.0.2.1", "192.0.2.2", "2001:db8::1",
         NULL},
        {"no route at all: precedence", "2001:db8:1::1", NULL, "192.0.2.1",
         NULL},
        {"loopback", "::1", "::1", "127.0.0.1", "127.0.0.1"},
        {"IPv4 before unique local from elsewhere", "192.0.2.1", "192.0.2.2",
         "fd00::1", "2001:db8::2"},
    };

    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *to[2] = {rows[i].first, rows[i].second};
        const char *from[2] = {rows[i].first_from, rows[i].second_from};
        struct choice c[2] = {0};
        struct addr source;

        for (int n = 0; n < 2; n++) {
            assert_int_equal(addr_parse_ip(&c[n].addr, to[n], 0), 0);
            map(c[n].to, &c[n].addr);
            if (from[n] == NULL)
                continue;
            assert_int_equal(addr_parse_ip(&source, from[n], 0), 0);
            map(c[n].from, &source);
            c[n].has_route = true;
        }
        if (compare(&c[0], &c[1]) <= 0 || compare(&c[1], &c[0]) >= 0)
            fail_msg("%s: %s does not go before %s", rows[i].why, to[0], to[1]);
    }
}

/* What no rule decides stays as the answer had it: round robin works. */
static void
equal_ones_keep_their_places(void **state)
{
    static const char *const ips[] = {"127.0.0.9", "127.0.0.1", "127.0.0.5",
                                      "127.0.0.3"};
    struct addr addrs[4];
    (void)state;

    for (size_t i = 0; i < 4; i++)
        (void)addr_parse_ip(&addrs[i], ips[i], 0);
    addr_order(addrs, 4);
    for (size_t i = 0; i < 4; i++) {
        char text[ADDR_TEXT_MAX];

        assert_string_equal(addr_format_ip(text, &addrs[i]), ips[i]);
    }
}

/* By the machine's own routes: loopback has one wherever this runs; the
 * address that is no host's has none (connect() refuses it). */
static void
one_without_a_route_goes_last(void **state)
{
    struct addr addrs[3];
    char text[ADDR_TEXT_MAX];
    (void)state;

    (void)addr_parse_ip(&addrs[0], "255.255.255.255", 0);
    (void)addr_parse_ip(&addrs[1], "127.0.0.2", 443);
    (void)addr_parse_ip(&addrs[2], "127.0.0.1", 443);
    addr_order(addrs, 3);
    assert_string_equal(addr_format(text, &addrs[0]), "127.0.0.2:443");
    assert_string_equal(addr_format(text, &addrs[1]), "127.0.0.1:443");
    assert_string_equal(addr_format_ip(text, &addrs[2]), "255.255.255.255");
}

/* As many as a name may have and more: none is lost, none comes twice. */
static void
none_is_lost(void **state)
{
    struct addr addrs[ADDR_ORDER_MAX + 2];
    bool seen[ADDR_ORDER_MAX + 2] = {false};
    size_t count = sizeof(addrs) / sizeof(addrs[0]);
    (void)state;

    for (size_t i = 0; i < count; i++)
        (void)addr_parse_ip(&addrs[i], i % 2 ? "127.0.0.1" : "::1",
                            (uint16_t)(i + 1));
    addr_order(addrs, count);
    for (size_t i = 0; i < count; i++) {
        size_t n = addr_port(&addrs[i]) - 1U;

        assert_true(n < count && !seen[n]);
        seen[n] = true;
    }
    addr_order(addrs, 0);
    addr_order(addrs, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_of_the_rfc),
        cmocka_unit_test(equal_ones_keep_their_places),
        cmocka_unit_test(one_without_a_route_goes_last),
        cmocka_unit_test(none_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
