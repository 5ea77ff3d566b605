#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "controller/web/json_view.c"

static void
expect(const char *json, const char *html)
{
    struct buf out;

    buf_init(&out, 1u << 20);
    json_view(&out, json);
    assert_string_equal(buf_text(&out), html);
    buf_free(&out);
}

static void
shapes_become_lists(void **state)
{
    (void)state;
    expect("{\"a_b\": 1, \"c\": [true, null]}",
           "<dl class=kv><dt>a b</dt><dd>1</dd><dt>c</dt><dd><ul "
           "class=vals><li>true</li>"
           "<li>\xE2\x80\x93</li></ul></dd></dl>");
    expect("\"x\\ny\"", "<pre>x\ny</pre>");
    expect("\"\\u00e4\\ud83d\\ude00\"", "\xc3\xa4\xf0\x9f\x98\x80");
    expect("-1.5e3", "-1.5e3");
    expect("{}", "<span class=dim>none</span>");
}

static void
markup_in_it_is_text(void **state)
{
    (void)state;
    expect("{\"<b>\": \"</dd><script>\"}",
           "<dl class=kv><dt>&lt;b&gt;</dt><dd>&lt;/dd&gt;&lt;script&gt;</dd>"
           "</dl>");
    expect("\"\\u003cscript\\u003e\"", "&lt;script&gt;");
}

static void
what_is_not_json_is_shown_as_it_is(void **state)
{
    static const char *const bad[] = {"{",         "{\"a\"",
                                      "{\"a\":1,", "[1,",
                                      "\"abc",     "\"\\x\"",
                                      "\"\\u12\"", "[1] x",
                                      "{1:2}",     "[[[[[[[[[[[[1]]]]]]]]]]]]",
                                      "",          "<",
                                      "[1 2]"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct buf out;

        buf_init(&out, 1u << 20);
        json_view(&out, bad[i]);
        assert_int_equal(strncmp(buf_text(&out), "<pre>", 5), 0);
        assert_null(strstr(buf_text(&out), "<dl"));
        buf_free(&out);
    }
}

/* Of the outermost object alone. */
static void
members_left_out_and_folded(void **state)
{
    static const char *const out_names[] = {"b", "last", NULL};
    static const char *const fold_names[] = {"c", NULL};
    const struct json_view_opts opts = {out_names, fold_names};
    struct buf out;

    (void)state;
    buf_init(&out, 1u << 20);
    json_view_of(&out,
                 "{\"a\":{\"b\":1,\"c\":2},\"b\":[1,{\"x\":2}],\"c\":[3],"
                 "\"last\":\"l\"}",
                 &opts);
    assert_string_equal(
        buf_text(&out),
        "<dl class=kv><dt>a</dt><dd><dl class=kv><dt>b</dt><dd>1</dd>"
        "<dt>c</dt><dd>2</dd></dl></dd><dt>c</dt><dd><details><summary>show"
        "</summary><ul class=vals><li>3</li></ul></details></dd></dl>");
    buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_become_lists),
        cmocka_unit_test(markup_in_it_is_text),
        cmocka_unit_test(members_left_out_and_folded),
        cmocka_unit_test(what_is_not_json_is_shown_as_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
