/* arena_test.c - the limit holds, memory is aligned, zeroed and apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/arena.c"

static void
pieces_are_apart_and_zero(void **state)
{
    struct arena *arena = arena_create(1 << 20);
    uint8_t *piece[200];

    (void)state;
    for (size_t i = 0; i < 200; i++) {
        piece[i] = arena_add(arena, i * 7);
        assert_non_null(piece[i]);
        assert_int_equal((uintptr_t)piece[i] % _Alignof(max_align_t), 0);
        for (size_t k = 0; k < i * 7; k++) {
            assert_int_equal(piece[i][k], 0);
            piece[i][k] = (uint8_t)i;
        }
    }
    for (size_t i = 0; i < 200; i++)
        for (size_t k = 0; k < i * 7; k++)
            assert_int_equal(piece[i][k], i);
    arena_free(arena);
}

static void
limit_holds_for_small_and_large(void **state)
{
    struct arena *arena = arena_create(10000);
    size_t given = 0;

    (void)state;
    assert_null(arena_add(arena, 10001));
    assert_null(arena_add(arena, SIZE_MAX));
    assert_null(arena_add_array(arena, SIZE_MAX / 2, 3));
    while (arena_add(arena, 16) != NULL)
        given += 16;
    assert_true(given <= 10000);
    assert_true(given >= 9900);
    arena_free(arena);
    arena_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_apart_and_zero),
        cmocka_unit_test(limit_holds_for_small_and_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
