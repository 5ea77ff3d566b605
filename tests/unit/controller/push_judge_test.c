#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/push_judge.c"

static struct expr *
parse(const char *text)
{
    size_t count;
    const struct expr_subject *table = subject_table(SPEC_PUSH, &count);
    struct expr_error error;
    struct expr *expr = expr_parse(text, table, count, &error);

    assert_non_null(expr);
    return expr;
}

static void
expect(struct spec *spec, int64_t us, enum status says, const char *text,
       enum status status, enum reason reason, const char *message)
{
    struct push_beat said = {.status = says, .text = text, .len = strlen(text)};
    struct push_words words;
    struct result result;

    result_init(&result);
    result.us[PHASE_TOTAL] = us;
    push_judge(&result, spec, &said, &words);
    assert_int_equal(result.status, status);
    assert_int_equal(result.reason, reason);
    if (message == NULL)
        assert_null(result.message);
    else
        assert_memory_equal(result.message, message, strlen(message));
}

static void
its_own_word(void **state)
{
    struct spec spec = {.kind = SPEC_PUSH};

    (void)state;
    expect(&spec, -1, STATUS_UP, "", STATUS_UP, REASON_NONE, NULL);
    expect(&spec, -1, STATUS_UP, "12 files\nmore", STATUS_UP, REASON_NONE,
           "12 files");
    expect(&spec, -1, STATUS_DOWN, "", STATUS_DOWN, REASON_PUSH_FAILED,
           "the job says that it failed");
    expect(&spec, -1, STATUS_DEGRADED, "slow\ttoday", STATUS_DEGRADED,
           REASON_PUSH_DEGRADED, "slow today");
    expect(&spec, -1, STATUS_DOWN, "\xff\xfe", STATUS_DOWN, REASON_PUSH_FAILED,
           "(its words are no text)");
}

static void
a_nul_cuts_no_words(void **state)
{
    const struct spec spec = {.kind = SPEC_PUSH};
    struct push_beat said = {.status = STATUS_UP, .text = "a\0b", .len = 3};
    struct push_words words;
    struct result result;

    (void)state;
    result_init(&result);
    push_judge(&result, &spec, &said, &words);
    assert_string_equal(result.message, "a b");
}

static void
expectations_come_after_it(void **state)
{
    struct expr *expects[] = {parse("time < 10s")};
    struct expr *soft[] = {parse("output contains 'warning'")};
    struct spec spec = {
        .kind = SPEC_PUSH, .expect = {expects, 1}, .degraded_when = {soft, 1}};

    (void)state;
    expect(&spec, 1000, STATUS_UP, "", STATUS_UP, REASON_NONE, NULL);
    expect(&spec, 11000000, STATUS_UP, "", STATUS_DOWN, REASON_EXPECT_TIME,
           "time < 10s: got 11");
    expect(&spec, 1000, STATUS_UP, "a warning", STATUS_DEGRADED,
           REASON_EXPECT_OUTPUT, "output contains 'warning'");
    /* What the job says of itself is not made better. */
    expect(&spec, 1000, STATUS_DOWN, "broken", STATUS_DOWN, REASON_PUSH_FAILED,
           "broken");
    expr_free(expects[0]);
    expr_free(soft[0]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_own_word),
        cmocka_unit_test(a_nul_cuts_no_words),
        cmocka_unit_test(expectations_come_after_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
