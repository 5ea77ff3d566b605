#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/grpc_health.c"

#define DECODE(why, bytes) grpc_health_decode(bytes, sizeof(bytes) - 1, why)

static void
a_request(void **state)
{
    struct buf out;
    char name[GRPC_SERVICE_MAX + 2];

    (void)state;
    buf_init(&out, 1000);
    assert_int_equal(grpc_health_encode(&out, ""), 0);
    assert_int_equal(out.len, 5);
    assert_memory_equal(out.data, "\0\0\0\0\0", 5);
    buf_reset(&out);
    assert_int_equal(grpc_health_encode(&out, "shop.Cart"), 0);
    assert_int_equal(out.len, 16);
    assert_memory_equal(out.data, "\0\0\0\0\x0b\x0a\x09shop.Cart", 16);
    buf_reset(&out);
    memset(name, 'a', sizeof name);
    name[GRPC_SERVICE_MAX] = '\0';
    assert_int_equal(grpc_health_encode(&out, name), 0);
    /* 256 is two bytes of a varint. */
    assert_memory_equal(out.data,
                        "\0\0\0\x01\x03\x0a\x80\x02"
                        "a",
                        9);
    name[GRPC_SERVICE_MAX] = 'a';
    name[GRPC_SERVICE_MAX + 1] = '\0';
    assert_int_equal(grpc_health_encode(&out, name), -1);
    buf_free(&out);
}

static void
answers(void **state)
{
    char why[GRPC_WHY_MAX];

    (void)state;
    assert_int_equal(DECODE(why, "\0\0\0\0\2\x08\1"), GRPC_HEALTH_SERVING);
    assert_int_equal(DECODE(why, "\0\0\0\0\2\x08\2"), GRPC_HEALTH_NOT_SERVING);
    assert_int_equal(DECODE(why, "\0\0\0\0\2\x08\3"),
                     GRPC_HEALTH_SERVICE_UNKNOWN);
    /* Absent is the default; the last one counts; the rest is skipped. */
    assert_int_equal(DECODE(why, "\0\0\0\0\0"), GRPC_HEALTH_UNKNOWN);
    assert_int_equal(DECODE(why, "\0\0\0\0\4\x08\2\x08\1"),
                     GRPC_HEALTH_SERVING);
    assert_int_equal(DECODE(why, "\0\0\0\0\x17"
                                 "\x12\2ab\x19"
                                 "12345678"
                                 "\x25"
                                 "1234"
                                 "\x28\x80\1\x08\1"),
                     GRPC_HEALTH_SERVING);
    assert_string_equal(why, "");
}

static void
what_is_no_answer(void **state)
{
    char why[GRPC_WHY_MAX];

    (void)state;
    assert_int_equal(grpc_health_decode("", 0, why), -1);
    assert_string_equal(why, "it has no message");
    assert_int_equal(DECODE(why, "\0\0\0\0"), -1);
    assert_non_null(strstr(why, "cut short"));
    assert_int_equal(DECODE(why, "\0\0\0\0\3\x08\1"), -1);
    assert_non_null(strstr(why, "cut short"));
    assert_int_equal(DECODE(why, "\0\xff\xff\xff\xff\x08\1"), -1);
    assert_int_equal(DECODE(why, "\1\0\0\0\2\x08\1"), -1);
    assert_non_null(strstr(why, "compressed"));
    assert_int_equal(DECODE(why, "\0\0\0\0\2\x08\1\0\0\0\0\0"), -1);
    assert_non_null(strstr(why, "more than one"));
    assert_int_equal(DECODE(why, "\0\0\0\0\2\x08\4"), -1);
    assert_non_null(strstr(why, "none of the health protocol's"));
    assert_int_equal(DECODE(why, "\0\0\0\0\1\x08"), -1);
    assert_int_equal(DECODE(why, "\0\0\0\0\2\x12\5"), -1);
    assert_int_equal(DECODE(why, "\0\0\0\0\2\x0b\1"), -1); /* a group */
    assert_int_equal(DECODE(why, "\0\0\0\0\2\0\1"), -1);   /* field 0 */
    assert_int_equal(DECODE(why, "\0\0\0\0\x0b\x12\xff\xff\xff\xff\xff\xff\xff"
                                 "\xff\xff\1"),
                     -1);
    assert_int_equal(DECODE(why, "\0\0\0\0\x0c\x08\xff\xff\xff\xff\xff\xff\xff"
                                 "\xff\xff\xff\1"),
                     -1);
    assert_non_null(strstr(why, "no HealthCheckResponse"));
}

static void
words(void **state)
{
    (void)state;
    assert_string_equal(grpc_health_name(2), "NOT_SERVING");
    assert_null(grpc_health_name(-1));
    assert_null(grpc_health_name(4));
    assert_string_equal(grpc_health_code_name(14), "UNAVAILABLE");
    assert_string_equal(grpc_health_code_name(16), "UNAUTHENTICATED");
    assert_null(grpc_health_code_name(17));
    assert_null(grpc_health_code_name(-1));
    assert_int_equal(grpc_health_parse_code("0", 1), 0);
    assert_int_equal(grpc_health_parse_code("16", 2), 16);
    assert_int_equal(grpc_health_parse_code("17", 2), -1);
    assert_int_equal(grpc_health_parse_code("", 0), -1);
    assert_int_equal(grpc_health_parse_code("-1", 2), -1);
    assert_int_equal(grpc_health_parse_code("0000000000000", 13), -1);
}

static void
decoded(const char *text, const char *want)
{
    char to[GRPC_MESSAGE_MAX];

    grpc_health_format_message(to, text, strlen(text));
    assert_string_equal(to, want);
}

static void
messages(void **state)
{
    char long_text[1000];
    char to[GRPC_MESSAGE_MAX];

    (void)state;
    decoded("", "");
    decoded("no such service", "no such service");
    decoded("50%25 of %C3%A9t%c3%a9", "50% of \xc3\xa9t\xc3\xa9");
    decoded("a%0Ab%00c%7fd", "a b c d");
    decoded("100%", "100%");
    decoded("%zz%4", "%zz%4");
    decoded("%ff%c3%a9", "???");
    memset(long_text, 'a', sizeof long_text);
    long_text[254] = (char)0xc3;
    long_text[255] = (char)0xa9;
    grpc_health_format_message(to, long_text, sizeof long_text);
    assert_int_equal(strlen(to), 254); /* cut before the character */
    long_text[3] = (char)0xff;         /* also in one that is too long */
    grpc_health_format_message(to, long_text, sizeof long_text);
    assert_int_equal(to[3], '?');
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request),         cmocka_unit_test(answers),
        cmocka_unit_test(what_is_no_answer), cmocka_unit_test(words),
        cmocka_unit_test(messages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
