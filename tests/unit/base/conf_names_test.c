#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include <stdio.h>

#include "base/conf_names.c"

#define MANY 3000

static void
finds_the_first_of_a_name_in_its_group(void **state)
{
    static char text[MANY][8];
    static struct conf_lex_token tokens[MANY];
    struct conf_names names = {0};

    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        int len = snprintf(text[i], sizeof(text[i]), "n%zu", i);

        tokens[i].text = text[i];
        tokens[i].len = (size_t)len;
        assert_null(conf_names_add(&names, 1, &tokens[i]));
        assert_null(conf_names_add(&names, 2 + i, &tokens[i]));
    }
    for (size_t i = 0; i < MANY; i++) {
        struct conf_lex_token again = tokens[i];

        assert_ptr_equal(conf_names_add(&names, 1, &again), &tokens[i]);
    }
    assert_int_equal(names.count, 2 * MANY);
    conf_names_clear(&names);
    assert_null(names.slots);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_first_of_a_name_in_its_group),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
