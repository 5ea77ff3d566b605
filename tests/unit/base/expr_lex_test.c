/* expr_lex.c: words, their kinds and places. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/expr_lex.c"

typedef struct expr_word lex_fn(struct expr_lex *lex);

/* Every word as its kind's letter and its text, joined by `|`. */
static void
check(lex_fn *next, const char *text, const char *want)
{
    static const char kinds[] = "E()SU=N";
    struct expr_lex lex = {.text = text, .len = strlen(text)};
    char got[300] = "";
    struct expr_word word;

    do {
        size_t used = strlen(got);

        word = next(&lex);
        snprintf(got + used, sizeof(got) - used, "%c%.*s|", kinds[word.kind],
                 (int)word.len, text + word.offset);
    } while (word.kind != EXPR_W_END);
    assert_string_equal(got, want);
}

static void
test_names(void **state)
{
    (void)state;
    check(expr_lex_name, "", "E|");
    check(expr_lex_name, " \t\n", "E|");
    check(expr_lex_name, "status==200", "Nstatus|===|N200|E|");
    check(expr_lex_name, "time.tls<200ms", "Ntime.tls|=<|N200ms|E|");
    check(expr_lex_name, "(not aa)or(b)", "((|Nnot|Naa|))|Nor|((|Nb|))|E|");
    check(expr_lex_name, "a ~'x y'", "Na|=~|S'x y'|E|");
    check(expr_lex_name, "'it''s' 'b'", "S'it''s'|S'b'|E|");
    check(expr_lex_name, "''", "S''|E|");
    check(expr_lex_name, "'''", "U'''|E|");
    check(expr_lex_name, "'a\\'b", "S'a\\'|Nb|E|"); /* no escape */
    check(expr_lex_name, "a && b", "Na|=&&|Nb|E|");
}

static void
test_values(void **state)
{
    (void)state;
    check(expr_lex_value, "2001:db8::/32 800ms)",
          "N2001:db8::/32|N800ms|))|E|");
    check(expr_lex_value, "a=b<c", "Na=b<c|E|");
    check(expr_lex_value, "a'b'", "Na|S'b'|E|");
    check(expr_lex_value, "10% -1.5e3", "N10%|N-1.5e3|E|");
}

static void
check_path(const char *text, const char *want)
{
    struct expr_lex lex = {.text = text, .len = strlen(text)};
    struct expr_word word = expr_lex_path(&lex);
    char *got = expr_lex_text(&lex, word);

    assert_string_equal(got, want);
    assert_int_equal(lex.at, word.offset + word.len);
    free(got);
}

static void
test_path_ends(void **state)
{
    (void)state;
    check_path(" $.a >= 0", "$.a");
    check_path("$.a>=0", "$.a");
    check_path("$['a b'] == 1", "$['a b']");
    check_path("$['a]b\\'>'] == 1", "$['a]b\\'>']");
    check_path("$[\"(\"])", "$[\"(\"]");
    check_path("$[ 0 , 1 ] .b [2] in 3", "$[ 0 , 1 ] .b [2]");
    check_path("$..a)", "$..a");
    check_path("$[?(@.a > 1)] exists", "$[?(@.a > 1)]");
    check_path("$['never closed", "$['never closed");
    check_path("$[\"a\\", "$[\"a\\");
}

static void
test_text(void **state)
{
    struct expr_lex lex = {.text = "'it''s'''", .len = 9};
    struct expr_word word = expr_lex_value(&lex);
    char *text = expr_lex_text(&lex, word);
    (void)state;

    assert_string_equal(text, "it's'");
    assert_false(expr_lex_is(&lex, word, "'it''s'''")); /* no keyword */
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_path_ends),
        cmocka_unit_test(test_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
