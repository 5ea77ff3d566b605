/* Bytes that were given are nowhere else, and come once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random_pool.c"

#define TAKEN 16
#define TIMES 200 /* over several fillings */

static void
no_byte_is_given_twice(void **state)
{
    static uint8_t given[TIMES][TAKEN];
    struct random_pool pool = {0};

    (void)state;
    for (size_t i = 0; i < TIMES; i++) {
        random_pool_get(&pool, given[i], TAKEN);
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(given[i], given[k], TAKEN);
        for (size_t at = 0; at + TAKEN <= RANDOM_POOL_BYTES; at++)
            assert_memory_not_equal(pool.byte + at, given[i], TAKEN);
    }
    random_pool_clear(&pool);
    assert_int_equal(pool.left, 0);
}

static void
any_length_is_whole(void **state)
{
    static const uint8_t none[RANDOM_POOL_BYTES];
    struct random_pool pool = {0};
    uint8_t out[RANDOM_POOL_BYTES + 1] = {0};

    (void)state;
    for (size_t len = TAKEN; len <= RANDOM_POOL_BYTES; len += 31) {
        memset(out, 0, sizeof(out));
        random_pool_get(&pool, out, len);
        assert_memory_not_equal(out + len - TAKEN, none, TAKEN);
        assert_int_equal(out[len], 0);
    }
    random_pool_get(&pool, out, RANDOM_POOL_BYTES);
    assert_int_equal(pool.left, 0);
    assert_memory_equal(pool.byte, none, RANDOM_POOL_BYTES);
    random_pool_get(&pool, out, 0);
    assert_int_equal(pool.left, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_byte_is_given_twice),
        cmocka_unit_test(any_length_is_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
