#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "base/buf.h"
#include "base/conf_lex.c"

static const char *
types(const char *text, char *to, struct diag *diag)
{
    struct conf_lex lex;
    size_t n = 0;

    assert_int_equal(conf_lex_parse(&lex, "f", text, strlen(text), diag), 0);
    for (size_t i = 0; i < lex.count; i++) {
        const struct conf_lex_token *t = &lex.tokens[i];

        to[n++] = t->type == CONF_LEX_PUNCT ? t->punct : "NSIFBW-?E"[t->type];
    }
    to[n] = 0;
    conf_lex_free(&lex);
    return to;
}

static void
tells_tokens_apart(void **state)
{
    static const struct {
        const char *text;
        const char *types;
    } cases[] = {
        {"", "E"},
        {"a-b_c* = 1;", "N=I;E"},
        {"a : TRUE", "N=BE"},
        {"[1, -2, 0x1F, 3000000000L]", "[I,I,I,I]E"},
        {"1.5 .5 5. -1.5e3 1e5 .", "FFFFWWE"},
        {"5s 10.0.0.1 1st a.b", "WWWWE"},
        {"- x", "-NE"},
        {"a = https://x/y#c", "N=WE"},
        {"a:{b:2}", "N={N=I}E"},
        {"# c\n// d\n/* e\n */ x", "NE"},
        {"\xef\xbb\xbf"
         "a",
         "NE"},
        {"\"a\\\"b\" \"\"", "SSE"},
        {"\"two\nlines\"; x", "S;NE"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct diag *diag = diag_create();
        char to[64];

        assert_string_equal(types(cases[i].text, to, diag), cases[i].types);
        assert_int_equal(diag_errors(diag), 0);
        diag_free(diag);
    }
}

static void
places_count_characters(void **state)
{
    static const char text[] =
        "\xc3\xa4 = 1;\n\ta = \"\xe2\x82\xac\xe2\x82\xac\";";
    struct diag *diag = diag_create();
    struct conf_lex lex;

    (void)state;
    assert_int_equal(conf_lex_parse(&lex, "f", text, sizeof(text) - 1, diag),
                     0);
    assert_int_equal(lex.tokens[1].pos.column, 3);
    assert_int_equal(lex.tokens[4].pos.line, 2);
    assert_int_equal(lex.tokens[4].pos.column, 2);
    assert_true(lex.tokens[4].is_first);
    assert_int_equal(lex.tokens[6].pos.column, 6);
    assert_int_equal(lex.tokens[6].pos.length, 4);
    assert_int_equal(lex.tokens[6].indent, 2);
    conf_lex_free(&lex);
    diag_free(diag);
}

static void
an_open_quote_ends_with_its_line(void **state)
{
    struct diag *diag = diag_create();
    char to[64];

    (void)state;
    /* The next quote would close it; what follows is glued to that. */
    assert_string_equal(types("a = \"5s;\nb = \"60s\";", to, diag),
                        "N=S;N=S;E");
    assert_int_equal(diag_errors(diag), 1);
    assert_string_equal(types("x = [ \"a, b ];\nb = 1;", to, diag),
                        "N=[S];N=I;E");
    assert_int_equal(diag_errors(diag), 2);
    assert_string_equal(types("tags = [ \"a, \"b\" ];", to, diag), "N=[S,S];E");
    assert_int_equal(diag_errors(diag), 3);
    diag_free(diag);
}

static void
refuses_what_is_not_text(void **state)
{
    struct diag *diag = diag_create();
    struct conf_lex lex;

    (void)state;
    assert_int_equal(conf_lex_parse(&lex, "f", "a\0b", 3, diag), -1);
    assert_int_equal(conf_lex_parse(&lex, "g", "a\xff", 2, diag), -1);
    assert_int_equal(diag_errors(diag), 2);
    diag_free(diag);
}

static void
hostile_ends(void **state)
{
    static const char *const texts[] = {"\"",   "'", "/*",       "/",  "\\",
                                        "\"\\", "@", "@include", "a:", "-"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct diag *diag = diag_create();
        char to[64];

        (void)types(texts[i], to, diag);
        diag_free(diag);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_tokens_apart),
        cmocka_unit_test(places_count_characters),
        cmocka_unit_test(an_open_quote_ends_with_its_line),
        cmocka_unit_test(refuses_what_is_not_text),
        cmocka_unit_test(hostile_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
