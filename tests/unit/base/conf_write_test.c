#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "base/conf_write.c"

static void
keeps_lines_and_takes_back(void **state)
{
    struct conf_lex_token token = {.type = CONF_LEX_WORD,
                                   .pos = {"f", 3, 1, 1}};
    struct conf_write out;
    struct conf_write_mark mark;

    (void)state;
    conf_write_open(&out);
    conf_write_at(&out, &token, "a =");
    assert_string_equal(buf_text(&out.text), "\n\n a =");
    mark = conf_write_mark(&out);
    token.pos.line = 5;
    assert_int_equal(conf_write_place(&out, token.pos), 0);
    conf_write_value(&out, 0, &token);
    conf_write_quoted(&out, &token, "q\"\\", 3);
    assert_string_equal(buf_text(&out.text), "\n\n a =\n\n \"q\\\"\\\\\"");
    conf_write_back(&out, mark);
    assert_string_equal(buf_text(&out.text), "\n\n a =");
    assert_int_equal(out.count, 0);
    assert_int_equal(out.line, 3);
    conf_write_close(&out);
}

static void
escapes_of_a_literal_stay(void **state)
{
    struct conf_lex_token token = {
        .type = CONF_LEX_STRING, .text = "\"\\n\"", .pos = {"f", 1, 1, 1}};
    struct conf_write out;

    (void)state;
    conf_write_open(&out);
    conf_write_quoted(&out, &token, "\\n", 2);
    assert_string_equal(buf_text(&out.text), " \"\\n\"");
    conf_write_close(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_lines_and_takes_back),
        cmocka_unit_test(escapes_of_a_literal_stay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
