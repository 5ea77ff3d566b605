#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "base/diag.c"

#define OUT_MAX 200000

static struct diag_pos
at(const char *file, int line, int column, int length)
{
    return (struct diag_pos){file, line, column, length};
}

static void
shows_line_caret_and_hint(void **state)
{
    static const char text[] = "a = 1;\n    recrod = \"A\";\r\n";
    struct diag *diag = diag_create();
    struct buf out;

    (void)state;
    buf_init(&out, OUT_MAX);
    diag_source(diag, "shop.conf", text, sizeof(text) - 1);
    diag_add(diag, DIAG_ERROR, at("shop.conf", 2, 5, 6),
             "did you mean `record`?", "unknown setting `%s`", "recrod");
    diag_print(diag, &out, false);
    assert_string_equal(buf_text(&out),
                        "shop.conf:2:5: error: unknown setting `recrod`\n"
                        "    2 |     recrod = \"A\";\n"
                        "      |     ^^^^^^ did you mean `record`?\n");
    assert_int_equal(diag_errors(diag), 1);
    buf_free(&out);
    diag_free(diag);
}

static void
columns_are_characters_and_tabs_stay(void **state)
{
    static const char text[] = "\t\xc3\xa4\xe2\x82\xac = yes\033[2J;";
    struct diag *diag = diag_create();
    struct buf out;

    (void)state;
    buf_init(&out, OUT_MAX);
    diag_source(diag, "f", text, sizeof(text) - 1);
    diag_add(diag, DIAG_WARNING, at("f", 1, 7, 3), NULL, "m");
    diag_print(diag, &out, false);
    assert_string_equal(buf_text(&out),
                        "f:1:7: warning: m\n"
                        "    1 | \t\xc3\xa4\xe2\x82\xac = yes?[2J;\n"
                        "      | \t     ^^^\n");
    assert_int_equal(diag_warnings(diag), 1);
    buf_free(&out);
    diag_free(diag);
}

static void
orders_by_file_and_place_and_keeps_one(void **state)
{
    struct diag *diag = diag_create();
    struct buf out;

    (void)state;
    buf_init(&out, OUT_MAX);
    diag_source(diag, "b", "x\ny\n", 4);
    diag_source(diag, "a", "x\ny\n", 4);
    diag_add(diag, DIAG_ERROR, at(NULL, 0, 0, 0), "make one", "no file");
    diag_add(diag, DIAG_ERROR, at("a", 1, 1, 1), NULL, "third");
    diag_add(diag, DIAG_ERROR, at("b", 2, 1, 1), NULL, "second");
    diag_add(diag, DIAG_ERROR, at("b", 1, 1, 1), NULL, "first");
    diag_add(diag, DIAG_ERROR, at("b", 1, 1, 1), NULL, "first");
    diag_print(diag, &out, false);
    assert_string_equal(buf_text(&out),
                        "b:1:1: error: first\n    1 | x\n      | ^\n"
                        "b:2:1: error: second\n    2 | y\n      | ^\n"
                        "a:1:1: error: third\n    1 | x\n      | ^\n"
                        "error: no file\n      = make one\n");
    assert_int_equal(diag_errors(diag), 4);
    buf_free(&out);
    diag_free(diag);
}

static void
a_place_outside_its_text_is_harmless(void **state)
{
    struct diag *diag = diag_create();
    struct buf out;

    (void)state;
    buf_init(&out, OUT_MAX);
    diag_source(diag, "f", "ab", 2);
    diag_source(diag, "empty", "", 0);
    diag_add(diag, DIAG_ERROR, at("f", 9, 1, 1), "h", "beyond");
    diag_add(diag, DIAG_ERROR, at("f", 1, 5, 400), NULL, "wide");
    diag_add(diag, DIAG_ERROR, at("empty", 1, 1, 1), NULL, "nothing");
    diag_print(diag, &out, false);
    assert_string_equal(buf_text(&out),
                        "f:1:5: error: wide\n    1 | ab\n      |     ^\n"
                        "f:9:1: error: beyond\n      = h\n"
                        "empty:1:1: error: nothing\n    1 | \n      | ^\n");
    buf_free(&out);
    diag_free(diag);
}

static void
a_long_line_is_cut_around_the_caret(void **state)
{
    char text[5000];
    struct diag *diag = diag_create();
    struct buf out;

    (void)state;
    memset(text, '.', sizeof(text));
    text[3999] = '!';
    buf_init(&out, OUT_MAX);
    diag_source(diag, "f", text, sizeof(text));
    diag_add(diag, DIAG_ERROR, at("f", 1, 4000, 1), NULL, "m");
    diag_print(diag, &out, false);
    assert_true(out.len < 500);
    assert_non_null(strchr(buf_text(&out), '!'));
    buf_free(&out);
    diag_free(diag);
}

static void
counts_what_it_does_not_keep(void **state)
{
    struct diag *diag = diag_create();
    struct buf out;

    (void)state;
    buf_init(&out, OUT_MAX);
    for (int i = 0; i < DIAG_MAX + 7; i++)
        diag_add(diag, DIAG_ERROR, at("f", i + 1, 1, 1), NULL, "m%d", i);
    assert_int_equal(diag_errors(diag), DIAG_MAX + 7);
    diag_print(diag, &out, true);
    assert_true(str_ends(buf_text(&out), "and 7 more\n"));
    buf_free(&out);
    diag_free(diag);
}

static void
json_is_one_object_a_line(void **state)
{
    struct diag *diag = diag_create();
    struct buf out;

    (void)state;
    buf_init(&out, OUT_MAX);
    diag_add(diag, DIAG_ERROR, at("f", 3, 4, 5), NULL, "a \"b\"");
    diag_print_json(diag, &out);
    assert_string_equal(buf_text(&out),
                        "{\"level\":\"error\",\"file\":\"f\",\"line\":3,"
                        "\"column\":4,\"length\":5,\"message\":\"a \\\"b\\\"\","
                        "\"hint\":null}\n");
    buf_free(&out);
    diag_free(diag);
}

static void
no_password_is_shown(void **state)
{
    static const char text[] = "a = \"http://u:s\xc3\xa4ss@h/@\"; b = "
                               "\"ftp://u:p@h\"; c = \"http://h:1\"";
    struct diag *diag = diag_create();
    struct buf out;

    (void)state;
    diag_source(diag, "f", text, strlen(text));
    diag_add(diag, DIAG_ERROR, (struct diag_pos){"f", 1, 28, 1}, "not x://a:b@",
             "`x://user:word@h` is bad");
    buf_init(&out, 1000);
    diag_print(diag, &out, false);
    assert_non_null(strstr(buf_text(&out),
                           " | a = \"http://u:****@h/@\"; b = "
                           "\"ftp://u:*@h\"; c = \"http://h:1\"\n"));
    assert_non_null(strstr(buf_text(&out), "`x://user:****@h` is bad"));
    assert_non_null(strstr(buf_text(&out), "not x://a:*@"));
    buf_free(&out);
    diag_free(diag);
}

static void
no_raw_bytes_on_a_terminal(void **state)
{
    static const char text[] = "a\0b\xe4\x1b\xc2\x9b\xc3\xa4 x\n";
    struct diag *diag = diag_create();
    struct buf out;

    (void)state;
    diag_source(diag, "f", text, sizeof(text) - 1);
    diag_add(diag, DIAG_ERROR, (struct diag_pos){"f", 1, 9, 1}, NULL, "bad");
    buf_init(&out, 1000);
    diag_print(diag, &out, false);
    assert_non_null(strstr(buf_text(&out), "    1 | a?b???\xc3\xa4 x\n"
                                           "      |         ^\n"));
    buf_free(&out);
    diag_free(diag);
}

static void
stay(void *cookie, struct diag_pos *pos)
{
    (void)cookie;
    (void)pos;
}

/* Neither its own problem nor another of that line. */
static void
what_is_hidden_is_shown_nowhere(void **state)
{
    static const char text[] = "key = \"p\xc3\xa4ss\\\"w\"; x = 1;\nk = 2;\n";
    struct diag *from = diag_create();
    struct diag *diag = diag_create();
    struct buf out;

    (void)state;
    buf_init(&out, OUT_MAX);
    diag_source(diag, "f", text, sizeof(text) - 1);
    diag_hide(from, at("f", 1, 7, 9));
    diag_add(from, DIAG_ERROR, at("f", 1, 7, 9), NULL, "no");
    diag_move(diag, from, stay, NULL);
    diag_add(diag, DIAG_ERROR, at("f", 1, 18, 1), NULL, "x");
    diag_add(diag, DIAG_ERROR, at("f", 2, 1, 1), NULL, "k");
    diag_print(diag, &out, false);
    assert_string_equal(buf_text(&out), "f:1:7: error: no\n"
                                        "    1 | key = \"*******\"; x = 1;\n"
                                        "      |       ^^^^^^^^^\n"
                                        "f:1:18: error: x\n"
                                        "    1 | key = \"*******\"; x = 1;\n"
                                        "      |                  ^\n"
                                        "f:2:1: error: k\n"
                                        "    2 | k = 2;\n"
                                        "      | ^\n");
    buf_free(&out);
    diag_free(diag);
    diag_free(from);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_line_caret_and_hint),
        cmocka_unit_test(columns_are_characters_and_tabs_stay),
        cmocka_unit_test(orders_by_file_and_place_and_keeps_one),
        cmocka_unit_test(a_place_outside_its_text_is_harmless),
        cmocka_unit_test(a_long_line_is_cut_around_the_caret),
        cmocka_unit_test(counts_what_it_does_not_keep),
        cmocka_unit_test(json_is_one_object_a_line),
        cmocka_unit_test(no_password_is_shown),
        cmocka_unit_test(what_is_hidden_is_shown_nowhere),
        cmocka_unit_test(no_raw_bytes_on_a_terminal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
