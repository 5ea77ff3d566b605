#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "controller/web/frame.c"

static void
times_are_words_and_machine_readable(void **state)
{
    struct buf out;
    wall_t at = {1772701445678};

    (void)state;
    buf_init(&out, 1 << 16);
    frame_time(&out, at);
    assert_string_equal(buf_text(&out),
                        "<time class=nb datetime=\"2026-03-05T09:04:05.678Z\">"
                        "2026-03-05 09:04:05 UTC</time>");
    buf_reset(&out);
    frame_ago(&out, at, (wall_t){at.ms + 12400});
    assert_non_null(strstr(buf_text(&out), ">12 s ago</time>"));
    buf_reset(&out);
    frame_ago(&out, at, (wall_t){at.ms - 5000}); /* a clock that stepped */
    assert_non_null(strstr(buf_text(&out), ">just now</time>"));
    buf_reset(&out);
    frame_ago(&out, (wall_t){0}, at);
    assert_string_equal(buf_text(&out), "\xE2\x80\x93");
    buf_free(&out);
}

static void
every_verdict_has_icon_word_and_class(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 1 << 16);
    for (int v = VERDICT_UP; v <= VERDICT_PAUSED; v++) {
        char use[32];

        buf_reset(&out);
        frame_verdict(&out, (enum verdict)v);
        (void)str_copy(use, sizeof(use), "href=\"#");
        strncat(use, frame_class((enum verdict)v), 8);
        assert_non_null(strstr(buf_text(&out), use));
        assert_non_null(strstr(buf_text(&out), verdict_name((enum verdict)v)));
        (void)str_copy(use, sizeof(use), "symbol id=");
        strncat(use, frame_class((enum verdict)v), 8);
        assert_non_null(strstr(symbols, use));
    }
    buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_words_and_machine_readable),
        cmocka_unit_test(every_verdict_has_icon_word_and_class),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
