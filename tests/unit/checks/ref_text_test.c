#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include <stdlib.h>

#include "checks/ref_text.c"

static void
references_are_found_and_hidden(void **state)
{
    static const struct {
        const char *text;
        const char *plain;
    } rows[] = {
        {"", ""},
        {"a $b {c}", "a $b {c}"},
        {"${x}", "1111"},
        {"a${x}b${yz}", "a1111b11111"},
        {"$${x} $$${y}", "$${x} $$${y}"},
        {"${url('a}b')}/c", "1111111111111/c"},
        {"${x", "111"},
        {"${", "11"},
        {"'${a}' >= ${b}", "'1111' >= 1111"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *plain = ref_text_plain(rows[i].text);

        assert_string_equal(plain, rows[i].plain);
        free(plain);
    }
    assert_null(ref_text_next("a$${b"));
    assert_int_equal(ref_text_len("${'it''s}'}x"), 11);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references_are_found_and_hidden),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
