/* Types and response codes by name and by number. */
#include "checks/dns_type.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
names_and_numbers(void **state)
{
    char to[DNS_TYPE_TEXT];

    (void)state;
    assert_int_equal(dns_type_parse("aaaa"), 28);
    assert_int_equal(dns_type_parse("HTTPS"), 65);
    assert_int_equal(dns_type_parse("TYPE65280"), 65280);
    assert_int_equal(dns_type_parse("type64"), 64);
    assert_int_equal(dns_type_parse("AA"), 0);
    assert_int_equal(dns_type_parse("TYPE"), 0);
    assert_int_equal(dns_type_parse("TYPE66666"), 0);
    assert_string_equal(dns_type_format(to, 257), "CAA");
    assert_string_equal(dns_type_format(to, 65280), "TYPE65280");
    assert_string_equal(dns_type_nearest("AAA"), "AAAA");
    assert_null(dns_type_nearest("nonsense"));
}

static void
what_a_zone_holds(void **state)
{
    (void)state;
    assert_true(dns_type_is_data(DNS_A));
    assert_true(dns_type_is_data(65280));
    assert_false(dns_type_is_data(DNS_OPT));
    assert_false(dns_type_is_data(252));
    assert_false(dns_type_is_data(255));
    assert_string_equal(dns_type_grammar(DNS_MX), "wn");
    assert_null(dns_type_grammar(65280));
    assert_null(dns_type_grammar(29));
}

static void
rcodes(void **state)
{
    char to[DNS_TYPE_TEXT];

    (void)state;
    assert_string_equal(dns_type_format_rcode(to, 3), "NXDOMAIN");
    assert_string_equal(dns_type_format_rcode(to, 16), "BADVERS");
    assert_string_equal(dns_type_format_rcode(to, 4095), "RCODE4095");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_numbers),
        cmocka_unit_test(what_a_zone_holds),
        cmocka_unit_test(rcodes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
