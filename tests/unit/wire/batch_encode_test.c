/*
 * batch_encode_test.c - what the encoder emits its decoder accepts, whatever a
 * target wrote into a result.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/batch_encode.c"

#include "golden.h"
#include "results.h"

/* One result through both ends; the batch (caller frees) holds its texts. */
static struct batch *
through(const struct result *in, struct result *out)
{
    struct batch *batch;
    struct buf bytes;
    char why[128] = "";

    buf_init(&bytes, BATCH_BYTES_MAX);
    assert_int_equal(batch_encode(&bytes, &in, 1), 0);
    batch = batch_decode(bytes.data, bytes.len, why, sizeof(why));
    assert_string_equal(why, "");
    assert_non_null(batch);
    batch_get(batch, 0, out);
    buf_free(&bytes);
    return batch;
}

static void
hostile_texts_are_mended(void **state)
{
    struct result in = results_make(1), out;
    char message[2000];
    struct batch *batch;

    (void)state;
    memset(message, 'm', sizeof(message));
    message[sizeof(message) - 1] = '\0';
    in.message = message;
    in.facts[1].text = "a\xff\xfe z";
    in.evidence = "{\"x\":\"\xc3\x28\"}";
    batch = through(&in, &out);
    assert_int_equal(strlen(out.message), RESULT_MESSAGE_MAX - 1);
    assert_string_equal(out.facts[1].text, "a?? z");
    assert_string_equal(out.evidence, "{\"x\":\"?(\"}");
    batch_free(batch);
}

static void
a_cut_keeps_characters_whole(void **state)
{
    struct result in = results_make(1), out;
    char message[RESULT_MESSAGE_MAX + 8];
    struct batch *batch;

    (void)state;
    memset(message, 'm', sizeof(message));
    memcpy(message + RESULT_MESSAGE_MAX - 2, "\xe2\x82\xac", 4);
    in.message = message;
    batch = through(&in, &out);
    assert_int_equal(strlen(out.message), RESULT_MESSAGE_MAX - 2);
    batch_free(batch);
}

static void
numbers_are_kept_or_clamped(void **state)
{
    struct result in = results_make(1), out;
    struct batch *batch;

    (void)state;
    in.us[PHASE_WAIT] = INT64_MAX;
    in.us[PHASE_TLS] = INT64_MIN;
    in.us[PHASE_DNS] = 0;
    in.facts[0].num = INT64_MIN;
    in.facts[2].num = INT64_MAX;
    in.slot.ms = INT64_MIN;
    in.started.ms = INT64_MAX;
    batch = through(&in, &out);
    assert_int_equal(out.us[PHASE_WAIT], 86400000000 - 1);
    assert_int_equal(out.us[PHASE_TLS], -1);
    assert_int_equal(out.us[PHASE_DNS], 0);
    assert_int_equal(out.facts[0].num, INT64_MIN);
    assert_int_equal(out.facts[2].num, INT64_MAX);
    assert_int_equal(out.slot.ms, 0);
    assert_int_equal(out.started.ms, 253402300799999);
    batch_free(batch);
}

static void
evidence_is_whole_or_left_out(void **state)
{
    struct result in = results_make(1), out;
    char *large = malloc(RESULT_EVIDENCE_MAX + 1);
    struct batch *batch;

    (void)state;
    assert_non_null(large);
    memset(large, ' ', RESULT_EVIDENCE_MAX);
    large[RESULT_EVIDENCE_MAX] = '\0';
    in.evidence = large;
    batch = through(&in, &out);
    assert_string_equal(out.evidence,
                        "{\"note\":\"evidence over 64 KiB, left out\"}");
    batch_free(batch);
    large[RESULT_EVIDENCE_MAX - 1] = '\0';
    batch = through(&in, &out);
    assert_int_equal(strlen(out.evidence), RESULT_EVIDENCE_MAX - 1);
    batch_free(batch);
    free(large);
}

/* The columns before compression: zstd's own bytes may differ by version. */
static void
golden_batch(void **state)
{
    static uint8_t golden[4096];
    size_t len = golden_read("batch", golden, sizeof(golden));
    const struct result *list[2];
    struct result got[2];
    struct buf bytes, plain;
    struct batch *batch;
    char why[128] = "";

    (void)state;
    buf_init(&bytes, BATCH_BYTES_MAX);
    buf_init(&plain, BATCH_PLAIN_MAX);
    assert_int_equal(compress_pack(&bytes, golden, len), 0);
    batch = batch_decode(bytes.data, bytes.len, why, sizeof(why));
    assert_string_equal(why, "");
    for (size_t i = 0; i < 2; i++) {
        batch_get(batch, i, &got[i]);
        list[i] = &got[i];
    }
    assert_string_equal(got[0].check, "home");
    assert_int_equal(got[0].us[PHASE_DNS], 800);
    assert_int_equal(got[1].us[PHASE_DNS], -1);
    assert_int_equal(got[1].us[PHASE_TOTAL], 1400);
    assert_int_equal(got[1].started.ms, 1767323009995);
    assert_int_equal(got[1].reason, REASON_EXPECT_STATUS);
    assert_int_equal(got[1].facts[1].num, 503);
    assert_string_equal(got[1].steps[0].name, "login");
    buf_reset(&bytes);
    assert_int_equal(batch_encode(&bytes, list, 2), 0);
    assert_int_equal(compress_unpack(&plain, bytes.data, bytes.len), 0);
    assert_int_equal(plain.len, len);
    assert_memory_equal(plain.data, golden, len);
    batch_free(batch);
    buf_free(&plain);
    buf_free(&bytes);
}

static void
golden_step_facts(void **state)
{
    static uint8_t golden[1024];
    size_t len = golden_read("batch_step_facts", golden, sizeof(golden));
    const struct result *list[1];
    struct result got;
    struct buf bytes, plain;
    struct batch *batch;
    char why[128] = "";

    (void)state;
    buf_init(&bytes, BATCH_BYTES_MAX);
    buf_init(&plain, BATCH_PLAIN_MAX);
    assert_int_equal(compress_pack(&bytes, golden, len), 0);
    batch = batch_decode(bytes.data, bytes.len, why, sizeof(why));
    assert_string_equal(why, "");
    batch_get(batch, 0, &got);
    list[0] = &got;
    assert_int_equal(got.steps[0].fact_count, 2);
    assert_int_equal(got.steps[0].facts[0].num, 200);
    assert_string_equal(got.steps[0].facts[1].text, "192.0.2.7");
    assert_int_equal(got.steps[1].facts[0].fact, FACT_STATUS);
    assert_int_equal(got.steps[1].facts[0].num, 201);
    buf_reset(&bytes);
    assert_int_equal(batch_encode(&bytes, list, 1), 0);
    assert_int_equal(compress_unpack(&plain, bytes.data, bytes.len), 0);
    assert_int_equal(plain.len, len);
    assert_memory_equal(plain.data, golden, len);
    batch_free(batch);
    buf_free(&plain);
    buf_free(&bytes);
}

/* Two results of one check under two versions must not become one. */
static void
versions_of_a_check_stay_apart(void **state)
{
    struct result a = results_make(0), b = results_make(0), out;
    const struct result *list[] = {&a, &b};
    struct batch *batch;
    struct buf bytes;
    char why[128];

    (void)state;
    b.version = a.version + 1;
    buf_init(&bytes, BATCH_BYTES_MAX);
    assert_int_equal(batch_encode(&bytes, list, 2), 0);
    batch = batch_decode(bytes.data, bytes.len, why, sizeof(why));
    assert_non_null(batch);
    batch_get(batch, 1, &out);
    assert_int_equal(out.version, b.version);
    batch_get(batch, 0, &out);
    assert_int_equal(out.version, a.version);
    batch_free(batch);
    buf_free(&bytes);
}

/* 2,048 results of 64 KiB random evidence do not fit: an error, not a cut. */
static void
too_much_is_an_error(void **state)
{
    static char evidence[RESULT_EVIDENCE_MAX];
    struct result one = results_make(1);
    static const struct result *list[2048];
    struct buf bytes;
    uint32_t seed = 1;

    (void)state;
    for (size_t i = 0; i + 1 < sizeof(evidence); i++) {
        seed = seed * 1664525 + 1013904223;
        evidence[i] = (char)(' ' + (seed >> 24) % 90);
    }
    one.evidence = evidence;
    for (size_t i = 0; i < 2048; i++)
        list[i] = &one;
    buf_init(&bytes, BATCH_BYTES_MAX);
    assert_int_equal(batch_encode(&bytes, list, 2048), -1);
    buf_free(&bytes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_batch),
        cmocka_unit_test(golden_step_facts),
        cmocka_unit_test(hostile_texts_are_mended),
        cmocka_unit_test(a_cut_keeps_characters_whole),
        cmocka_unit_test(numbers_are_kept_or_clamped),
        cmocka_unit_test(evidence_is_whole_or_left_out),
        cmocka_unit_test(versions_of_a_check_stay_apart),
        cmocka_unit_test(too_much_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
