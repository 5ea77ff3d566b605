#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include <libconfig.h>

#include "base/conf_grammar.c"

/* How many settings the root has, as libconfig reads what was written. */
static int
check(const char *text, size_t errors, const char *says)
{
    struct diag *diag = diag_create();
    struct conf_lex lex;
    struct conf_write out;
    struct buf shown;
    config_t config;
    int count;

    buf_init(&shown, 100000);
    assert_int_equal(conf_lex_parse(&lex, "f", text, strlen(text), diag), 0);
    conf_grammar_parse(&lex, &out, diag);
    diag_print(diag, &shown, false);
    if (says && !strstr(buf_text(&shown), says))
        fail_msg("%s: no `%s` in:\n%s", text, says, buf_text(&shown));
    if (diag_errors(diag) != errors)
        fail_msg("%s:\n%s", text, buf_text(&shown));
    config_init(&config);
    if (!config_read_string(&config, buf_text(&out.text)))
        fail_msg("%s: written as %s", text, buf_text(&out.text));
    count = config_setting_length(config_root_setting(&config));
    config_destroy(&config);
    conf_write_close(&out);
    conf_lex_free(&lex);
    buf_free(&shown);
    diag_free(diag);
    return count;
}

static void
takes_what_libconfig_takes_and_trailing_commas(void **state)
{
    (void)state;
    assert_int_equal(check("", 0, NULL), 0);
    assert_int_equal(check("a = 1; b : 2, c = true d = \"x\"", 0, NULL), 4);
    assert_int_equal(check("a = [ 1, 2, ]; b = [ ]; c = { };", 0, NULL), 3);
    assert_int_equal(check("a = ( 1, \"x\", { b = 1; }, );", 0, NULL), 1);
    assert_int_equal(check("a = -2147483648; b = 2147483647;", 0, NULL), 2);
    assert_int_equal(
        check("a = 9223372036854775807L; b = 0x7FFFFFFF;", 0, NULL), 2);
    assert_int_equal(check("a = [ 1, 2.5 ];", 1, "a whole number, this is"), 1);
}

static void
names_each_slip(void **state)
{
    static const struct {
        const char *text;
        const char *says;
        int kept;
    } cases[] = {
        {"a { b = 1; };", "`=` is missing after `a`", 1},
        {"a \"x\";", "`=` is missing after `a`", 1},
        {"a = ;", "`a` has no value", 0},
        {"a;", "`a` has no value", 0},
        {"a =\nb = 1;", "`a` has no value", 1},
        {"a == 1;", "`==` has no place here", 1},
        {"a = yes;", "write true", 1},
        {"a = off;", "write false", 1},
        {"a = 5s;", "write \"5s\"", 1},
        {"a = status == 200;", "write \"status == 200\"", 1},
        {"a = 'x';", "double quotes", 1},
        {"a = \"x\" \"y\";", "they would be joined", 1},
        {"a = [ \"x\" \"y\" ];", "put `,` before this", 1},
        {"a = [ 1 2 ];", "a comma is missing", 1},
        {"a = [ 1; 2 ];", "separated by commas", 1},
        {"a = [ 1, \"x\" ];", "values of one type", 1},
        {"a = [ { b = 1; } ];", "plain values only", 1},
        {"a = [ \"x\", \"y\";\nb = 1;", "the `[` opened here", 2},
        {"a = [ \"x\"\nb = 1;", "the `[` opened here", 2},
        {"a = [ 1", "the `[` opened here", 1},
        {"a = { b = [ 1 };", "the `[` opened here", 1},
        {"a = { b = 1;", "the `{` opened here", 1},
        {"a = 1; }; b = 2;", "closes nothing", 2},
        {"1a = 1; b = 2;", "`1a` cannot be a name", 1},
        {"a.b = 1;", "`a.b` cannot be a name", 0},
        {"true = 1;", "`true` cannot be a name", 0},
        {"a = 1; a = 2;", "the first is on line 1", 1},
        {"a =\n - \"x\"\n - y\nb = 1;", "not with dashes", 2},
        {"a = 3000000000;", "write 3000000000L", 0},
        {"a = -2147483649;", "too large", 0},
        {"a = 99999999999999999999;", "the largest is", 0},
        {"a = 0xFFFFFFFFFF;", "too large", 0},
        {"a = \"x\", \"y\"; b = 1;", "several values", 2},
        {"= 1; b = 2;", "missing before", 1},
        {"\"a\" = 1; b = 2;", "missing before", 1},
        {"a = \"x\\", "not closed on this line", 1},
        {"- a = 1;", "not written with dashes", 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *says = cases[i].says;
        /* Two slips of the same line that come together. */
        size_t errors = strstr(cases[i].text, "- y") ? 2 : 1;

        assert_int_equal(check(cases[i].text, errors, says), cases[i].kept);
    }
}

static void
nesting_is_bounded(void **state)
{
    char text[4 * 40 + 1] = "";

    (void)state;
    for (size_t i = 0; i < 40; i++)
        memcpy(&text[4 * i], "a={ ", 5);
    (void)check(text, 9, "nested deeper");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_libconfig_takes_and_trailing_commas),
        cmocka_unit_test(names_each_slip),
        cmocka_unit_test(nesting_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
