/*
 * message_test.c - the golden bytes mean what WIRE.md says and come back as
 * they were; what is over a limit or not text is refused; damage never
 * crashes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/message.c"

#include "golden.h"

static uint8_t golden[4096];

static void
comes_back(const struct buf *out, size_t len)
{
    assert_false(out->failed);
    assert_int_equal(out->len, len);
    assert_memory_equal(out->data, golden, len);
}

static void
golden_results(void **state)
{
    size_t len = golden_read("results", golden, sizeof(golden));
    struct message_results *m = message_decode_results(golden, len);
    struct buf out;

    (void)state;
    assert_non_null(m);
    assert_int_equal(m->spool.byte[0], 1);
    assert_int_equal(m->offset_ms, 5);
    assert_int_equal(m->batch_count, 2);
    assert_int_equal(m->batches[0].first, 100);
    assert_int_equal(m->batches[0].count, 20);
    assert_int_equal(m->batches[1].len, 3);
    assert_memory_equal(m->batches[1].data, "def", 3);
    buf_init(&out, 4096);
    assert_int_equal(message_encode_results(&out, m), 0);
    comes_back(&out, len);
    buf_free(&out);
    message_free(m);
}

static void
golden_results_reply(void **state)
{
    size_t len = golden_read("results_reply", golden, sizeof(golden));
    struct message_results_reply *m = message_decode_results_reply(golden, len);
    struct buf out;

    (void)state;
    assert_non_null(m);
    assert_int_equal(m->acked_count, 1);
    assert_int_equal(m->acked[0].first, 100);
    assert_int_equal(m->acked[0].count, 20);
    assert_int_equal(m->refused_count, 1);
    assert_int_equal(m->refused[0].first, 4);
    assert_string_equal(m->refused_why,
                        "batch: damaged, or larger than its limit");
    buf_init(&out, 4096);
    assert_int_equal(message_encode_results_reply(&out, m), 0);
    comes_back(&out, len);
    buf_free(&out);
    message_free(m);
}

static void
golden_enroll(void **state)
{
    size_t len = golden_read("enroll", golden, sizeof(golden));
    struct message_enroll *m = message_decode_enroll(golden, len);
    struct buf out;

    (void)state;
    assert_non_null(m);
    assert_string_equal(m->token, "abcdefghijklmnopqrstuv");
    assert_string_equal(m->name, "fra-1");
    assert_true(str_starts(m->csr, "-----BEGIN CERTIFICATE REQUEST-----\n"));
    buf_init(&out, 4096);
    assert_int_equal(message_encode_enroll(&out, m), 0);
    comes_back(&out, len);
    buf_free(&out);
    message_free(m);
}

static void
golden_enroll_reply(void **state)
{
    size_t len = golden_read("enroll_reply", golden, sizeof(golden));
    struct message_enroll_reply *m = message_decode_enroll_reply(golden, len);
    struct buf out;

    (void)state;
    assert_non_null(m);
    assert_string_equal(m->name, "fra-1");
    assert_string_equal(m->region, "fra");
    assert_non_null(strstr(m->cert, "AA=="));
    assert_non_null(strstr(m->ca, "AQ=="));
    buf_init(&out, 4096);
    assert_int_equal(message_encode_enroll_reply(&out, m), 0);
    comes_back(&out, len);
    buf_free(&out);
    message_free(m);
}

static void
results_refused(int64_t first, uint32_t count, size_t len)
{
    static uint8_t bytes[BATCH_BYTES_MAX + 1];
    struct message_batch one = {first, count, bytes, len};
    struct message_results m = {.batches = &one, .batch_count = 1}, *got;
    struct buf out;

    buf_init(&out, MESSAGE_RESULTS_MAX);
    assert_int_equal(message_encode_results(&out, &m), 0);
    got = message_decode_results(out.data, out.len);
    assert_null(got);
    buf_free(&out);
}

static void
ranges_are_sane(void **state)
{
    (void)state;
    results_refused(-1, 1, 3);
    results_refused(INT64_MAX, 1, 3);
    results_refused(0, 0, 3);
    results_refused(0, BATCH_RESULTS_MAX + 1, 3);
    results_refused(0, 1, BATCH_BYTES_MAX + 1);
}

static void
decode_all(const uint8_t *data, size_t len)
{
    message_free(message_decode_results(data, len));
    message_free(message_decode_results_reply(data, len));
    message_free(message_decode_enroll(data, len));
    message_free(message_decode_enroll_reply(data, len));
}

static void
damage_never_crashes(void **state)
{
    static const char *const names[] = {"results", "results_reply", "enroll",
                                        "enroll_reply"};

    (void)state;
    for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
        size_t len = golden_read(names[n], golden, sizeof(golden));

        assert_true(len > 0);
        for (size_t bit = 0; bit < len * 8; bit++) {
            golden[bit / 8] ^= (uint8_t)(1u << bit % 8);
            decode_all(golden, len);
            golden[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        for (size_t cut = 0; cut < len; cut++)
            decode_all(golden, cut);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_results),
        cmocka_unit_test(golden_results_reply),
        cmocka_unit_test(golden_enroll),
        cmocka_unit_test(golden_enroll_reply),
        cmocka_unit_test(ranges_are_sane),
        cmocka_unit_test(damage_never_crashes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
