/* expr_values.c: one clause against any number of values, in any order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/expr_values.c"

static const struct expr_subject number = {.name = "n", .type = EXPR_INT};

/* The truth of `n OP 5` for the values of `text`, one digit each; `x` is a
 * value of the wrong type. */
static enum expr_truth
judge(enum expr_op op, bool is_every, const char *text)
{
    struct expr_literal five = {.value = {.type = EXPR_V_NUM, .num = 5}};
    struct expr_clause clause = {.subject = &number,
                                 .op = op,
                                 .is_every = is_every,
                                 .literals = &five,
                                 .literal_count = 1};
    struct expr_values values = {.clause = &clause};

    for (; *text != '\0'; text++) {
        if (*text == 'x')
            expr_values_text(&values, "x", 1);
        else
            expr_values_int(&values, *text - '0');
    }
    return expr_values_truth(&values);
}

static void
test_several(void **state)
{
    static const struct {
        enum expr_op op;
        bool is_every;
        const char *values;
        enum expr_truth want;
    } rows[] = {
        {EXPR_OP_EQ, false, "", EXPR_BROKEN},
        {EXPR_OP_EQ, false, "5", EXPR_TRUE},
        {EXPR_OP_EQ, false, "45", EXPR_TRUE},
        {EXPR_OP_EQ, false, "54", EXPR_TRUE},
        {EXPR_OP_EQ, false, "46", EXPR_FALSE},
        {EXPR_OP_EQ, true, "55", EXPR_TRUE},
        {EXPR_OP_EQ, true, "54", EXPR_FALSE},
        {EXPR_OP_EQ, true, "45", EXPR_FALSE},
        {EXPR_OP_EQ, true, "", EXPR_BROKEN},
        {EXPR_OP_NE, false, "46", EXPR_TRUE},
        {EXPR_OP_NE, false, "45", EXPR_FALSE},
        {EXPR_OP_NE, false, "54", EXPR_FALSE},
        {EXPR_OP_NE, false, "", EXPR_BROKEN},
        {EXPR_OP_NE, true, "46", EXPR_TRUE},
        {EXPR_OP_NE, true, "45", EXPR_FALSE},
        {EXPR_OP_LT, false, "74", EXPR_TRUE},
        {EXPR_OP_LT, true, "47", EXPR_FALSE},
        /* One of the wrong type breaks it, wherever it stands. */
        {EXPR_OP_EQ, false, "5x", EXPR_BROKEN},
        {EXPR_OP_EQ, false, "x5", EXPR_BROKEN},
        {EXPR_OP_NE, false, "x", EXPR_BROKEN},
        {EXPR_OP_GE, true, "6x", EXPR_BROKEN},
        {EXPR_OP_EXISTS, false, "", EXPR_FALSE},
        {EXPR_OP_EXISTS, false, "x", EXPR_TRUE},
    };

    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (judge(rows[i].op, rows[i].is_every, rows[i].values) != rows[i].want)
            fail_msg("row %zu: %s", i, rows[i].values);
}

/* The last of those equal in rank never replaces the first. */
static void
test_seen(void **state)
{
    struct expr_literal five = {.value = {.type = EXPR_V_NUM, .num = 5}};
    struct expr_clause clause = {.subject = &number,
                                 .op = EXPR_OP_GE,
                                 .literals = &five,
                                 .literal_count = 1};
    struct expr_values values = {.clause = &clause};
    (void)state;

    expr_values_int(&values, 1);
    assert_string_equal(values.seen, "got 1");
    expr_values_int(&values, 2);
    assert_string_equal(values.seen, "got 1");
    expr_values_int(&values, 7);
    expr_values_int(&values, 8);
    assert_string_equal(values.seen, "got 7");
    expr_values_fault(&values, "cut\noff");
    expr_values_fault(&values, "later");
    assert_string_equal(values.seen, "cut\\noff");
    assert_int_equal(expr_values_truth(&values), EXPR_BROKEN);
}

static void
test_odd_values(void **state)
{
    struct expr_literal five = {.value = {.type = EXPR_V_NUM, .num = 5}};
    struct expr_clause clause = {.subject = &number,
                                 .op = EXPR_OP_NE,
                                 .literals = &five,
                                 .literal_count = 1};
    struct expr_values values = {.clause = &clause};
    const struct expr_value nan = {
        .type = EXPR_V_NUM, .is_decimal = true, .decimal = NAN};
    (void)state;

    expr_values_add(&values, &nan);
    assert_int_equal(expr_values_truth(&values), EXPR_BROKEN);
    memset(&values, 0, sizeof(values));
    values.clause = &clause;
    expr_values_text(&values, NULL, 0);
    assert_string_equal(values.seen, "is a string '', not a number");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_several),
        cmocka_unit_test(test_seen),
        cmocka_unit_test(test_odd_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
