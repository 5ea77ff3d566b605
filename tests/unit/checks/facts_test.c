/* What a stranger said becomes one clean line; what was not seen, no fact. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/facts.c"

static void
one_line_of_utf8(void **state)
{
    char plain[] = "220 ready\r\n\t\x7fz";
    char good[] = "caf\xc3\xa9";
    char bad[] = "caf\xe9\xff!";

    (void)state;
    facts_clean(plain);
    assert_string_equal(plain, "220 ready    z");
    facts_clean(good);
    assert_string_equal(good, "caf\xc3\xa9");
    facts_clean(bad);
    assert_string_equal(bad, "caf?\?!");
    facts_clean(NULL);
}

static void
nothing_seen_is_no_fact(void **state)
{
    struct spec spec = {.kind = SPEC_HTTP};
    struct check check = {.spec = &spec};

    (void)state;
    result_init(&check.result);
    check.seen.resent = check.seen.retransmits = check.seen.redirects = -1;
    check.seen.rtt_us = -1;
    facts_add(&check);
    assert_int_equal(check.result.fact_count, 0);
}

static void
a_long_banner_is_cut(void **state)
{
    static char banner[4096];
    struct spec spec = {.kind = SPEC_TCP};
    struct check check = {.spec = &spec};
    const struct result_fact *fact;

    (void)state;
    memset(banner, 'x', sizeof(banner) - 1);
    result_init(&check.result);
    buf_init(&check.line, RESULT_TEXT_MAX);
    check.seen.banner = banner;
    check.seen.banner_len = sizeof(banner) - 1;
    facts_add(&check);
    fact = result_find(&check.result, FACT_BANNER);
    assert_true(fact != NULL && fact->text != NULL);
    if (fact != NULL)
        assert_int_equal(strlen(fact->text), RESULT_TEXT_MAX - 1);
    buf_free(&check.line);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_line_of_utf8),
        cmocka_unit_test(nothing_seen_is_no_fact),
        cmocka_unit_test(a_long_banner_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
