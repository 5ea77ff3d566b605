#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include <stdio.h>

#include "base/buf.h"
#include "base/conf_balance.c"

/* The line of the bracket blamed and the number of brackets after. */
static void
check(const char *text, int line, size_t closes)
{
    struct diag *diag = diag_create();
    struct conf_lex lex;
    struct buf out;
    char place[16];
    size_t count = 0;

    buf_init(&out, 10000);
    assert_int_equal(conf_lex_parse(&lex, "f", text, strlen(text), diag), 0);
    conf_balance_add(&lex, diag);
    for (size_t i = 0; i < lex.count; i++)
        count += is_punct(&lex.tokens[i], '}');
    assert_int_equal(count, closes);
    diag_print(diag, &out, false);
    snprintf(place, sizeof(place), "f:%d:", line);
    if (line == 0)
        assert_string_equal(buf_text(&out), "");
    else
        assert_true(str_starts(buf_text(&out), place));
    assert_int_equal(diag_errors(diag), line == 0 ? 0 : 1);
    buf_free(&out);
    conf_lex_free(&lex);
    diag_free(diag);
}

static void
blames_the_group_that_was_left_open(void **state)
{
    (void)state;
    check("a = {\n b = {\n  c = 1;\n };\n};", 0, 2);
    check("a = {\n b = {\n  c = 1;\n d = {\n };\n};\n", 2, 3);
    check("a = {\n b = {\n  c = 1;\n};\nd = { };\n", 2, 3);
    check("a = {\n b = 1;\nc = { };\n", 1, 2);
    check("a = { b = { c = 1; };", 1, 2);
    /* Without line ends nothing is left over to the left. */
    check("a = {", 1, 1);
    /* Odd indentation alone is no fault. */
    check("  a = {\nb = 1;\n};\n", 0, 1);
}

static void
deep_nesting_is_left_alone(void **state)
{
    char text[1000];

    (void)state;
    memset(text, '{', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    check(text, 0, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blames_the_group_that_was_left_open),
        cmocka_unit_test(deep_nesting_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
