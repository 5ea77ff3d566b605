#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/paint.c"

static void
test_a_file_gets_no_colour_unless_forced(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    unsetenv("FORCE_COLOR");
    assert_false(paint_of(file).colour);
    setenv("FORCE_COLOR", "1", 1);
    assert_true(paint_of(file).colour);
    unsetenv("FORCE_COLOR");
    fclose(file);
}

static void
test_locale_and_width(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    setenv("LC_ALL", "C", 1);
    setenv("COLUMNS", "100", 1);
    assert_false(paint_of(file).blocks);
    assert_int_equal(paint_of(file).width, 100);
    setenv("LC_ALL", "en_US.UTF-8", 1);
    setenv("COLUMNS", "garbage", 1);
    assert_true(paint_of(file).blocks);
    assert_int_equal(paint_of(file).width, WIDTH_DEFAULT);
    unsetenv("COLUMNS");
    fclose(file);
}

static void
test_the_word_stands_without_colour(void **state)
{
    (void)state;
    struct buf out;
    struct paint plain = {.width = 80}, colour = {.colour = true};
    buf_init(&out, 100);
    paint_status(&out, &plain, STATUS_DEGRADED);
    assert_string_equal(buf_text(&out), "DEGRADED");
    buf_reset(&out);
    paint_status(&out, &colour, STATUS_DOWN);
    assert_string_equal(buf_text(&out), "\x1b[31;1mDOWN\x1b[0m");
    buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_gets_no_colour_unless_forced),
        cmocka_unit_test(test_locale_and_width),
        cmocka_unit_test(test_the_word_stands_without_colour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
