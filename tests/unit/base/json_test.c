/* json_test.c - exact bytes, and Jansson as the judge of hostile text. */
#include "base/json.c"

#include <jansson.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
test_one_line(void **state)
{
    struct buf out;
    struct json j;

    (void)state;
    buf_init(&out, 1000);
    j = json_begin(&out);
    json_obj(&j, NULL);
    json_str(&j, "check", "home");
    json_str(&j, "reason", NULL);
    json_obj(&j, "ms");
    json_fixed(&j, "dns", 8, 1);
    json_fixed(&j, "total", -1234, 3);
    json_fixed(&j, "whole", 7, 0);
    json_end(&j);
    json_arr(&j, "steps");
    json_end(&j);
    json_arr(&j, "list");
    json_int(&j, NULL, INT64_MIN);
    json_bool(&j, NULL, true);
    json_bool(&j, NULL, false);
    json_nil(&j, NULL);
    json_obj(&j, NULL);
    json_end(&j);
    json_raw(&j, NULL, "[1]", 3);
    json_end(&j);
    json_time(&j, "opened", (wall_t){1767323045678});
    json_time(&j, "resolved", (wall_t){0});
    json_end(&j);
    assert_false(out.failed);
    assert_string_equal(
        buf_text(&out),
        "{\"check\":\"home\",\"reason\":null,\"ms\":{\"dns\":0.8,"
        "\"total\":-1.234,\"whole\":7},\"steps\":[],"
        "\"list\":[-9223372036854775808,true,false,null,{},[1]],"
        "\"opened\":\"2026-01-02T03:04:05.678Z\",\"resolved\":null}");
    buf_free(&out);
}

static void
test_pretty(void **state)
{
    struct buf out;
    struct json j;

    (void)state;
    buf_init(&out, 1000);
    j = json_begin(&out);
    j.pretty = true;
    json_obj(&j, NULL);
    json_arr(&j, "a");
    json_int(&j, NULL, 1);
    json_int(&j, NULL, 2);
    json_end(&j);
    json_obj(&j, "b");
    json_end(&j);
    json_end(&j);
    assert_string_equal(buf_text(&out),
                        "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}");
    buf_free(&out);
}

/* Two values at the top are two lines' business, not a list. */
static void
test_lines(void **state)
{
    struct buf out;
    struct json j;

    (void)state;
    buf_init(&out, 1000);
    j = json_begin(&out);
    json_int(&j, NULL, 1);
    (void)buf_add_char(&out, '\n');
    json_int(&j, NULL, 2);
    assert_string_equal(buf_text(&out), "1\n2");
    buf_free(&out);
}

/* Every byte value once, as text: another reader must take it and give back
 * the same, with U+FFFD for each byte that is not UTF-8. */
static void
test_every_byte(void **state)
{
    char text[256];
    struct buf out;
    struct json j;
    json_t *back;

    (void)state;
    for (int i = 0; i < 256; i++)
        text[i] = (char)i;
    buf_init(&out, 10000);
    j = json_begin(&out);
    json_strn(&j, NULL, text, sizeof text);
    back = json_loadb(buf_text(&out), out.len, JSON_DECODE_ANY | JSON_ALLOW_NUL,
                      NULL);
    assert_non_null(back);
    assert_int_equal(json_string_length(back), 128 + 128 * 3);
    assert_memory_equal(json_string_value(back), text, 128);
    for (size_t i = 0; i < 128; i++)
        assert_memory_equal(json_string_value(back) + 128 + 3 * i,
                            "\xEF\xBF\xBD", 3);
    json_decref(back);
    buf_free(&out);
}

static void
test_text(void **state)
{
    struct buf out;
    struct json j;

    (void)state;
    buf_init(&out, 1000);
    j = json_begin(&out);
    json_str(&j, NULL, "\xC3\xA9 \"q\" \\ \n\x01 \xED\xA0\x80");
    assert_string_equal(buf_text(&out),
                        "\"\xC3\xA9 \\\"q\\\" \\\\ \\n\\u0001 "
                        "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
    buf_free(&out);
}

static void
test_full_buffer(void **state)
{
    struct buf out;
    struct json j;

    (void)state;
    buf_init(&out, 10);
    j = json_begin(&out);
    json_obj(&j, NULL);
    json_str(&j, "key", "too long for it");
    json_end(&j);
    assert_true(out.failed);
    assert_true(out.len <= 10);
    buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_line), cmocka_unit_test(test_pretty),
        cmocka_unit_test(test_lines),    cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_text),     cmocka_unit_test(test_full_buffer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
