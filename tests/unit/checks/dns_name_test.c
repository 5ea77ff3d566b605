/* Names: limits, escapes, and the way back. */
#include "checks/dns_name.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define L63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void
there_and_back(void **state)
{
    static const char *const texts[] = {
        ".",         "a",       "www.example.com",
        "_x._tcp.a", "a\\.b.c", "a\\000b\\255.c",
        "a\\\\b"};
    struct dns_name name;
    char text[DNS_NAME_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(dns_name_parse(&name, texts[i]), 0);
        assert_string_equal(dns_name_format(text, &name), texts[i]);
    }
    assert_int_equal(dns_name_parse(&name, "a.b."), 0);
    assert_int_equal(name.len, 5);
    assert_memory_equal(name.byte, "\1a\1b\0", 5);
}

static void
what_is_no_name(void **state)
{
    static const char *const texts[] = {
        "",    "..",     ".a",      "a..b",    "a..",
        "a\\", "a\\25x", "a\\256b", L63 "a.b", L63 "." L63 "." L63 "." L63};
    struct dns_name name;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_int_equal(dns_name_parse(&name, texts[i]), -1);
}

static void
the_longest_name_fits(void **state)
{
    struct dns_name name;
    char text[DNS_NAME_TEXT];
    char bytes[DNS_NAME_TEXT] = "";

    (void)state;
    /* 3 x 64 + 62 + 1 are 255 bytes: the limit. */
    (void)strncat(bytes, L63 "." L63 "." L63 ".", sizeof(bytes) - 1);
    memset(bytes + strlen(bytes), 'a', 61);
    assert_int_equal(dns_name_parse(&name, bytes), 0);
    assert_int_equal(name.len, 255);
    (void)strncat(bytes, "a", 1);
    assert_int_equal(dns_name_parse(&name, bytes), -1);
    for (size_t i = 0; i < name.len; i++)
        if (name.byte[i] == 'a')
            name.byte[i] = 1;
    /* Every byte escaped is the longest text there is. */
    assert_true(strlen(dns_name_format(text, &name)) < DNS_NAME_TEXT);
}

static void
case_does_not_matter(void **state)
{
    struct dns_name a;
    struct dns_name b;

    (void)state;
    assert_int_equal(dns_name_parse(&a, "wWw.Example.COM"), 0);
    assert_int_equal(dns_name_parse(&b, "www.example.com."), 0);
    assert_true(dns_name_eq(&a, &b));
    assert_int_equal(dns_name_parse(&b, "www.example.org"), 0);
    assert_false(dns_name_eq(&a, &b));
    assert_int_equal(dns_name_parse(&b, "www.example.co"), 0);
    assert_false(dns_name_eq(&a, &b));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(what_is_no_name),
        cmocka_unit_test(the_longest_name_fits),
        cmocka_unit_test(case_does_not_matter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
