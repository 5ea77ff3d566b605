#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/ws_frame.c"

#define BYTES(...) ((const uint8_t[]){__VA_ARGS__})

/* A server's frame, as the standard draws it; written here once more. */
static size_t
frame(uint8_t *to, unsigned first, const void *payload, size_t len)
{
    size_t at = 0;

    to[at++] = (uint8_t)first;
    if (len < 126) {
        to[at++] = (uint8_t)len;
    } else if (len < 65536) {
        to[at++] = 126;
        to[at++] = (uint8_t)(len >> 8);
        to[at++] = (uint8_t)len;
    } else {
        to[at++] = 127;
        for (int i = 7; i >= 0; i--)
            to[at++] = (uint8_t)((uint64_t)len >> (8 * i));
    }
    memcpy(to + at, payload, len);
    return at + len;
}

static void
expect_bad(const uint8_t *data, size_t len, unsigned code, const char *why)
{
    struct ws_reader reader;
    enum ws_step step = WS_MORE;
    size_t used;

    ws_reader_init(&reader, 1000);
    while (len > 0 && step != WS_BAD) {
        step = ws_reader_take(&reader, data, len, &used);
        data += used;
        len -= used;
        if (step == WS_MORE)
            break;
    }
    if (step != WS_BAD || strstr(reader.why, why) == NULL)
        fail_msg("want `%s`, got %d `%s`", why, (int)step, reader.why);
    assert_int_equal(reader.why_code, code);
    /* It takes no more. */
    assert_int_equal(ws_reader_take(&reader, data, 0, &used), WS_BAD);
    ws_reader_free(&reader);
}

/* The examples of RFC 6455, 5.7. */
static void
the_standards_examples(void **state)
{
    static const uint8_t hello[] = {0x81, 0x05, 'H', 'e', 'l', 'l', 'o'};
    static const uint8_t parts[] = {0x01, 0x03, 'H', 'e', 'l',
                                    0x80, 0x02, 'l', 'o'};
    static const uint8_t masked[] = {0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d,
                                     0x7f, 0x9f, 0x4d, 0x51, 0x58};
    static const uint8_t mask[] = {0x37, 0xfa, 0x21, 0x3d};
    struct ws_reader reader;
    struct buf out;
    size_t used;

    (void)state;
    ws_reader_init(&reader, 100);
    assert_int_equal(ws_reader_take(&reader, hello, sizeof hello, &used),
                     WS_WHOLE);
    assert_int_equal(used, sizeof hello);
    assert_int_equal(reader.opcode, WS_TEXT);
    assert_string_equal(reader.data, "Hello");
    assert_int_equal(reader.frames, 1);
    assert_int_equal(ws_reader_take(&reader, parts, sizeof parts, &used),
                     WS_WHOLE);
    assert_int_equal(used, sizeof parts);
    assert_string_equal(reader.data, "Hello");
    assert_int_equal(reader.frames, 2);
    ws_reader_free(&reader);

    buf_init(&out, 100);
    assert_int_equal(ws_frame_encode(&out, WS_TEXT, "Hello", 5, mask), 0);
    assert_int_equal(out.len, sizeof masked);
    assert_memory_equal(out.data, masked, sizeof masked);
    buf_free(&out);
}

static void
cut_anywhere_it_is_the_same(void **state)
{
    uint8_t all[1200];
    size_t len = frame(all, 0x02, "\x00\xff", 2); /* binary, not final */
    struct ws_reader reader;
    char part[300];

    (void)state;
    memset(part, 'x', sizeof part);
    len += frame(all + len, 0x89, "ping", 4); /* between fragments */
    len += frame(all + len, 0x00, "", 0);
    len += frame(all + len, 0x80, part, sizeof part);
    for (size_t chunk = 1; chunk <= len; chunk++) {
        int pings = 0;
        int messages = 0;

        ws_reader_init(&reader, 1000);
        for (size_t at = 0; at < len;) {
            size_t n = len - at < chunk ? len - at : chunk;
            size_t used;
            enum ws_step step = ws_reader_take(&reader, all + at, n, &used);

            assert_int_not_equal(step, WS_BAD);
            assert_true(step == WS_WHOLE || used == n);
            at += used;
            if (step == WS_WHOLE && reader.opcode == WS_PING) {
                assert_string_equal(reader.data, "ping");
                pings++;
            } else if (step == WS_WHOLE) {
                assert_int_equal(reader.opcode, WS_BINARY);
                assert_int_equal(reader.len, 302);
                assert_memory_equal(reader.data, "\x00\xff", 2);
                assert_int_equal(reader.frames, 3);
                messages++;
            }
        }
        assert_int_equal(pings, 1);
        assert_int_equal(messages, 1);
        ws_reader_free(&reader);
    }
}

static void
sixteen_and_sixty_four_bits_of_length(void **state)
{
    static const size_t sizes[] = {0, 125, 126, 65535, 65536, 70000};
    static const uint8_t mask[] = {1, 2, 3, 4};
    uint8_t *payload = test_malloc(70000);
    uint8_t *bytes = test_malloc(70100);

    (void)state;
    memset(payload, 'a', 70000);
    for (size_t i = 0; i < 6; i++) {
        size_t len = frame(bytes, 0x82, payload, sizes[i]);
        struct ws_reader reader;
        struct buf out;
        size_t used;

        ws_reader_init(&reader, 70000);
        assert_int_equal(ws_reader_take(&reader, bytes, len, &used), WS_WHOLE);
        assert_int_equal(reader.len, sizes[i]);
        ws_reader_free(&reader);
        /* Ours has the same head but for the mask's bit, and the mask. */
        buf_init(&out, 80000);
        ws_frame_encode(&out, WS_BINARY, payload, sizes[i], mask);
        assert_int_equal(out.len, len + 4);
        assert_int_equal(out.data[0], bytes[0]);
        assert_int_equal(out.data[1], bytes[1] | 0x80);
        assert_memory_equal(out.data + 2, bytes + 2, len - sizes[i] - 2);
        if (sizes[i] > 0)
            assert_int_equal(out.data[out.len - sizes[i]], 'a' ^ 1);
        buf_free(&out);
    }
    test_free(payload);
    test_free(bytes);
}

static void
a_close(void **state)
{
    static const uint8_t mask[WS_MASK_BYTES] = {0};
    struct ws_reader reader;
    struct buf out;
    size_t used;

    (void)state;
    ws_reader_init(&reader, 100);
    assert_int_equal(
        ws_reader_take(&reader,
                       BYTES(0x88, 5, 0x03, 0xe9, 'b', 'y', 'e', 0x81, 0), 9,
                       &used),
        WS_WHOLE);
    assert_int_equal(reader.opcode, WS_CLOSE);
    assert_int_equal(reader.close_code, 1001);
    assert_int_equal(reader.len, 3);
    assert_memory_equal(reader.data, "bye", 3);
    assert_int_equal(used, 7);
    /* Nothing comes after it. */
    assert_int_equal(ws_reader_take(&reader, BYTES(0x81, 0), 2, &used),
                     WS_MORE);
    assert_int_equal(used, 0);
    ws_reader_free(&reader);
    ws_reader_init(&reader, 100);
    assert_int_equal(ws_reader_take(&reader, BYTES(0x88, 0), 2, &used),
                     WS_WHOLE);
    assert_int_equal(reader.close_code, 0);
    ws_reader_free(&reader);
    buf_init(&out, 200);
    ws_frame_encode_close(&out, 1000, "done", mask);
    assert_memory_equal(out.data, BYTES(0x88, 0x86, 0, 0, 0, 0, 3, 0xe8), 8);
    assert_string_equal(buf_text(&out) + 8, "done");
    buf_free(&out);
    assert_string_equal(ws_frame_close_text(1001), "going away");
    assert_null(ws_frame_close_text(1005));
    assert_null(ws_frame_close_text(4000));
}

static void
what_a_server_may_not_say(void **state)
{
    (void)state;
    expect_bad(BYTES(0xc1, 0), 2, 1002, "reserved bit");
    expect_bad(BYTES(0xa1, 0), 2, 1002, "reserved bit");
    expect_bad(BYTES(0x91, 0), 2, 1002, "reserved bit");
    expect_bad(BYTES(0x81, 0x80, 0, 0, 0, 0), 6, 1002, "masked");
    expect_bad(BYTES(0x83, 0), 2, 1002, "unknown kind");
    expect_bad(BYTES(0x87, 0), 2, 1002, "unknown kind");
    expect_bad(BYTES(0x8b, 0), 2, 1002, "unknown kind");
    expect_bad(BYTES(0x8f, 0), 2, 1002, "unknown kind");
    expect_bad(BYTES(0x80, 0), 2, 1002, "continuation of no message");
    expect_bad(BYTES(0x01, 0, 0x81, 0), 4, 1002, "begins before");
    expect_bad(BYTES(0x09, 0), 2, 1002, "control frame in fragments");
    expect_bad(BYTES(0x89, 126, 0, 126), 4, 1002, "more than 125");
    expect_bad(BYTES(0x81, 126, 0, 125), 4, 1002, "shortest");
    expect_bad(BYTES(0x81, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff), 10, 1002,
               "shortest");
    expect_bad(BYTES(0x81, 127, 0x80, 0, 0, 0, 0, 0, 0, 0), 10, 1009,
               "more than 1000 bytes");
    expect_bad(BYTES(0x81, 126, 0x03, 0xe9), 4, 1009, "more than 1000 bytes");
    expect_bad(BYTES(0x81, 1, 0xff), 3, 1007, "not UTF-8");
    expect_bad(BYTES(0x81, 2, 0xc3, 0x28), 4, 1007, "not UTF-8");
    expect_bad(BYTES(0x88, 1, 3), 3, 1002, "half a code");
    expect_bad(BYTES(0x88, 2, 3, 0xe7), 4, 1002, "may not be");    /* 999 */
    expect_bad(BYTES(0x88, 2, 3, 0xed), 4, 1002, "may not be");    /* 1005 */
    expect_bad(BYTES(0x88, 2, 3, 0xee), 4, 1002, "may not be");    /* 1006 */
    expect_bad(BYTES(0x88, 2, 0x13, 0x88), 4, 1002, "may not be"); /* 5000 */
    expect_bad(BYTES(0x88, 3, 3, 0xe8, 0xff), 5, 1007, "not UTF-8");
}

static void
text_may_be_cut_within_a_character(void **state)
{
    struct ws_reader reader;
    size_t used;

    (void)state;
    ws_reader_init(&reader, 100);
    assert_int_equal(
        ws_reader_take(&reader, BYTES(0x01, 1, 0xc3, 0x80, 1, 0xa9), 6, &used),
        WS_WHOLE);
    assert_string_equal(reader.data, "\xc3\xa9");
    ws_reader_free(&reader);
}

static void
fragments_are_counted_and_their_sum_is_limited(void **state)
{
    struct ws_reader reader;
    enum ws_step step = WS_MORE;
    size_t used;

    (void)state;
    ws_reader_init(&reader, 100);
    assert_int_equal(ws_reader_take(&reader, BYTES(0x01, 0), 2, &used),
                     WS_MORE);
    for (int i = 0; i < 70000 && step == WS_MORE; i++)
        step = ws_reader_take(&reader, BYTES(0x00, 0), 2, &used);
    assert_int_equal(step, WS_BAD);
    assert_non_null(strstr(reader.why, "fragments"));
    ws_reader_free(&reader);
    ws_reader_init(&reader, 3);
    assert_int_equal(
        ws_reader_take(&reader, BYTES(0x01, 2, 'a', 'b', 0x80, 2), 6, &used),
        WS_BAD);
    assert_int_equal(reader.why_code, 1009);
    ws_reader_free(&reader);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_standards_examples),
        cmocka_unit_test(cut_anywhere_it_is_the_same),
        cmocka_unit_test(sixteen_and_sixty_four_bits_of_length),
        cmocka_unit_test(a_close),
        cmocka_unit_test(what_a_server_may_not_say),
        cmocka_unit_test(text_may_be_cut_within_a_character),
        cmocka_unit_test(fragments_are_counted_and_their_sum_is_limited),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
