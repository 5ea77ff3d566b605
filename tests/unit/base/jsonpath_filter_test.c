/*
 * jsonpath_filter.c: which conditions are well-formed and well-typed (RFC 9535,
 * 2.3.5.1 and 2.4.9), and where and why the others are not.  What they select
 * is jsonpath_test.c's and jsonpath_eval_test.c's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/jsonpath_filter.c"

static void
test_well_typed(void **state)
{
    static const char *const good[] = {
        "$[?@]",
        "$[?$]",
        "$[?!@]",
        "$[? ! @ ]",
        "$[?@.a]",
        "$[?@..a[*]]",
        "$[?@[1:2]]",
        "$[?@ .a [0] ]",
        "$[?@[ 'a' ]]",
        "$[?(@)]",
        "$[?(((@.a)))]",
        "$[?!(@.a)]",
        "$[?! ( @.a ) ]",
        "$[?@.a==1]",
        "$[?@.a == $.b]",
        "$[?1==1.0]",
        "$[?@==-0]",
        "$[?@==-0.5e-3]",
        "$[?@==1E+2]",
        "$[?@==123456789012345678901234567890]",
        "$[?@==9007199254740993]",
        "$[?@=='a' || @==\"b\"]",
        "$[?@==true||@==false&&@==null]",
        "$[?@<1&&@<=1&&@>1&&@>=1&&@!=1]",
        "$[?(@.a == 1 || @.b) && !@.c]",
        "$[?@\n.a\t==\r1 ]",
        /* 2.4.9 */
        "$[?length(@) < 3]",
        "$[?count(@.*) == 1]",
        "$[?match(@.timezone, 'Europe/.*')]",
        "$[?value(@..color) == \"red\"]",
        "$[?length('a') == 1]",
        "$[?length( @.a )==1]",
        "$[?length(@['a'][0])==length($)]",
        "$[?length(value(@..a))==1]",
        "$[?count(@)==1]",
        "$[?count(@..[?@.a])==1]",
        "$[?1 < length(@)]",
        "$[?!match(@, 'a')]",
        "$[?match(@, 1)]", /* well-typed, and never true */
        "$[?match(@, @.a)]",
        "$[?search(value(@..a), value($..b))]",
        "$[?match(@ , 'a' ) && search( @,'b')]",
        "$[?@.a[?@.b[?@.c]]]",
    };
    (void)state;

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        char why[120] = "";
        size_t at = 0;
        struct jsonpath *path = jsonpath_parse(good[i], &at, why, sizeof(why));

        if (path == NULL)
            fail_msg("%s: %zu: %s", good[i], at, why);
        jsonpath_free(path);
    }
}

static const struct {
    const char *path;
    size_t at;
    const char *says;
} bad[] = {
    /* 2.4.9: not well-typed, or functions that we have not. */
    {"$[?length(@.*) < 3]", 10, "length() takes one value"},
    {"$[?count(1) == 1]", 9, "count() takes a path"},
    {"$[?count(foo(@.*)) == 1]", 9, "unknown function foo()"},
    {"$[?match(@.timezone, 'Europe/.*') == true]", 3,
     "match() is true or false"},
    {"$[?value(@..color)]", 3, "value() gives a value"},
    {"$[?bar(@.a)]", 3, "unknown function bar()"},
    {"$[?bnl(@.*)]", 3, "unknown function bnl()"},
    {"$[?blt(1==1)]", 3, "unknown function blt()"},
    {"$[?blt(1)]", 3, "unknown function blt()"},
    {"$[?bal(1)]", 3, "unknown function bal()"},
    /* Types of arguments and operands. */
    {"$[?length(@..a) == 1]", 10, "length() takes one value"},
    {"$[?length(@[0,1]) == 1]", 10, "length() takes one value"},
    {"$[?length(@[ 'a']) == 1]", 10, "length() takes one value"},
    {"$[?length(match(@,'a')) == 1]", 10, "match() gives true or false"},
    {"$[?length(@ == 1) == 1]", 10, "length() takes no condition"},
    {"$[?length(!@) == 1]", 10, "length() takes no condition"},
    {"$[?length((@)) == 1]", 10, "length() takes no condition"},
    {"$[?count(@ && @) == 1]", 9, "count() takes no condition"},
    {"$[?count(value(@.a)) == 1]", 9, "count() takes a path"},
    {"$[?value('a') == 1]", 9, "value() takes a path"},
    {"$[?length(@.a)]", 3, "length() gives a value"},
    {"$[?!length(@.a)]", 4, "length() gives a value"},
    {"$[?@.a && count(@.*)]", 10, "count() gives a value"},
    {"$[?1 == search(@, 'a')]", 8, "search() is true or false"},
    {"$[?@.* == 1]", 3, "a comparison takes one value"},
    {"$[?1 == @..a]", 8, "a comparison takes one value"},
    {"$[?@[?@.a] == 1]", 3, "a comparison takes one value"},
    {"$[?@[ 0] == 1]", 3, "a comparison takes one value"},
    {"$[?1]", 3, "a literal alone"},
    {"$[?'a' || @]", 3, "a literal alone"},
    {"$[?@ && true]", 8, "a literal alone"},
    {"$[?!false]", 4, "a literal alone"},
    {"$[?length() == 1]", 3, "length() takes 1 argument, not 0"},
    {"$[?match(@.a)]", 3, "match() takes 2 arguments, not 1"},
    {"$[?match(@.a,'a','b')]", 3, "match() takes 2 arguments, not 3"},
    /* Grammar. */
    {"$[?]", 3, "expected a path"},
    {"$[? ]", 4, "expected a path"},
    {"$[?.a]", 3, "expected a path"},
    {"$[?a]", 3, "a text stands in quotes"},
    {"$[?@.a == abc]", 10, "a text stands in quotes"},
    {"$[?@.a = 1]", 7, "equality is `==`"},
    {"$[?@.a == ]", 10, "expected a path"},
    {"$[?@.a == 1 == 1]", 12, "expected `,` or `]`"},
    {"$[?@.a === 1]", 9, "expected a path"},
    {"$[?== 1]", 3, "expected a path"},
    {"$[?@.a & @.b]", 7, "expected `,` or `]`"},
    {"$[?@.a and @.b]", 7, "expected `,` or `]`"},
    {"$[?@.a && ]", 10, "expected a path"},
    {"$[?(@.a]", 3, "not closed by `)`"},
    {"$[?()]", 4, "expected a path"},
    {"$[?@.a)]", 6, "expected `,` or `]`"},
    {"$[?(@.a) == 1]", 8, "a parenthesis cannot be compared"},
    {"$[?!@.a == 1]", 3, "needs parentheses"},
    {"$[?!!@.a]", 4, "expected a path"},
    {"$[?@ a]", 5, "expected `,` or `]`"},
    {"$[?@.a=='x]", 8, "not closed by '"},
    {"$[?count (@.*) == 1]", 8, "right behind count"},
    {"$[?Length(@) == 1]", 3, "expected a path"},
    {"$[?length(@ 'a') == 1]", 12, "expected `,` or `)`"},
    {"$[?length(@", 11, "expected `,` or `)`"},
    {"$[?length(@,) == 1]", 12, "expected a path"},
    {"$[?@ == TRUE]", 8, "expected a path"},
    {"$[?@ == tRUE]", 8, "a text stands in quotes"},
    {"$[?@ == 01]", 8, "not a number"},
    {"$[?@ == 1.]", 8, "not a number"},
    {"$[?@ == .1]", 8, "expected a path"},
    {"$[?@ == 1e]", 8, "not a number"},
    {"$[?@ == -]", 8, "not a number"},
    {"$[?@ == --1]", 8, "not a number"},
    {"$[?@ == +1]", 8, "expected a path"},
    {"$[?@ == 0x1]", 9, "expected `,` or `]`"},
    {"$[?@ == 1e999]", 8, "out of range"},
    {"$[?@ == -1e999]", 8, "out of range"},
    {"$[?@ == [1]]", 8, "expected a path"},
    {"$[?@ == {}]", 8, "expected a path"},
    {"$[?@[9007199254740992]]", 5, "2^53"},
    {"$[?@ == '\\ud800']", 11, "surrogate"},
    {"$[?abcdefghijklmnopqrstuvwxyz_abcdefghijklmnopqrstuvwxyz(@)]", 3,
     "unknown function abcdefghijklmnopqrstuvw()"},
    /* A pattern that is none: refused while somebody is looking. */
    {"$[?match(@, '[a')]", 12, "byte 2 of the pattern, an I-Regexp: the class"},
    {"$[?search(@, '\\\\d+')]", 13, "write [0-9]"},
};

static void
test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char why[120] = "";
        size_t at = 999;

        if (jsonpath_parse(bad[i].path, &at, why, sizeof(why)) != NULL)
            fail_msg("accepted: %s", bad[i].path);
        if (at != bad[i].at || strstr(why, bad[i].says) == NULL)
            fail_msg("%s: %zu: %s", bad[i].path, at, why);
    }
}

/* Nothing is left behind, and nothing read beyond, wherever a path is cut. */
static void
test_cut_anywhere(void **state)
{
    static const char whole[] =
        "$..[?!(match(@.a, '[a-z]{2,3}') || @['b'] == -1.5e2) && "
        "length(value(@..c)) >= $.d[0], 1:2]";
    (void)state;

    for (size_t len = 0; len < sizeof(whole) - 1; len++) {
        char *text = str_xndup(whole, len);
        char why[120] = "";
        size_t at = 0;
        struct jsonpath *path = jsonpath_parse(text, &at, why, sizeof(why));

        assert_true(len == 1 ? path != NULL : path == NULL && why[0] != '\0');
        assert_true(at <= len);
        jsonpath_free(path);
        free(text);
    }
}

/* `count` times `open`, `@`, `count` times `close`. */
static struct jsonpath *
nested(const char *open, const char *close, int count, char *why, size_t cap)
{
    char text[2 * JSONPATH_TEXT_MAX] = "$[?";
    size_t at = 0;

    for (int i = 0; i < count; i++)
        strcat(text, open);
    strcat(text, "@");
    for (int i = 0; i < count; i++)
        strcat(text, close);
    return jsonpath_parse(strcat(text, "]"), &at, why, cap);
}

static void
test_nesting(void **state)
{
    static const char *const kinds[][2] = {
        {"(", ")"}, {"!(", ")"}, {"@[?", "]"}, {"@.a||(", ")"}};
    (void)state;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        char why[120] = "";
        struct jsonpath *path =
            nested(kinds[i][0], kinds[i][1], JSONPATH_NESTING_MAX - 1, why,
                   sizeof(why));

        assert_non_null(path);
        jsonpath_free(path);
        assert_null(nested(kinds[i][0], kinds[i][1], JSONPATH_NESTING_MAX, why,
                           sizeof(why)));
        assert_string_equal(why, "conditions are nested over 32 deep");
        assert_null(nested(kinds[i][0], kinds[i][1], 500, why, sizeof(why)));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_well_typed),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_nesting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
