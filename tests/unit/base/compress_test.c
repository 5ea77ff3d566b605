/* compress_test.c - there and back, bombs, and every kind of damage. */
#include "base/compress.c"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define BIG 1000000

static void
test_there_and_back(void **state)
{
    static char big[BIG];
    struct buf packed;
    struct buf back;

    (void)state;
    for (size_t i = 0; i < BIG; i++)
        big[i] = (char)(i * i >> 7);
    buf_init(&packed, 2 * BIG);
    buf_init(&back, BIG + 2);
    assert_int_equal(buf_add_str(&back, "> "), 0);
    assert_int_equal(compress_pack(&packed, big, BIG), 0);
    assert_true(packed.len < BIG);
    assert_int_equal(compress_unpack(&back, packed.data, packed.len), 0);
    assert_int_equal(back.len, BIG + 2);
    assert_memory_equal(back.data + 2, big, BIG);

    buf_reset(&packed);
    buf_reset(&back);
    assert_int_equal(compress_pack(&packed, "", 0), 0);
    assert_int_equal(compress_unpack(&back, packed.data, packed.len), 0);
    assert_int_equal(back.len, 0);
    buf_free(&packed);
    buf_free(&back);
}

static void
test_bomb(void **state)
{
    static const char zeros[BIG];
    struct buf packed;
    struct buf back;

    (void)state;
    buf_init(&packed, 1000);
    buf_init(&back, 999);
    assert_int_equal(compress_pack(&packed, zeros, BIG), 0);
    assert_int_equal(compress_unpack(&back, packed.data, packed.len), -1);
    assert_int_equal(back.len, 0);
    assert_true(back.cap <= 1000);
    buf_free(&packed);

    /* The output's limit holds for packing too. */
    buf_init(&packed, 10);
    assert_int_equal(compress_pack(&packed, zeros, BIG), -1);
    buf_free(&packed);
    buf_free(&back);
}

/* A frame that does not say its size is a bomb that hides. */
static void
test_bomb_without_a_size(void **state)
{
    static const char zeros[BIG];
    static char frame[10000];
    ZSTD_CCtx *ctx = ZSTD_createCCtx();
    struct buf back;
    size_t len;

    (void)state;
    ZSTD_CCtx_setParameter(ctx, ZSTD_c_contentSizeFlag, 0);
    len = ZSTD_compress2(ctx, frame, sizeof frame, zeros, BIG);
    assert_false(ZSTD_isError(len));
    ZSTD_freeCCtx(ctx);
    buf_init(&back, BIG - 1);
    assert_int_equal(compress_unpack(&back, frame, len), -1);
    assert_int_equal(back.len, 0);
    buf_free(&back);
    buf_init(&back, BIG);
    assert_int_equal(compress_unpack(&back, frame, len), 0);
    assert_int_equal(back.len, BIG);
    buf_free(&back);
}

static void
test_damage(void **state)
{
    struct buf packed;
    struct buf back;

    (void)state;
    buf_init(&packed, 1000);
    buf_init(&back, 100000);
    assert_int_equal(compress_unpack(&back, "", 0), -1);
    assert_int_equal(compress_unpack(&back, "plain text", 10), -1);
    assert_int_equal(
        compress_pack(&packed, "results results and results again", 33), 0);
    for (size_t cut = 0; cut < packed.len; cut++)
        assert_int_equal(compress_unpack(&back, packed.data, cut), -1);
    for (size_t bit = 0; bit < 8 * packed.len; bit++) {
        uint8_t mask = (uint8_t)(1U << bit % 8);

        packed.data[bit / 8] ^= mask;
        if (compress_unpack(&back, packed.data, packed.len) == 0)
            assert_string_equal(buf_text(&back),
                                "results results and results again");
        buf_reset(&back);
        packed.data[bit / 8] ^= mask;
    }
    assert_int_equal(buf_add_char(&packed, 'x'), 0);
    assert_int_equal(compress_unpack(&back, packed.data, packed.len), -1);
    assert_int_equal(back.len, 0);
    buf_free(&packed);
    buf_free(&back);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_bomb),
        cmocka_unit_test(test_bomb_without_a_size),
        cmocka_unit_test(test_damage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
