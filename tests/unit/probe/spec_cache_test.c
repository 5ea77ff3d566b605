/* spec_cache_test.c - the least recently asked for goes first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/spec_cache.c"

#include "base/clock.h"
#include "fake_engine.h"

static void
the_oldest_goes(void **state)
{
    struct spec_cache cache = {.max = 3};
    struct spec_slot slot[5] = {{0}};
    char why[64];

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_non_null(
            spec_cache_get(&cache, &slot[i], "every 1", why, sizeof(why)));
    assert_non_null(
        spec_cache_get(&cache, &slot[0], "every 1", why, sizeof(why)));
    assert_int_equal(fake_engine_compiled, 3);
    assert_non_null(
        spec_cache_get(&cache, &slot[3], "every 1", why, sizeof(why)));
    assert_null(slot[1].spec);
    assert_non_null(slot[0].spec);
    assert_int_equal(fake_engine_specs, 3);
    assert_null(spec_cache_get(&cache, &slot[4], "no", why, sizeof(why)));
    assert_string_equal(why, "not a fake check");
    for (int i = 0; i < 5; i++)
        spec_cache_remove(&cache, &slot[i]);
    assert_int_equal(fake_engine_specs, 0);
    assert_int_equal(cache.count, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_oldest_goes)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
