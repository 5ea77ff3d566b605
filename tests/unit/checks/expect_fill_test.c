/* expect_fill.c: what a run saved, compared with what comes later. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/expect_fill.c"

#include "tests/lib/check_bed.h"

static const struct {
    const char *written;
    const char *body;
    enum reason reason; /* REASON_NONE: it holds */
} cases[] = {
    {"json $.id == '${order}'", "{\"id\":\"O'1\"}", REASON_NONE},
    {"json $.id == '${order}'", "{\"id\":\"O1\"}", REASON_EXPECT_JSON},
    {"json $.n >= ${n} and status == 200", "{\"n\":42}", REASON_NONE},
    {"json $.n >= ${n}", "{\"n\":41}", REASON_EXPECT_JSON},
    {"json $.n >= ${order}", "{\"n\":41}", REASON_SAVE_INVALID},
    {"json $.id == '${gone}'", "{\"id\":1}", REASON_SAVE_MISSING},
    {"body contains '$${x}'", "a${x}b", REASON_NONE},
    {"body contains '${upper('a')}${check}'", "Ax", REASON_NONE},
    {"body contains '${trick}'", "' or status == 200 or body contains 'x",
     REASON_NONE},
    {"body == '${trick}'", "x", REASON_EXPECT_BODY},
    {"status == 200", "", REASON_NONE},
};

static void
judge(size_t i, bool is_soft)
{
    static char name[] = "x";
    struct check_bed bed;
    struct scope scope;
    struct look look;
    struct id run = id_random();
    struct expr_error error = {0};
    size_t count;
    const struct expr_subject *table = subject_table(SPEC_HTTP, &count);
    char *plain = ref_text_plain(cases[i].written);
    struct expr *expr = expr_parse(plain, table, count, &error);
    struct spec_exprs list = {&expr, 1};
    struct spec_exprs none = {0};

    assert_non_null(expr);
    expr_set_text(expr, cases[i].written);
    check_bed_open(&bed, SPEC_HTTP, NULL);
    bed.spec.name = name;
    scope_init(&scope, bed.engine, &bed.spec, &run);
    assert_int_equal(scope_set(&scope, "order", "O'1", 3, false), 0);
    assert_int_equal(scope_set(&scope, "n", "42", 2, false), 0);
    assert_int_equal(scope_set(&scope, "trick",
                               "' or status == 200 or body contains 'x", 38,
                               false),
                     0);
    look_init(&look, bed.loop);
    look.seen.status = 200;
    look.seen.body = cases[i].body;
    look.seen.body_len = strlen(cases[i].body);
    expect_fill_judge(&look, &scope, is_soft ? &none : &list,
                      is_soft ? &list : &none);
    if (!is_soft && look.reason != cases[i].reason)
        fail_msg("%s: %s", cases[i].written, look.message);
    if (is_soft)
        assert_true((look.status == STATUS_UP) ==
                    (reason_name(cases[i].reason) != NULL &&
                     str_starts(reason_name(cases[i].reason), "expect.")));
    if (look.expected != NULL)
        assert_string_equal(look.expected, cases[i].written);
    if (!is_soft && look.expected != NULL)
        if (!str_starts(look.message, cases[i].written))
            fail_msg("%s: %s", cases[i].written, look.message);
    look_free(&look);
    scope_clear(&scope);
    check_bed_close(&bed);
    expr_free(expr);
    free(plain);
}

static void
a_value_is_compared_and_never_more(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        judge(i, false);
        judge(i, true);
    }
}

static void
what_is_a_number(void **state)
{
    (void)state;
    assert_true(is_number("0"));
    assert_true(is_number("-12.5"));
    assert_false(is_number(""));
    assert_false(is_number("-"));
    assert_false(is_number("1."));
    assert_false(is_number(".5"));
    assert_false(is_number("1 or status == 200"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_compared_and_never_more),
        cmocka_unit_test(what_is_a_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
