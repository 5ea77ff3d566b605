/* Where tags end and what they are called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/starttls_tag.c"

static long
cut(const char *text)
{
    struct starttls talk = {.kind = STARTTLS_XMPP};

    talk.len = talk.heard = strlen(text);
    memcpy(talk.unit, text, talk.len);
    return starttls_cut_tag(&talk);
}

static void
tags_are_cut(void **state)
{
    (void)state;
    assert_int_equal(cut("<a>b"), 3);
    assert_int_equal(cut(" \n<a/>"), 6);
    assert_int_equal(cut("<a b='>'>"), 9);
    assert_int_equal(cut("<a b=\">'\">"), 10);
    assert_int_equal(cut("<a b='>"), 0);
    assert_int_equal(cut("  "), 0);
    assert_int_equal(cut("x<a>"), -1);
}

static void
names_are_read(void **state)
{
    (void)state;
    assert_true(is_tag("<a>", 3, "a"));
    assert_true(is_tag("<x:a/>", 6, "a"));
    assert_true(is_tag("</x:a>", 6, "a"));
    assert_true(is_tag("<a b='c'>", 9, "a"));
    assert_false(is_tag("<ab>", 4, "a"));
    assert_false(is_tag("<>", 2, "a"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tags_are_cut),
        cmocka_unit_test(names_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
