/* Names of transports, there and back. */
#include "checks/dns_transport.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
there_and_back(void **state)
{
    static const char *const names[] = {"udp", "tcp", "tls", "https"};
    enum dns_transport transport = DNS_OVER_UDP;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(dns_transport_parse(names[i], &transport), 0);
        assert_int_equal(transport, i);
        assert_string_equal(dns_transport_name(transport), names[i]);
    }
    assert_int_equal(dns_transport_parse("quic", &transport), -1);
    assert_int_equal(transport, DNS_OVER_HTTPS);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
