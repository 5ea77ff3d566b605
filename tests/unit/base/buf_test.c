/* buf_test.c - the limit, the sticky failure, and reads past the end. */
#include "base/buf.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
test_add_up_to_the_limit(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 5);
    assert_string_equal(buf_text(&buf), "");
    assert_int_equal(buf_add_str(&buf, "abc"), 0);
    assert_int_equal(buf_addf(&buf, "%d", 12), 0);
    assert_string_equal(buf_text(&buf), "abc12");
    assert_int_equal(buf_add_char(&buf, 'x'), -1);
    assert_true(buf.failed);
    assert_string_equal(buf_text(&buf), "abc12");
    assert_int_equal(buf_add(&buf, "", 0), -1);
    buf_reset(&buf);
    assert_int_equal(buf_addf(&buf, "%s", "123456"), -1);
    assert_string_equal(buf_text(&buf), "");
    assert_int_equal(buf_add_char(&buf, 'x'), -1);
    buf_free(&buf);
    assert_false(buf.failed);
    assert_int_equal(buf.max, 5);
}

static void
test_limits_at_both_ends(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 0);
    assert_int_equal(buf_add(&buf, NULL, 0), 0);
    assert_int_equal(buf_add_char(&buf, 'x'), -1);
    buf_free(&buf);
    buf_init(&buf, SIZE_MAX);
    assert_int_equal(buf_add_char(&buf, 'x'), 0);
    assert_int_equal(buf_add(&buf, "y", SIZE_MAX), -1);
    buf_free(&buf);
}

static void
test_format_grows(void **state)
{
    struct buf buf;
    char want[1001];

    (void)state;
    memset(want, 'z', 1000);
    want[1000] = '\0';
    buf_init(&buf, 1000);
    assert_int_equal(buf_addf(&buf, "%s", want), 0);
    assert_int_equal(buf.len, 1000);
    assert_string_equal(buf_text(&buf), want);
    buf_free(&buf);
}

static void
test_take(void **state)
{
    struct buf buf;
    size_t len = 9;
    uint8_t *data;

    (void)state;
    buf_init(&buf, 100);
    data = buf_take(&buf, &len);
    assert_int_equal(len, 0);
    assert_int_equal(data[0], 0);
    free(data);
    assert_int_equal(buf_add_str(&buf, "mine"), 0);
    data = buf_take(&buf, NULL);
    assert_string_equal((char *)data, "mine");
    assert_int_equal(buf.len, 0);
    assert_int_equal(buf_add_str(&buf, "again"), 0);
    assert_string_equal((char *)data, "mine");
    free(data);
    buf_free(&buf);
}

static void
test_drop_front(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 100);
    buf_drop_front(&buf, 0);
    assert_int_equal(buf_add_str(&buf, "header body"), 0);
    buf_drop_front(&buf, 7);
    assert_string_equal(buf_text(&buf), "body");
    buf_drop_front(&buf, 4);
    assert_string_equal(buf_text(&buf), "");
    buf_free(&buf);
}

static void
test_integers_on_the_wire(void **state)
{
    static const uint8_t want[] = {0x01, 0x12, 0x34, 0x78, 0x56, 0x34, 0x12, 8,
                                   7,    6,    5,    4,    3,    2,    1};
    struct buf_reader r;
    struct buf buf;

    (void)state;
    buf_init(&buf, 100);
    buf_add_u8(&buf, 1);
    buf_add_be16(&buf, 0x1234);
    buf_add_le32(&buf, 0x12345678);
    buf_add_le64(&buf, 0x0102030405060708);
    assert_int_equal(buf.len, sizeof want);
    assert_memory_equal(buf.data, want, sizeof want);
    buf_free(&buf);

    r = buf_reader(want, sizeof want);
    assert_int_equal(buf_get_u8(&r), 1);
    assert_int_equal(buf_get_be16(&r), 0x1234);
    assert_int_equal(buf_get_le32(&r), 0x12345678);
    assert_true(buf_get_le64(&r) == 0x0102030405060708);
    assert_int_equal(r.left, 0);
    assert_false(r.failed);
    r = buf_reader(want, 4);
    assert_int_equal(buf_get_be32(&r), 0x01123478);
}

static void
test_reads_past_the_end(void **state)
{
    static const uint8_t bytes[3] = {1, 2, 3};
    struct buf_reader r = buf_reader(bytes, 3);

    (void)state;
    assert_int_equal(buf_get_le32(&r), 0);
    assert_true(r.failed);
    /* Failed once is failed: a shorter read must not resume in the middle. */
    assert_int_equal(buf_get_u8(&r), 0);
    assert_null(buf_get(&r, 0));

    r = buf_reader(NULL, 0);
    assert_non_null(buf_get(&r, 0));
    assert_null(buf_get(&r, SIZE_MAX));
    assert_true(r.failed);
}

static void
test_a_wiping_buffer_leaves_nothing(void **state)
{
    struct buf buf;
    uint8_t *old;

    (void)state;
    buf_init_wiping(&buf, 100);
    assert_int_equal(buf_add_str(&buf, "hunter2"), 0);
    old = buf.data;
    buf_reset(&buf);
    assert_ptr_equal(buf.data, old);
    for (size_t i = 0; i < buf.cap; i++)
        assert_int_equal(buf.data[i], 0);
    /* It grows by copying. */
    assert_int_equal(buf_add_str(&buf, "hunter2"), 0);
    for (int i = 0; i < 93; i++)
        assert_int_equal(buf_add_char(&buf, 'x'), 0);
    assert_int_equal(buf_add_char(&buf, 'x'), -1);
    assert_int_equal(buf.len, 100);
    assert_memory_equal(buf.data, "hunter2xxx", 10);
    buf_free(&buf);
    assert_true(buf.wipes);
    assert_int_equal(buf.max, 100);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add_up_to_the_limit),
        cmocka_unit_test(test_limits_at_both_ends),
        cmocka_unit_test(test_format_grows),
        cmocka_unit_test(test_take),
        cmocka_unit_test(test_drop_front),
        cmocka_unit_test(test_integers_on_the_wire),
        cmocka_unit_test(test_reads_past_the_end),
        cmocka_unit_test(test_a_wiping_buffer_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
