#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/addr.c"

static void
parses_and_prints_both_families(void **state)
{
    static const struct {
        const char *in;
        const char *out; /* NULL: refused */
    } cases[] = {
        {"192.0.2.1:53", "192.0.2.1:53"},
        {"192.0.2.1", "192.0.2.1:7"},
        {"[::1]:53", "[::1]:53"},
        {"[2001:db8::1]", "[2001:db8::1]:7"},
        {"2001:db8::1", "[2001:db8::1]:7"},
        {"192.0.2.1:0", "192.0.2.1:0"},
        {"192.0.2.1:65535", "192.0.2.1:65535"},
        {"192.0.2.1:65536", NULL},
        {"192.0.2.1:", NULL},
        {"192.0.2.1:-1", NULL},
        {"192.0.2.1:+5", NULL},
        {"192.0.2.256", NULL},
        {"192.0.2", NULL},
        {"0x7f.1", NULL},
        {"[::1", NULL},
        {"[::1]53", NULL},
        {"[]:53", NULL},
        {"", NULL},
        {":53", NULL},
        {"example.org:80", NULL},
    };

    char text[ADDR_TEXT_MAX];
    size_t i;
    (void)state;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct addr addr;
        int rc = addr_parse(&addr, cases[i].in, 7);
        assert_int_equal(rc, cases[i].out ? 0 : -1);
        if (cases[i].out)
            assert_string_equal(addr_format(text, &addr), cases[i].out);
    }
}

static void
a_refused_text_changes_nothing(void **state)
{
    struct addr addr;
    char host[32] = "before";
    uint16_t port = 9;
    (void)state;

    assert_int_equal(addr_parse_ip(&addr, "192.0.2.1", 80), 0);
    assert_int_equal(addr_parse(&addr, "192.0.2.2:x", 1), -1);
    assert_int_equal(addr_port(&addr), 80);
    assert_int_equal(addr_split("a.example:99999", host, sizeof host, &port),
                     -1);
    assert_string_equal(host, "before");
    assert_int_equal(port, 9);
}

static void
splits_host_and_port(void **state)
{
    char host[16];
    uint16_t port = 443;
    (void)state;

    assert_int_equal(addr_split("a.example:80", host, sizeof host, &port), 0);
    assert_string_equal(host, "a.example");
    assert_int_equal(port, 80);
    port = 443;
    assert_int_equal(addr_split("a.example", host, sizeof host, &port), 0);
    assert_int_equal(port, 443);
    assert_int_equal(addr_split("[::1]:81", host, sizeof host, &port), 0);
    assert_string_equal(host, "::1");
    assert_int_equal(port, 81);
    assert_int_equal(
        addr_split("much.too.long.example", host, sizeof host, &port), -1);
}

static void
sets_the_port_of_both_families(void **state)
{
    struct addr addr;
    (void)state;

    addr_parse_ip(&addr, "::1", 1);
    addr_set_port(&addr, 4242);
    assert_int_equal(addr_port(&addr), 4242);
    addr_parse_ip(&addr, "127.0.0.1", 1);
    addr_set_port(&addr, 4243);
    assert_int_equal(addr_port(&addr), 4243);
}

static void
networks_hold_what_they_should(void **state)
{
    static const struct {
        const char *ip;
        const char *network;
        int in;
    } cases[] = {
        {"192.0.2.9", "192.0.2.0/24", 1},
        {"192.0.3.9", "192.0.2.0/24", 0},
        {"192.0.2.127", "192.0.2.0/25", 1},
        {"192.0.2.128", "192.0.2.0/25", 0},
        {"192.0.2.9", "192.0.2.9", 1},
        {"192.0.2.9", "0.0.0.0/0", 1},
        {"::1", "0.0.0.0/0", 0},
        {"::ffff:192.0.2.9", "192.0.2.0/24", 1},
        {"2001:db8:1::5", "2001:db8::/32", 1},
        {"2001:db9::5", "2001:db8::/32", 0},
        {"2001:db8::5", "2001:db8::5/128", 1},
        {"::1", "::/0", 1},
        {"192.0.2.9", "192.0.2.0/33", -1},
        {"192.0.2.9", "192.0.2.0/", -1},
        {"192.0.2.9", "192.0.2/24", -1},
        {"name", "192.0.2.0/24", -1},
        {"::1", "::/129", -1},
    };

    size_t i;
    (void)state;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(addr_in(cases[i].ip, cases[i].network), cases[i].in);
}

static void
a_refused_network_is_the_same_as_text_and_as_bytes(void **state)
{
    const char *text;
    size_t i;

    (void)state;
    for (i = 0; (text = addr_refused(i)) != NULL; i++) {
        uint8_t bytes[IP_BYTES];
        unsigned bits = 0;

        assert_int_equal(parse_network(text, bytes, &bits), 0);
        assert_int_equal(bits, refused_networks[i].bits);
        assert_memory_equal(bytes, refused_networks[i].bytes, IP_BYTES);
    }
    assert_true(i > 0);
}

static bool
allowed(const struct addr_policy *policy, const char *ip)
{
    struct addr addr;

    assert_int_equal(addr_parse_ip(&addr, ip, 80), 0);
    return addr_allowed(policy, &addr);
}

static void
metadata_and_link_local_need_leave(void **state)
{
    static const char *const leave[] = {"169.254.7.0/24"};
    const struct addr_policy policy = {leave, 1};
    (void)state;

    assert_true(allowed(NULL, "192.0.2.1"));
    assert_true(allowed(NULL, "127.0.0.1"));
    assert_true(allowed(NULL, "10.0.0.1"));
    assert_false(allowed(NULL, "169.254.169.254"));
    assert_false(allowed(NULL, "::ffff:169.254.169.254"));
    assert_false(allowed(NULL, "64:ff9b::169.254.169.254"));
    assert_false(allowed(NULL, "fe80::1"));
    assert_false(allowed(NULL, "fd00:ec2::254"));
    assert_false(allowed(NULL, "100.100.100.200"));
    assert_true(allowed(&policy, "169.254.7.9"));
    assert_false(allowed(&policy, "169.254.8.9"));
}

static void
equality(void **state)
{
    struct addr a;
    struct addr b;
    (void)state;

    addr_parse_ip(&a, "192.0.2.1", 1);
    addr_parse_ip(&b, "::ffff:192.0.2.1", 2);
    assert_true(addr_eq_ip(&a, &b));
    addr_parse_ip(&b, "192.0.2.2", 1);
    assert_false(addr_eq_ip(&a, &b));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_and_prints_both_families),
        cmocka_unit_test(a_refused_text_changes_nothing),
        cmocka_unit_test(a_refused_network_is_the_same_as_text_and_as_bytes),
        cmocka_unit_test(splits_host_and_port),
        cmocka_unit_test(sets_the_port_of_both_families),
        cmocka_unit_test(networks_hold_what_they_should),
        cmocka_unit_test(metadata_and_link_local_need_leave),
        cmocka_unit_test(equality),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
