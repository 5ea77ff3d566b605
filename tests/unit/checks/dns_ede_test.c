/* What a resolver adds to SERVFAIL, whoever made it up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "checks/dns_ede.c"

static const char *
text_of(const char *options, size_t len)
{
    static char text[DNS_EDE_TEXT];
    struct dns_ede ede;

    dns_ede_decode(&ede, (const uint8_t *)options, len);
    return dns_ede_format(text, &ede);
}

#define TEXT(options) text_of(options, sizeof(options) - 1)

static void
it_has_a_name_and_words(void **state)
{
    (void)state;
    assert_string_equal(TEXT("\0\x0f\0\x02\0\x06"), "DNSSEC Bogus (EDE 6)");
    assert_string_equal(TEXT("\0\x0a\0\x02zz\0\x0f\0\x05\0\x16why"),
                        "No Reachable Authority (EDE 22): why");
    assert_string_equal(TEXT("\0\x0f\0\x02\xff\xff"),
                        "an unknown error (EDE 65535)");
    assert_string_equal(TEXT("\0\x0f\0\x06\0\x06\x1b[3\xff"),
                        "DNSSEC Bogus (EDE 6): ?[3?");
}

static void
what_is_cut_short_holds_nothing(void **state)
{
    char long_words[300] = "\0\x0f\x01\x20\0\x06";

    (void)state;
    assert_string_equal(TEXT(""), "");
    assert_string_equal(TEXT("\0\x0f\0"), "");
    assert_string_equal(TEXT("\0\x0f\0\xff\0\x06"), "");
    assert_string_equal(TEXT("\0\x0f\0\x01\x06"), "");
    memset(long_words + 6, 'x', sizeof(long_words) - 6);
    assert_int_equal(strlen(text_of(long_words, 4 + 0x120)), DNS_EDE_TEXT - 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_has_a_name_and_words),
        cmocka_unit_test(what_is_cut_short_holds_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
