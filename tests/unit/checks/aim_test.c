#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "checks/aim.c"

static void
addresses(void **state)
{
    static const char *const right[] = {"http://a",
                                        "https://a.example/",
                                        "https://a:8443/x?y=1#z",
                                        "https://[2001:db8::1]:443/",
                                        "https://192.0.2.1/",
                                        "http://a_b.c./"};

    static const struct {
        const char *text;
        size_t offset;
    } wrong[] = {
        {"", 0},
        {"ftp://a/", 0},
        {"HTTPS://a/", 0},
        {"https://", 8},
        {"https:///x", 8},
        {"https://a b/", 9},
        {"https://a/\n", 10},
        {"https://u:p@h/", 8},
        {"https://a:0/", 10},
        {"https://a:65536/", 10},
        {"https://a:/", 10},
        {"https://[::g]/", 8},
        {"https://[::1]x/", 13},
        {"https://a..b/", 10},
    };
    struct aim_fault fault;

    (void)state;
    for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
        assert_int_equal(aim_parse_url(right[i], &fault), 0);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(aim_parse_url(wrong[i].text, &fault), -1);
        assert_int_equal(fault.offset, wrong[i].offset);
        assert_non_null(fault.why);
    }
}

static void
names(void **state)
{
    char label[70];
    struct aim_fault fault;

    (void)state;
    assert_int_equal(aim_parse_name("example.com.", &fault), 0);
    assert_int_equal(aim_parse_name("_dmarc.example.com", &fault), 0);
    assert_int_equal(aim_parse_name(".", &fault), 0);
    assert_int_equal(aim_parse_name("", &fault), -1);
    assert_int_equal(aim_parse_name("a..b", &fault), -1);
    assert_int_equal(aim_parse_name("https://a/", &fault), -1);
    assert_int_equal(fault.len, 8);
    memset(label, 'a', sizeof(label));
    label[64] = 0;
    assert_int_equal(aim_parse_name(label, &fault), -1);
    label[63] = 0;
    assert_int_equal(aim_parse_name(label, &fault), 0);
}

static void
endpoints(void **state)
{
    char host[AIM_HOST_MAX];
    uint16_t port = 443;
    struct aim_fault fault;

    (void)state;
    assert_int_equal(aim_parse_endpoint("a.example", host, &port, &fault), 0);
    assert_string_equal(host, "a.example");
    assert_int_equal(port, 443);
    assert_int_equal(aim_parse_endpoint("[::1]:25", host, &port, &fault), 0);
    assert_string_equal(host, "::1");
    assert_int_equal(port, 25);
    assert_int_equal(aim_parse_endpoint("2001:db8::1", host, &port, &fault), 0);
    assert_string_equal(host, "2001:db8::1");
    port = 0;
    assert_int_equal(aim_parse_endpoint("a.example", host, &port, &fault), -1);
    assert_int_equal(aim_parse_endpoint(":25", host, &port, &fault), -1);
    assert_int_equal(aim_parse_endpoint("", host, &port, &fault), -1);
    assert_int_equal(aim_parse_endpoint("[::1", host, &port, &fault), -1);
    assert_int_equal(aim_parse_endpoint("tcp://a:1", host, &port, &fault), -1);
}

static void
hosts(void **state)
{
    static const char *const right[] = {"a", "a.example.", "192.0.2.1",
                                        "2001:db8::1", "::1"};
    static const char *const wrong[] = {"",      "a:80", "http://a",   "a b",
                                        "[::1]", "a..b", "2001:db8::g"};
    struct aim_fault fault;

    (void)state;
    for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
        assert_int_equal(aim_parse_host(right[i], &fault), 0);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(aim_parse_host(wrong[i], &fault), -1);
        assert_non_null(fault.why);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts),
        cmocka_unit_test(addresses),
        cmocka_unit_test(names),
        cmocka_unit_test(endpoints),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
