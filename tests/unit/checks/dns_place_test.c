/* Items of `ask`, right and wrong. */
#include "checks/dns_place.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
what_is_taken(void **state)
{
    static const struct {
        const char *text;
        enum dns_transport given;
        enum dns_transport transport;
        const char *host;
        uint16_t port;
        const char *url;
    } rows[] = {
        {"192.0.2.53", DNS_OVER_UDP, DNS_OVER_UDP, "192.0.2.53", 53, ""},
        {"192.0.2.53:5353", DNS_OVER_TCP, DNS_OVER_TCP, "192.0.2.53", 5353, ""},
        {"[2001:db8::1]:53", DNS_OVER_UDP, DNS_OVER_UDP, "2001:db8::1", 53, ""},
        {"2001:db8::1", DNS_OVER_UDP, DNS_OVER_UDP, "2001:db8::1", 53, ""},
        {"192.0.2.53", DNS_OVER_TLS, DNS_OVER_TLS, "192.0.2.53", 853, ""},
        {"ns1.example", DNS_OVER_UDP, DNS_OVER_UDP, "ns1.example", 53, ""},
        {"tls://dns.example", DNS_OVER_UDP, DNS_OVER_TLS, "dns.example", 853,
         ""},
        {"tls://[2001:db8::1]:8853", DNS_OVER_UDP, DNS_OVER_TLS, "2001:db8::1",
         8853, ""},
        {"tcp://192.0.2.1", DNS_OVER_TLS, DNS_OVER_TCP, "192.0.2.1", 53, ""},
        {"udp://192.0.2.1", DNS_OVER_TLS, DNS_OVER_UDP, "192.0.2.1", 53, ""},
        {"https://dns.example/q", DNS_OVER_UDP, DNS_OVER_HTTPS, "dns.example",
         443, "https://dns.example/q"},
        {"https://dns.example:8443", DNS_OVER_UDP, DNS_OVER_HTTPS,
         "dns.example", 8443, "https://dns.example:8443/dns-query"},
        {"dns.example", DNS_OVER_HTTPS, DNS_OVER_HTTPS, "dns.example", 443,
         "https://dns.example:443/dns-query"},
        {"2001:db8::1", DNS_OVER_HTTPS, DNS_OVER_HTTPS, "2001:db8::1", 443,
         "https://[2001:db8::1]:443/dns-query"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dns_place place;
        const char *why = "";

        if (dns_place_parse(&place, rows[i].text, rows[i].given, &why) < 0)
            fail_msg("%s %s", rows[i].text, why);
        assert_int_equal(place.kind, DNS_PLACE_SERVER);
        assert_int_equal(place.transport, rows[i].transport);
        assert_string_equal(place.host, rows[i].host);
        assert_int_equal(place.port, rows[i].port);
        assert_string_equal(place.url, rows[i].url);
    }
}

static void
words(void **state)
{
    struct dns_place place;
    const char *why = "";

    (void)state;
    assert_int_equal(dns_place_parse(&place, "system", DNS_OVER_TLS, &why), 0);
    assert_int_equal(place.kind, DNS_PLACE_SYSTEM);
    assert_int_equal(place.port, 853);
    assert_int_equal(
        dns_place_parse(&place, "authoritative", DNS_OVER_UDP, &why), 0);
    assert_int_equal(place.kind, DNS_PLACE_AUTHORITATIVE);
}

static void
what_is_refused(void **state)
{
    static const char *const rows[][2] = {
        {"", "is no server to ask"},
        {"192.0.2.256", "is no server to ask"},
        {"192.0.2.1:0", "is no server to ask"},
        {"192.0.2.1:99999", "is no server to ask"},
        {"ns 1", "is no server to ask"},
        {"tls://", "is no server to ask"},
        {"quic://dns.example",
         "has a scheme that is not udp, tcp, tls or https"},
        {"https://user@dns.example/", "is no URL of a server to ask"},
        {"https://dns.example/a b", "is no URL of a server to ask"},
        {"https:///x", "is no server to ask"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dns_place place = {.port = 7};
        const char *why = "";

        assert_int_equal(
            dns_place_parse(&place, rows[i][0], DNS_OVER_UDP, &why), -1);
        assert_string_equal(why, rows[i][1]);
        assert_int_equal(place.port, 7);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_taken),
        cmocka_unit_test(words),
        cmocka_unit_test(what_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
