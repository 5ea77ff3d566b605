/* expr_slip.c: the first error stays, and quotes are safe to print. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/expr_slip.c"

static const struct expr_subject table[] = {
    {.name = "status"},
    {.name = "serial agrees"},
    {.name = "all servers agree"},
};

static struct expr_error
refuse(const char *text)
{
    struct expr_error error = {.offset = 0};
    struct expr_parse p = {.lex = {.text = text, .len = strlen(text)},
                           .table = table,
                           .count = 3,
                           .error = &error};

    expr_slip_subject(&p);
    assert_true(p.failed);
    return error;
}

static void
test_nearest(void **state)
{
    static const struct {
        const char *text;
        size_t len;
        const char *hint;
    } rows[] = {
        {"stauts == 200", 6, "did you mean `status`?"},
        {"serial agree and x", 12, "did you mean `serial agrees`?"},
        {"all server agrees", 17, "did you mean `all servers agree`?"},
        {"zebra", 5, "known: status, serial agrees, all servers agree"},
        {"&&", 2, "write `and`"},
        {"'x'", 3, "for example: status == 200"},
    };

    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct expr_error error = refuse(rows[i].text);

        assert_string_equal(error.hint, rows[i].hint);
        assert_int_equal(error.len, rows[i].len);
    }
}

static void
test_first_error_stays(void **state)
{
    struct expr_error error = {.offset = 0};
    struct expr_parse p = {.lex = {.text = "", .len = 0}, .error = &error};
    const struct expr_word at = {.offset = 3, .len = 0};
    (void)state;

    expr_slip_set(&p, at, "a", "one %d", 1);
    expr_slip_set(&p, (struct expr_word){.offset = 9}, "b", "two");
    assert_string_equal(error.message, "one 1");
    assert_string_equal(error.hint, "a");
    assert_int_equal(error.offset, 3);
    assert_int_equal(error.len, 1); /* a caret needs something above it */
}

static void
test_quotes(void **state)
{
    char text[201];
    struct expr_error error;
    (void)state;

    error = refuse("a\x1b[0m");
    assert_string_equal(error.message, "unknown subject `a\\x1b[0m`");
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    error = refuse(text);
    assert_in_range(strlen(error.message), 40, 90);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_first_error_stays),
        cmocka_unit_test(test_quotes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
