#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "base/conf_node.c"

static void
places_inside_a_text(void **state)
{
    static const char text[] = "a = \"x\\\"\\x41\\d\\n\xc3\xa4 bad\";\n";
    struct diag *diag = diag_create();
    struct conf_set *set = conf_set_create();
    const struct conf *a;
    struct diag_pos pos;

    (void)state;
    assert_int_equal(conf_load_text(set, "f", text, sizeof(text) - 1, diag), 0);
    a = conf_find(conf_root(set, 0), "a");
    if (!a) {
        fail();
        return;
    }
    assert_string_equal(a->text, "x\"A\\d\n\xc3\xa4 bad");
    pos = conf_pos_in(a, 9, 3); /* bad */
    assert_int_equal(pos.column, 19);
    assert_int_equal(pos.length, 3);
    pos = conf_pos_in(a, 2, 1); /* the A, four characters in the source */
    assert_int_equal(pos.column, 9);
    assert_int_equal(pos.length, 4);
    pos = conf_pos_in(a, 1000, 1000);
    assert_int_equal(pos.line, 1);
    conf_set_free(set);
    diag_free(diag);
}

static void
quoted_text_reads_back(void **state)
{
    static const char *const texts[] = {
        "",         "plain",        "q\"b\\",        "a\nb\tc\r",
        "\xc3\xa4", "\xff\x01\x7f", "\\d+ \\x41 \\n"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct diag *diag = diag_create();
        struct conf_set *set = conf_set_create();
        const struct conf *a;
        struct buf out;

        buf_init(&out, 1000);
        (void)buf_add_str(&out, "a = ");
        conf_quote(&out, texts[i]);
        assert_int_equal(
            conf_load_text(set, "f", buf_text(&out), out.len, diag), 0);
        assert_int_equal(diag_errors(diag), 0);
        a = conf_find(conf_root(set, 0), "a");
        assert_true(a && strcmp(a->text, texts[i]) == 0);
        buf_free(&out);
        conf_set_free(set);
        diag_free(diag);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_inside_a_text),
        cmocka_unit_test(quoted_text_reads_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
