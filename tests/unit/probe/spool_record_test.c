/* spool_record_test.c - records come back; torn and damaged ones do not, and
 * cost only themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/spool_record.c"

#define RECORDS 6

static void
fill(struct buf *out, size_t ends[RECORDS])
{
    buf_init(out, 1 << 20);
    for (unsigned i = 0; i < RECORDS; i++) {
        struct spool_record r = {.type = i == 0 ? SPOOL_RECORD_HEAD
                                                : SPOOL_RECORD_BATCH,
                                 .first = 100 + i,
                                 .count = 1 + i,
                                 .sealed_ms = 7000 + i,
                                 .dropped = i == 0 ? 77 : 0,
                                 .data = "0123456789",
                                 .len = i == 0 ? 0 : i};

        memset(r.id.byte, i == 0 ? 0xab : 0, sizeof(r.id.byte));
        assert_int_equal(spool_record_encode(out, &r), 0);
        ends[i] = out->len;
    }
}

static void
is_record(const struct spool_record *r, unsigned i)
{
    assert_int_equal(r->first, 100 + i);
    if (i == 0) {
        assert_int_equal(r->type, SPOOL_RECORD_HEAD);
        assert_int_equal(r->id.byte[15], 0xab);
        assert_int_equal(r->dropped, 77);
        return;
    }
    assert_int_equal(r->type, SPOOL_RECORD_BATCH);
    assert_int_equal(r->count, 1 + i);
    assert_int_equal(r->sealed_ms, 7000 + i);
    assert_int_equal(r->len, i);
    assert_memory_equal(r->data, "0123456789", i);
}

static void
records_come_back(void **state)
{
    size_t ends[RECORDS];
    struct buf bytes;
    struct spool_scan scan;
    struct spool_record r;

    (void)state;
    fill(&bytes, ends);
    scan = spool_record_scan(bytes.data, bytes.len);
    for (unsigned i = 0; i < RECORDS; i++) {
        assert_true(spool_record_next(&scan, &r));
        is_record(&r, i);
        assert_int_equal(scan.good_end, ends[i]);
        if (i > 0)
            assert_memory_equal(bytes.data + r.offset, r.data, r.len);
    }
    assert_false(spool_record_next(&scan, &r));
    assert_int_equal(scan.corrupt, 0);
    buf_free(&bytes);
}

static void
torn_at_every_byte(void **state)
{
    size_t ends[RECORDS];
    struct buf bytes;

    (void)state;
    fill(&bytes, ends);
    for (size_t cut = 0; cut <= bytes.len; cut++) {
        struct spool_scan scan = spool_record_scan(bytes.data, cut);
        struct spool_record r;
        unsigned n = 0;

        while (spool_record_next(&scan, &r))
            is_record(&r, n++);
        for (unsigned i = 0; i < RECORDS; i++)
            assert_int_equal(i < n, ends[i] <= cut);
        assert_int_equal(scan.good_end, n == 0 ? 0 : ends[n - 1]);
        assert_int_equal(scan.corrupt, 0);
    }
    buf_free(&bytes);
}

static void
one_flipped_bit_costs_one_record(void **state)
{
    size_t ends[RECORDS];
    struct buf bytes;

    (void)state;
    fill(&bytes, ends);
    for (size_t bit = 0; bit < bytes.len * 8; bit++) {
        struct spool_scan scan;
        struct spool_record r;
        unsigned hit = 0, n = 0;

        bytes.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        while (ends[hit] <= bit / 8)
            hit++;
        scan = spool_record_scan(bytes.data, bytes.len);
        while (spool_record_next(&scan, &r)) {
            n += n == hit;
            is_record(&r, n++);
        }
        if (hit == RECORDS - 1)
            assert_int_equal(scan.good_end, ends[RECORDS - 2]);
        else
            assert_int_equal(scan.corrupt, 1);
        assert_true(n >= RECORDS - 1);
        bytes.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    buf_free(&bytes);
}

/* 4 MiB of heads that each promise a large payload: bounded work. */
static void
many_false_heads_are_cheap(void **state)
{
    const size_t len = 4u << 20;
    struct spool_scan scan;
    struct spool_record r;
    struct buf bytes;

    (void)state;
    buf_init(&bytes, len);
    while (bytes.len + 16 <= len) {
        (void)buf_add_le32(&bytes, MAGIC);
        (void)buf_add_le32(&bytes, SPOOL_RECORD_ACK);
        (void)buf_add_le32(&bytes, 4096);
        (void)buf_add_le32(&bytes, 0);
    }
    scan = spool_record_scan(bytes.data, bytes.len);
    assert_false(spool_record_next(&scan, &r));
    assert_int_equal(scan.tries_left, 0);
    buf_free(&bytes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_back),
        cmocka_unit_test(torn_at_every_byte),
        cmocka_unit_test(one_flipped_bit_costs_one_record),
        cmocka_unit_test(many_false_heads_are_cheap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
