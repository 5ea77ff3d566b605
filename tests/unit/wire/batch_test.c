/*
 * batch_test.c - what goes in comes out; what lies is refused.  Lies are made
 * by taking a good batch apart with protobuf-c alone, changing one field and
 * packing it again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/batch.c"

#include "results.h"

static void
encode(struct buf *out, unsigned count)
{
    static struct result made[BATCH_RESULTS_MAX];
    static const struct result *list[BATCH_RESULTS_MAX];

    for (unsigned i = 0; i < count; i++) {
        made[i] = results_make(i);
        list[i] = &made[i];
    }
    buf_init(out, BATCH_BYTES_MAX);
    assert_int_equal(batch_encode(out, list, count), 0);
}

static void
same_text(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        assert_ptr_equal(a, b);
    else
        assert_string_equal(a, b);
}

static void
same_facts(const struct result_fact *a, const struct result_fact *b,
           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(a[i].fact, b[i].fact);
        assert_int_equal(a[i].num, b[i].num);
        same_text(a[i].text, b[i].text);
    }
}

static void
same_steps(const struct result *a, const struct result *b)
{
    assert_int_equal(a->step_count, b->step_count);
    for (size_t i = 0; i < a->step_count; i++) {
        same_text(a->steps[i].name, b->steps[i].name);
        same_text(a->steps[i].message, b->steps[i].message);
        assert_int_equal(a->steps[i].status, b->steps[i].status);
        assert_int_equal(a->steps[i].reason, b->steps[i].reason);
        assert_memory_equal(a->steps[i].us, b->steps[i].us, sizeof(a->us));
        same_facts(a->steps[i].facts, b->steps[i].facts,
                   a->steps[i].fact_count);
        assert_int_equal(a->steps[i].fact_count, b->steps[i].fact_count);
    }
}

static void
same_result(const struct result *a, const struct result *b)
{
    same_text(a->check, b->check);
    assert_int_equal(a->version, b->version);
    assert_memory_equal(&a->run, &b->run, sizeof(a->run));
    assert_memory_equal(&a->asked, &b->asked, sizeof(a->asked));
    assert_int_equal(a->slot.ms, b->slot.ms);
    assert_int_equal(a->started.ms, b->started.ms);
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->reason, b->reason);
    same_text(a->message, b->message);
    assert_memory_equal(a->us, b->us, sizeof(a->us));
    assert_int_equal(a->lag_us, b->lag_us);
    assert_int_equal(a->fact_count, b->fact_count);
    same_facts(a->facts, b->facts, a->fact_count);
    same_steps(a, b);
    same_text(a->evidence, b->evidence);
}

static void
round_trip(unsigned count)
{
    struct buf bytes;
    struct batch *batch;
    char why[128] = "";

    encode(&bytes, count);
    batch = batch_decode(bytes.data, bytes.len, why, sizeof(why));
    assert_string_equal(why, "");
    assert_non_null(batch);
    assert_int_equal(batch_count(batch), count);
    for (unsigned i = 0; i < count; i++) {
        struct result want = results_make(i), got;

        batch_get(batch, i, &got);
        same_result(&want, &got);
    }
    batch_free(batch);
    buf_free(&bytes);
}

static void
what_goes_in_comes_out(void **state)
{
    (void)state;
    round_trip(1);
    round_trip(2);
    round_trip(100);
    round_trip(BATCH_RESULTS_MAX);
}

static void
a_result_is_small(void **state)
{
    struct buf bytes;

    (void)state;
    encode(&bytes, 1000);
    /* Times and status alone are 16 B a result; facts, ids and steps come
     * besides. */
    assert_true(bytes.len < 40 * 1000);
    buf_free(&bytes);
}

static Picket__Batch *
taken_apart(void)
{
    Picket__Batch *pb;
    struct buf bytes, plain;

    encode(&bytes, 6);
    buf_init(&plain, BATCH_PLAIN_MAX);
    assert_int_equal(compress_unpack(&plain, bytes.data, bytes.len), 0);
    pb = picket__batch__unpack(NULL, plain.len, plain.data);
    assert_non_null(pb);
    buf_free(&plain);
    buf_free(&bytes);
    return pb;
}

/* Packs `pb` (freed) and tells why it is refused; "" when it is not. */
static const char *
verdict_on(Picket__Batch *pb)
{
    static char why[128];
    size_t len = picket__batch__get_packed_size(pb);
    uint8_t *plain = malloc(len + 1);
    struct batch *batch;
    struct buf bytes;

    assert_non_null(plain);
    picket__batch__pack(pb, plain);
    buf_init(&bytes, BATCH_BYTES_MAX);
    assert_int_equal(compress_pack(&bytes, plain, len), 0);
    why[0] = '\0';
    batch = batch_decode(bytes.data, bytes.len, why, sizeof(why));
    assert_true((batch == NULL) == (why[0] != '\0'));
    batch_free(batch);
    buf_free(&bytes);
    free(plain);
    picket__batch__free_unpacked(pb, NULL);
    return why;
}

static void
untouched_is_accepted(void **state)
{
    (void)state;
    assert_string_equal(verdict_on(taken_apart()), "");
}

#define LIE(change, reason)                                                    \
    do {                                                                       \
        Picket__Batch *pb = taken_apart();                                     \
        change;                                                                \
        assert_string_equal(verdict_on(pb), "batch: " reason);                 \
    } while (0)

static void
columns_must_agree(void **state)
{
    (void)state;
    LIE(pb->count = 5, "columns of different length");
    LIE(pb->count = 7, "columns of different length");
    LIE(pb->count = 0, "no results, or too many");
    LIE(pb->count = 0xffffffff, "no results, or too many");
    LIE(pb->n_check--, "columns of different length");
    LIE(pb->run.len--, "columns of different length");
    LIE(pb->n_slot_ms--, "columns of different length");
    LIE(pb->n_started_ms--, "columns of different length");
    LIE(pb->n_status--, "columns of different length");
    LIE(pb->n_reason--, "columns of different length");
    LIE(pb->n_us--, "columns of different length");
    LIE(pb->n_lag_us--, "columns of different length");
    LIE(pb->asked_id.len--, "columns of different length");
    LIE(pb->n_asked--, "columns of different length");
    LIE(pb->n_message--, "columns of different length");
    LIE(pb->n_fact_count--, "columns of different length");
    LIE(pb->n_fact--, "columns of different length");
    LIE(pb->n_fact_value--, "columns of different length");
    LIE((pb->n_fact--, pb->n_fact_value--), "columns of different length");
    LIE(pb->n_step_count--, "columns of different length");
    LIE(pb->n_step_status--, "columns of different length");
    LIE(pb->n_step_us--, "columns of different length");
    LIE(pb->n_has_evidence--, "columns of different length");
    LIE(pb->n_step_fact_count--, "columns of different length");
    LIE(pb->n_step_fact--, "columns of different length");
    LIE((pb->n_step_fact--, pb->n_step_fact_value--),
        "columns of different length");
    LIE(pb->n_check_version--, "columns of different length");
}

static void
indexes_must_be_in_range(void **state)
{
    (void)state;
    LIE(pb->check[0] = (uint32_t)pb->n_check_name, "a value is out of range");
    LIE(pb->check[5] = 0xffffffff, "a value is out of range");
    LIE(pb->message[1] = (uint32_t)pb->n_text + 1, "a value is out of range");
    LIE(pb->asked[1] = 7, "a value is out of range");
    LIE(pb->fact_value[1] = (int64_t)pb->n_text, "a value is out of range");
    LIE(pb->fact_value[1] = -1, "a value is out of range");
    LIE(pb->fact_value[1] = INT64_MIN, "a value is out of range");
    LIE(pb->step_name[0] = (uint32_t)pb->n_text, "a value is out of range");
    LIE(pb->step_message[0] = 1000, "a value is out of range");
    LIE(pb->step_fact_value[1] = (int64_t)pb->n_text,
        "a value is out of range");
    LIE(pb->step_fact[0] = 1, "a fact of no known kind");
    LIE(pb->fact[0] = 1, "a fact of no known kind");
    LIE(pb->fact[0] = 0xffffffff, "a fact of no known kind");
}

static void
values_must_be_in_range(void **state)
{
    (void)state;
    LIE(pb->version = 2, "of a newer version");
    LIE(pb->version = 0, "without a version");
    LIE(pb->status[0] = 4, "a value is out of range");
    LIE(pb->reason[0] = 0x10000, "a value is out of range");
    LIE(pb->fact_count[1] = RESULT_FACTS_MAX + 1, "a value is out of range");
    LIE(pb->step_count[1] = RESULT_STEPS_MAX + 1, "a value is out of range");
    LIE(pb->has_evidence[1] = 2, "a value is out of range");
    LIE(pb->step_fact_count[0] = RESULT_STEP_FACTS_MAX + 1,
        "a value is out of range");
    LIE(pb->us[0] = UINT64_MAX, "a duration is out of range");
    LIE(pb->lag_us[0] = UINT64_MAX, "a duration is out of range");
    LIE(pb->step_us[0] = UINT64_MAX, "a duration is out of range");
    LIE(pb->slot_ms[0] = INT64_MIN, "a time is out of range");
    LIE(pb->slot_ms[3] = INT64_MAX, "a time is out of range");
    LIE(pb->started_ms[0] = INT64_MIN, "a time is out of range");
    LIE(free(pb->evidence[--pb->n_evidence]), "evidence is missing");
    LIE(pb->has_evidence[1] = 0, "columns of different length");
}

static void
put_text(char **at, size_t len, char c)
{
    free(*at);
    *at = malloc(len + 1);
    assert_non_null(*at);
    memset(*at, c, len);
    (*at)[len] = '\0';
}

static void
texts_must_be_text(void **state)
{
    (void)state;
    LIE(put_text(&pb->check_name[0], 4, '\x80'), "a text is not UTF-8");
    LIE(put_text(&pb->check_name[0], 0, 'x'), "a check without a name");
    LIE(put_text(&pb->check_name[0], RESULT_NAME_MAX, 'x'),
        "a text is too long");
    LIE(put_text(&pb->text[0], RESULT_MESSAGE_MAX, 'x'), "a text is too long");
    LIE(put_text(&pb->text[0], 2, '\xff'), "a text is not UTF-8");
    LIE(put_text(&pb->evidence[0], RESULT_EVIDENCE_MAX, ' '),
        "a text is too long");
    LIE(put_text(&pb->evidence[0], 3, '\xc0'), "a text is not UTF-8");
}

/* 30 MiB of nothing in a few KiB: every text of it wants 40 bytes. */
static void
a_bomb_is_refused(void **state)
{
    const size_t len = 30u << 20;
    uint8_t *plain = malloc(len);
    struct buf bytes;
    char why[128];

    (void)state;
    assert_non_null(plain);
    for (size_t i = 0; i < len; i += 2) {
        plain[i] = 15 << 3 | 2; /* text = "" */
        plain[i + 1] = 0;
    }
    buf_init(&bytes, BATCH_BYTES_MAX);
    assert_int_equal(compress_pack(&bytes, plain, len), 0);
    assert_true(bytes.len < 64u << 10);
    assert_null(batch_decode(bytes.data, bytes.len, why, sizeof(why)));
    assert_string_equal(why, "batch: not a batch");
    buf_free(&bytes);
    free(plain);
}

static void
damage_never_crashes(void **state)
{
    struct buf bytes, plain, again;
    char why[128];

    (void)state;
    encode(&bytes, 6);
    for (size_t cut = 0; cut < bytes.len; cut++)
        assert_null(batch_decode(bytes.data, cut, why, sizeof(why)));
    buf_init(&plain, BATCH_PLAIN_MAX);
    buf_init(&again, BATCH_BYTES_MAX);
    assert_int_equal(compress_unpack(&plain, bytes.data, bytes.len), 0);
    for (size_t i = 0; i < plain.len; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            plain.data[i] ^= (uint8_t)(1u << bit);
            buf_reset(&again);
            assert_int_equal(compress_pack(&again, plain.data, plain.len), 0);
            batch_free(batch_decode(again.data, again.len, why, sizeof(why)));
            plain.data[i] ^= (uint8_t)(1u << bit);
        }
    }
    buf_free(&again);
    buf_free(&plain);
    buf_free(&bytes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_in_comes_out),
        cmocka_unit_test(a_result_is_small),
        cmocka_unit_test(untouched_is_accepted),
        cmocka_unit_test(columns_must_agree),
        cmocka_unit_test(indexes_must_be_in_range),
        cmocka_unit_test(values_must_be_in_range),
        cmocka_unit_test(texts_must_be_text),
        cmocka_unit_test(a_bomb_is_refused),
        cmocka_unit_test(damage_never_crashes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
