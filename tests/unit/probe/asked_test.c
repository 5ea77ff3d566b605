/* Once each, and the oldest is forgotten first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/asked.c"

static void
once_each(void **state)
{
    struct asked asked = {0};
    struct id first = id_random();
    struct id second = id_random();

    (void)state;
    assert_false(asked_has(&asked, &first));
    asked_add(&asked, &first);
    asked_add(&asked, &second);
    assert_true(asked_has(&asked, &first));
    for (size_t i = 0; i + 1 < ASKED_MAX; i++) {
        struct id other = id_random();

        asked_add(&asked, &other);
    }
    assert_false(asked_has(&asked, &first));
    assert_true(asked_has(&asked, &second));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(once_each),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
