/* The newest lookups of a look are kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/lookup.c"

#include <stdio.h>

#include "base/loop.h"

static void
the_oldest_makes_room(void **state)
{
    struct loop *loop = loop_create();
    struct look look;

    (void)state;
    look_init(&look, loop);
    for (int i = 0; i < LOOKUPS_MAX + 2; i++) {
        char host[16];

        (void)snprintf(host, sizeof(host), "h%d", i);
        lookup_add(&look, host)->resent = i;
    }
    assert_int_equal(look.seen.lookup_count, LOOKUPS_MAX);
    assert_string_equal(look.seen.lookup[0].host, "h2");
    assert_string_equal(look.seen.lookup[LOOKUPS_MAX - 1].host, "h5");
    assert_int_equal(look.seen.lookup[LOOKUPS_MAX - 1].resent, 5);
    look_free(&look);
    loop_free(loop);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_oldest_makes_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
