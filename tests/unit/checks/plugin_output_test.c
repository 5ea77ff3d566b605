#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "checks/plugin_output.c"

static void
parse(struct plugin_output *output, const char *text)
{
    plugin_output_parse(output, text, strlen(text));
}

static void
assert_text(const char *text, size_t len, const char *want)
{
    if (len != strlen(want) || memcmp(text, want, len) != 0)
        fail_msg("`%.*s` is not `%s`", (int)len, text, want);
}

static void
assert_perf(const struct plugin_output *output, size_t i, const char *label,
            const char *value, const char *unit)
{
    assert_true(i < output->perf_count);
    assert_string_equal(output->perf[i].label, label);
    assert_string_equal(output->perf[i].value, value);
    assert_string_equal(output->perf[i].unit, unit);
}

/* The example of the plugins' guidelines. */
static void
the_guidelines_example(void **state)
{
    struct plugin_output o;

    (void)state;
    parse(&o, "DISK OK - free space: / 3326 MB (56%); | "
              "/=2643MB;5948;5958;0;5968\n"
              "/ 15272 MB (77%);\n"
              "/boot 68 MB (69%);\n"
              "/home 69357 MB (27%); \n"
              "/var/log 819 MB (84%); | /boot=68MB;88;93;0;98\n"
              "/home=69357MB;253404;253409;0;253414 \n"
              "/var/log=818MB;970;975;0;980\n");
    assert_text(o.text, o.text_len, "DISK OK - free space: / 3326 MB (56%);");
    assert_text(o.more, o.more_len,
                "/ 15272 MB (77%);\n/boot 68 MB (69%);\n"
                "/home 69357 MB (27%); \n/var/log 819 MB (84%);");
    assert_int_equal(o.perf_count, 4);
    assert_perf(&o, 0, "/", "2643", "MB");
    assert_perf(&o, 1, "/boot", "68", "MB");
    assert_perf(&o, 2, "/home", "69357", "MB");
    assert_perf(&o, 3, "/var/log", "818", "MB");
    assert_int_equal(o.left_out, 0);
}

static void
labels_and_values_of_every_kind(void **state)
{
    struct plugin_output o;

    (void)state;
    parse(&o, "x|'a b'=1.5s;; 'it''s'=-2% time=+.25 z=100. c=7c;1:;~:2;0;10");
    assert_int_equal(o.perf_count, 5);
    assert_perf(&o, 0, "a b", "1.5", "s");
    assert_perf(&o, 1, "it's", "-2", "%");
    assert_perf(&o, 2, "time", "+.25", "");
    assert_perf(&o, 3, "z", "100.", "");
    assert_perf(&o, 4, "c", "7", "c");
    assert_true(o.perf[0].number > 1.49 && o.perf[0].number < 1.51);
    assert_true(o.perf[1].number < -1.99 && o.perf[1].number > -2.01);
    assert_true(o.perf[2].number > 0.24 && o.perf[2].number < 0.26);
}

static void
small_numbers_as_programs_print_them(void **state)
{
    struct plugin_output o;

    (void)state;
    parse(&o, "x|a=1.5e-05s;1 b=2E+3 c=7e d=7eV e=1e3ms");
    assert_int_equal(o.perf_count, 5);
    assert_perf(&o, 0, "a", "1.5e-05", "s");
    assert_true(o.perf[0].number > 1.4e-05 && o.perf[0].number < 1.6e-05);
    assert_perf(&o, 1, "b", "2E+3", "");
    assert_true(o.perf[1].number > 1999 && o.perf[1].number < 2001);
    assert_perf(&o, 2, "c", "7", "e");
    assert_perf(&o, 3, "d", "7", "eV");
    assert_perf(&o, 4, "e", "1e3", "ms");
}

static void
what_cannot_be_read_is_left_out(void **state)
{
    static const char *const wrong[] = {
        "x|a",       "x|=1",
        "x|a=",      "x|a=U",
        "x|a=1.2.3", "x|a=--",
        "x|a=1-2",   "x|'a=1",
        "x|a=.",     "x|''=1",
        "x|a b",     "x|a='1'",
        "x|a=1,5s",  "x|a=1toolongunit",
        "x|a=1e999", "x|a=0.0000000000000000001e-05",
    };
    static const char zeros[] = "x|a\0b=1 \0=2 c=3\0 d=4";
    struct plugin_output o;
    char text[400];

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        parse(&o, wrong[i]);
        if (o.perf_count != 0 || o.left_out == 0)
            fail_msg("%s: %zu figures", wrong[i], o.perf_count);
        (void)snprintf(text, sizeof text, "%s\nmore|good=1", wrong[i]);
        parse(&o, text);
        assert_int_equal(o.perf_count, 1);
        assert_string_equal(o.perf[0].label, "good");
    }
    plugin_output_parse(&o, zeros, sizeof zeros - 1);
    assert_int_equal(o.perf_count, 2);
    assert_perf(&o, 0, "c", "3", "");
    assert_perf(&o, 1, "d", "4", "");
    (void)snprintf(text, sizeof text, "x|%0100d=1 b=2", 7);
    parse(&o, text);
    assert_int_equal(o.perf_count, 1);
    assert_perf(&o, 0, "b", "2", "");
}

static void
there_is_a_limit(void **state)
{
    char text[2000] = "x|";
    struct plugin_output o;

    (void)state;
    for (int i = 0; i < 100; i++)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text),
                       "l%d=%d ", i, i);
    parse(&o, text);
    assert_int_equal(o.perf_count, PLUGIN_PERF_MAX);
    assert_int_equal(o.left_out, 100 - PLUGIN_PERF_MAX);
    assert_perf(&o, 63, "l63", "63", "");
}

static void
little_or_nothing(void **state)
{
    struct plugin_output o;

    (void)state;
    parse(&o, "");
    assert_text(o.text, o.text_len, "");
    assert_text(o.more, o.more_len, "");
    assert_int_equal(o.perf_count, 0);
    parse(&o, "  OK  \r\n");
    assert_text(o.text, o.text_len, "OK");
    assert_text(o.more, o.more_len, "");
    parse(&o, "|");
    assert_text(o.text, o.text_len, "");
    parse(&o, "\nonly this\n");
    assert_text(o.text, o.text_len, "");
    assert_text(o.more, o.more_len, "only this");
    parse(&o, "OK|a=1\n\n|b=2\nc=3");
    assert_int_equal(o.perf_count, 3);
    assert_text(o.more, o.more_len, "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_guidelines_example),
        cmocka_unit_test(labels_and_values_of_every_kind),
        cmocka_unit_test(small_numbers_as_programs_print_them),
        cmocka_unit_test(what_cannot_be_read_is_left_out),
        cmocka_unit_test(there_is_a_limit),
        cmocka_unit_test(little_or_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
