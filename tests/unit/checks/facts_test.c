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
    struct loop *loop = loop_create();
    struct result result;
    struct look look;

    (void)state;
    result_init(&result);
    look_init(&look, loop);
    facts_add(&look, &result);
    assert_int_equal(result.fact_count, 0);
    look_free(&look);
    loop_free(loop);
}

static void
an_answer_framed_twice(void **state)
{
    static const char both[] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"
                               "transfer-encoding: chunked\r\n\r\n";
    static const char one[] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n";
    struct loop *loop = loop_create();
    struct result result;
    struct look look;

    (void)state;
    result_init(&result);
    look_init(&look, loop);
    look.seen.head = one;
    look.seen.head_len = sizeof(one) - 1;
    facts_add(&look, &result);
    assert_null(result_find(&result, FACT_FRAMING));
    look.seen.head = both;
    look.seen.head_len = sizeof(both) - 1;
    facts_add(&look, &result);
    assert_non_null(result_find(&result, FACT_FRAMING));
    look_free(&look);
    loop_free(loop);
}

static void
a_long_banner_is_cut(void **state)
{
    static char banner[4096];
    struct loop *loop = loop_create();
    struct result result;
    struct look look;
    const struct result_fact *fact;

    (void)state;
    memset(banner, 'x', sizeof(banner) - 1);
    result_init(&result);
    look_init(&look, loop);
    look.seen.banner = banner;
    look.seen.banner_len = sizeof(banner) - 1;
    facts_add(&look, &result);
    fact = result_find(&result, FACT_BANNER);
    assert_true(fact != NULL && fact->text != NULL);
    if (fact != NULL)
        assert_int_equal(strlen(fact->text), RESULT_TEXT_MAX - 1);
    look_free(&look);
    loop_free(loop);
}

static void
what_a_mask_knows_is_in_no_fact(void **state)
{
    struct mask *mask = mask_create();
    struct result result;
    struct buf hidden;

    (void)state;
    mask_add(mask, "hunter2", 7);
    buf_init(&hidden, FACTS_HIDDEN_MAX);
    result_init(&result);
    result_add_text(&result, FACT_FINAL_URL, "http://a.example/?k=hunter2");
    result_add_int(&result, FACT_STATUS, 200);
    result_add_text(&result, FACT_IP, "192.0.2.7");
    facts_mask(&result, mask, &hidden);
    assert_string_equal(result.facts[0].text, "http://a.example/?k=<secret>");
    assert_int_equal(result.facts[1].num, 200);
    assert_string_equal(result.facts[2].text, "192.0.2.7");
    buf_free(&hidden);
    mask_free(mask);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_line_of_utf8),
        cmocka_unit_test(nothing_seen_is_no_fact),
        cmocka_unit_test(an_answer_framed_twice),
        cmocka_unit_test(a_long_banner_is_cut),
        cmocka_unit_test(what_a_mask_knows_is_in_no_fact),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
