/* wiped_heap_test.c - what is freed is cleared before free() has it; this
 * test's own free() looks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static unsigned freed;
static unsigned unclean;
static bool is_scarce;

static void
watched_free(void *block)
{
    const unsigned char *bytes = block;

    freed++;
    for (size_t i = 0; i < malloc_usable_size(block); i++)
        unclean += bytes[i] != 0;
    free(block);
}

static void *
scarce_malloc(size_t size)
{
    return is_scarce ? NULL : malloc(size);
}

#define free(block)  watched_free(block)
#define malloc(size) scarce_malloc(size)
#include "base/wiped_heap.c"
#undef malloc
#undef free

/* Of a size that the compiler does not know: it would have us write only what
 * was asked for. */
static void *
block_of(size_t size)
{
    void *(*volatile get)(size_t) = malloc;
    char *block = get(size);

    assert_non_null(block);
    memset(block, 's', malloc_usable_size(block));
    return block;
}

static int
setup(void **state)
{
    (void)state;
    freed = unclean = 0;
    return 0;
}

static void
what_is_freed_is_cleared(void **state)
{
    (void)state;
    for (size_t size = 1; size < 5000; size = size * 3 + 1)
        wiped_heap_free(block_of(size));
    assert_int_equal(freed, 8);
    assert_int_equal(unclean, 0);
    wiped_heap_free(NULL);
    assert_int_equal(freed, 8);
}

static void
what_moves_is_whole_and_leaves_nothing(void **state)
{
    char *block = block_of(100);
    char *moved;

    (void)state;
    memcpy(block, "secret", 7);
    moved = wiped_heap_realloc(block, 100000);
    assert_non_null(moved);
    assert_string_equal(moved, "secret");
    assert_int_equal(freed, 1);
    assert_int_equal(unclean, 0);
    assert_ptr_equal(wiped_heap_realloc(moved, 10), moved);
    assert_int_equal(freed, 1);
    wiped_heap_free(moved);
    assert_int_equal(unclean, 0);
    moved = wiped_heap_realloc(NULL, 10);
    assert_non_null(moved);
    wiped_heap_free(moved);
}

static void
what_cannot_grow_stands(void **state)
{
    char *block = block_of(20);

    (void)state;
    is_scarce = true;
    assert_null(wiped_heap_realloc(block, 1000));
    is_scarce = false;
    assert_int_equal(block[19], 's');
    assert_int_equal(freed, 0);
    wiped_heap_free(block);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_freed_is_cleared, setup),
        cmocka_unit_test_setup(what_moves_is_whole_and_leaves_nothing, setup),
        cmocka_unit_test_setup(what_cannot_grow_stands, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
