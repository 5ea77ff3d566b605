/* The list travels and is stored: numbers, names and the subjects' reasons. */
#include "wire/reason.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void
rows_ascend_and_names_come_back(void **state)
{
    enum reason before = REASON_NONE;
    size_t count = 0;

    (void)state;
    for (; reason_row(count) != REASON_NONE; count++) {
        enum reason reason = reason_row(count);

        assert_true(reason > before);
        assert_int_equal(reason_parse(reason_name(reason)), reason);
        assert_true(reason_text(reason)[0] != '\0');
        before = reason;
    }
    assert_true(count > 90);
}

static void
numbers_are_the_stored_ones(void **state)
{
    (void)state;
    assert_int_equal(REASON_DNS_NXDOMAIN, 101);
    assert_int_equal(REASON_TLS_EXPIRED, 401);
    assert_int_equal(REASON_EXPECT_STATUS, 801);
    assert_int_equal(REASON_LOCAL_NETWORK, 1107);
    assert_string_equal(reason_name((enum reason)401), "tls.expired");
}

static void
none_and_unknown(void **state)
{
    (void)state;
    assert_null(reason_name(REASON_NONE));
    assert_null(reason_text(REASON_NONE));
    assert_string_equal(reason_name((enum reason)499), "unknown");
    assert_string_equal(reason_name((enum reason)99999), "unknown");
    assert_int_equal(reason_parse("tls.expire"), REASON_NONE);
    assert_int_equal(reason_parse(""), REASON_NONE);
    assert_int_equal(reason_parse(NULL), REASON_NONE);
}

static void
a_subject_has_its_reason(void **state)
{
    (void)state;
    assert_int_equal(reason_of_subject("header"), REASON_EXPECT_HEADER);
    assert_int_equal(reason_of_subject("header content-type"),
                     REASON_EXPECT_HEADER);
    assert_int_equal(reason_of_subject("time.tls"), REASON_EXPECT_TIME);
    assert_int_equal(reason_of_subject("chain.days"), REASON_EXPECT_CHAIN);
    assert_int_equal(reason_of_subject("key.bits"), REASON_EXPECT_KEY);
    assert_int_equal(reason_of_subject("http_version"),
                     REASON_EXPECT_HTTP_VERSION);
    assert_int_equal(reason_of_subject("serial agrees"), REASON_EXPECT_SERIAL);
    assert_int_equal(reason_of_subject("all servers agree"),
                     REASON_EXPECT_AGREE);
    assert_int_equal(reason_of_subject("colour"), REASON_NONE);
    assert_int_equal(
        reason_of_subject("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        REASON_NONE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_ascend_and_names_come_back),
        cmocka_unit_test(numbers_are_the_stored_ones),
        cmocka_unit_test(none_and_unknown),
        cmocka_unit_test(a_subject_has_its_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
