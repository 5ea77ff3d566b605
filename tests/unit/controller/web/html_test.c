#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "controller/web/html.c"

static void
text_never_becomes_markup(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    html_add(&out, "<p title=\"%s\">%d %zu %lld%%</p>", "<a href='x'>&\"", -3,
             (size_t)7, 9LL);
    assert_string_equal(buf_text(&out),
                        "<p title=\"&lt;a href=&#39;x&#39;&gt;&amp;&quot;\">-3 "
                        "7 9%</p>");
    buf_free(&out);
}

static void
bytes_that_are_not_text_are_replaced(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    html_text(&out, "a\x01"
                    "b\xff"
                    "c\xc0\xaf\n\xc3\xa4\x7f");
    assert_string_equal(buf_text(&out),
                        "a\xEF\xBF\xBD"
                        "b\xEF\xBF\xBD"
                        "c"
                        "\xEF\xBF\xBD\xEF\xBF\xBD\n\xc3\xa4\xEF\xBF\xBD");
    buf_reset(&out);
    html_text(&out, NULL);
    assert_string_equal(buf_text(&out), "");
    buf_free(&out);
}

static void
every_byte_comes_out_harmless(void **state)
{
    (void)state;
    for (int c = 1; c < 256; c++) {
        char text[2] = {(char)c, '\0'};
        struct buf out;

        buf_init(&out, 64);
        html_text(&out, text);
        assert_true(out.len > 0);
        assert_null(strpbrk(buf_text(&out), "<>\"'"));
        buf_free(&out);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_never_becomes_markup),
        cmocka_unit_test(bytes_that_are_not_text_are_replaced),
        cmocka_unit_test(every_byte_comes_out_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
