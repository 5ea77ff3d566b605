/* spec_link_test.c - a check's links made out for a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/spec_link.c"

static void
check(const char *text, const char *want)
{
    struct template_error error;
    struct id id = {{0xab, 0xcd}};
    struct spec_link_run run = {"pay", "fra", &id};
    struct spec_field link = {.value = template_parse(text, &error)};
    struct buf out;

    assert_non_null(link.value);
    buf_init(&out, 4096);
    assert_int_equal(spec_link_add(&out, &link, &run), want != NULL ? 0 : -1);
    assert_string_equal(buf_text(&out), want != NULL ? want : "");
    buf_free(&out);
    template_free(link.value);
}

static void
names_of_the_run_are_known(void **state)
{
    (void)state;
    check("https://apm.example/t/${run.id}?c=${check}&r=${region}",
          "https://apm.example/t/abcd0000000000000000000000000000?c=pay&r=fra");
    check("https://wiki.example/", "https://wiki.example/");
}

static void
what_is_not_known_makes_no_link(void **state)
{
    (void)state;
    check("https://apm.example/${secret.key}", NULL);
    check("https://apm.example/${order}", NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_the_run_are_known),
        cmocka_unit_test(what_is_not_known_makes_no_link),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
