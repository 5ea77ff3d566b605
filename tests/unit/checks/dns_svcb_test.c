/* Parameters of SVCB; those ldns reads are compared in dns_rdata_test.c. */
#include "checks/dns_svcb.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
assert_walk(const uint8_t *bytes, size_t len, const char *want)
{
    struct buf_reader r = buf_reader(bytes, len);
    struct buf_reader again = r;
    struct buf out;

    buf_init(&out, 1000);
    assert_int_equal(dns_svcb_walk(&r, &out), want != NULL ? 0 : -1);
    assert_int_equal(dns_svcb_walk(&again, NULL), want != NULL ? 0 : -1);
    if (want != NULL)
        assert_string_equal(buf_text(&out), want);
    buf_free(&out);
}

#define WALK(want, ...)                                                        \
    do {                                                                       \
        static const uint8_t bytes[] = {__VA_ARGS__};                          \
        assert_walk(bytes, sizeof(bytes), want);                               \
    } while (0)

/* RFC 9460, appendix D: figures 7, 9 and their like. */
static void
what_is_printed(void **state)
{
    (void)state;
    WALK(" port=53", 0, 3, 0, 2, 0, 0x35);
    WALK(" key667=\"hello\"", 2, 155, 0, 5, 'h', 'e', 'l', 'l', 'o');
    WALK(" key667=\"hello\\210qoo\"", 2, 155, 0, 9, 'h', 'e', 'l', 'l', 'o',
         0xd2, 'q', 'o', 'o');
    WALK(" alpn=\"f\\\\\\\\oo\\\\,bar,h2\"", 0, 1, 0, 12, 8, 'f', '\\', 'o',
         'o', ',', 'b', 'a', 'r', 2, 'h', '2');
    WALK(" no-default-alpn key9", 0, 2, 0, 0, 0, 9, 0, 0);
    WALK(" dohpath=\"/q{?dns}\"", 0, 7, 0, 8, '/', 'q', '{', '?', 'd', 'n', 's',
         '}');
    WALK(" mandatory=port,key400", 0, 0, 0, 4, 0, 3, 1, 144);
}

static void
what_is_refused(void **state)
{
    (void)state;
    WALK(NULL, 0, 3, 0, 2, 0, 1, 0, 3, 0, 2, 0, 1); /* twice */
    WALK(NULL, 0, 3, 0, 2, 0, 1, 0, 2, 0, 0);       /* not ascending */
    WALK(NULL, 0, 3, 0, 3, 0, 1, 1);
    WALK(NULL, 0, 3, 0, 0);
    WALK(NULL, 0, 2, 0, 1, 0); /* takes no value */
    WALK(NULL, 0, 1, 0, 2, 5, 'h');
    WALK(NULL, 0, 1, 0, 1, 0); /* an empty protocol */
    WALK(NULL, 0, 4, 0, 3, 1, 2, 3);
    WALK(NULL, 0, 6, 0, 4, 1, 2, 3, 4);
    WALK(NULL, 0, 0, 0, 1, 0);
    WALK(NULL, 0, 5, 0, 9, 1);
    WALK(NULL, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_printed),
        cmocka_unit_test(what_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
