/* What ingest takes, refuses, and answers when the disk does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "controller/ingest.c"
#include "fake_channel.h"
#include "fake_loop.c"
#include "fake_worker.c"

struct heard {
    int replies, none;
    size_t acked, refused;
    char why[128];
};

static void
on_heard(void *cookie, const struct message_results_reply *reply)
{
    struct heard *h = cookie;

    h->replies++;
    if (reply == NULL) {
        h->none++;
        return;
    }
    h->acked += reply->acked_count;
    h->refused += reply->refused_count;
    str_copy(h->why, sizeof h->why, reply->refused_why);
}

static struct outage *
bed_of(void)
{
    struct outage *bed = str_xcalloc(1, sizeof *bed);

    outage_open(bed, 1, OUTAGE_PEOPLE "checks = { " OUTAGE_HOME " };");
    for (int i = 0; i < OUTAGE_PROBES; i++)
        outage_probe_cut(&bed->probe[i]); /* this test is the probe */
    outage_pass(bed, 1000);
    return bed;
}

static void
end(struct outage *bed)
{
    outage_close(bed);
    free(bed);
}

static struct result
result_at(const struct outage *bed, const char *check)
{
    struct result r;

    result_init(&r);
    r.check = check;
    r.run = id_random();
    r.started = outage_now(bed);
    r.slot.ms = r.started.ms - r.started.ms % 10000;
    r.us[PHASE_TOTAL] = 1000;
    return r;
}

/* One batch of one result; `count` is what the message says of it. */
static struct ingest_call *
post(struct outage *bed, const struct result *r, struct message_results *m,
     struct heard *h)
{
    struct message_batch b = {.first = 1, .count = 1};
    struct ingest_call *call;
    struct buf data;

    buf_init(&data, BATCH_BYTES_MAX);
    assert_int_equal(batch_encode(&data, &r, 1), 0);
    if (m->batches != NULL)
        b = m->batches[0];
    if (b.data == NULL) {
        b.data = data.data;
        b.len = data.len;
    }
    m->batches = &b;
    m->batch_count = 1;
    call = ingest_start(bed->ingest, "fra-1", "fra", m, on_heard, h);
    m->batches = NULL;
    buf_free(&data);
    return call;
}

static void
test_a_batch_is_acknowledged_after_its_commit(void **unused)
{
    struct outage *bed = bed_of();
    struct result r = result_at(bed, "home");
    struct message_results m = {.spool = {{1}}};
    struct heard h = {0};

    (void)unused;
    post(bed, &r, &m, &h);
    assert_int_equal(h.replies, 0); /* never from inside */
    outage_pass(bed, 1);
    assert_int_equal(h.replies, 1);
    assert_int_equal(h.acked, 1);
    assert_int_equal(ingest_stats(bed->ingest).results, 1);
    post(bed, &r, &m, &h);
    outage_pass(bed, 1);
    assert_int_equal(h.acked, 2);
    assert_int_equal(ingest_stats(bed->ingest).results, 1);
    assert_int_equal(ingest_stats(bed->ingest).duplicates, 1);
    end(bed);
}

static void
expect_refused(struct outage *bed, struct result r, struct message_batch b,
               const char *why)
{
    struct message_results m = {.spool = {{1}}, .batches = &b};
    struct heard h = {0};

    post(bed, &r, &m, &h);
    outage_pass(bed, 1);
    assert_int_equal(h.replies, 1);
    if (h.refused != 1)
        fail_msg("not refused: %s (none %d, acked %zu)", why, h.none, h.acked);
    assert_int_equal(h.acked, 0);
    if (strstr(h.why, why) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", h.why, why);
}

static void
test_what_can_never_be_accepted_is_refused(void **unused)
{
    struct outage *bed = bed_of();
    struct message_batch one = {.first = 1, .count = 1};
    struct message_batch two = {.first = 1, .count = 2};
    struct message_batch junk = {
        .first = 1, .count = 1, .data = "junk", .len = 4};
    struct message_batch before = {.first = -5, .count = 1};
    struct result r = result_at(bed, "home");

    (void)unused;
    expect_refused(bed, result_at(bed, "secret"), one, "secret");
    expect_refused(bed, r, two, "number");
    expect_refused(bed, r, junk, "");
    expect_refused(bed, r, before, "number");
    assert_int_equal(ingest_stats(bed->ingest).refused, 4);
    assert_int_equal(store_stats(bed->store).batches, 0);
    end(bed);
}

static void
test_impossible_requests_get_no_answer_to_build_on(void **unused)
{
    struct outage *bed = bed_of();
    struct result r = result_at(bed, "home");
    struct message_results m = {.spool = {{1}}, .offset_ms = INT64_MIN};
    struct heard h = {0};

    (void)unused;
    post(bed, &r, &m, &h);
    outage_pass(bed, 1);
    assert_int_equal(h.none, 1);
    m.offset_ms = INT64_MAX;
    post(bed, &r, &m, &h);
    outage_pass(bed, 1);
    assert_int_equal(h.none, 2);
    assert_int_equal(store_stats(bed->store).batches, 0);
    end(bed);
}

static void
test_a_client_that_left_is_stored_all_the_same(void **unused)
{
    struct outage *bed = bed_of();
    struct result r = result_at(bed, "home");
    struct message_results m = {.spool = {{1}}};
    struct heard h = {0};

    (void)unused;
    ingest_cancel(post(bed, &r, &m, &h));
    ingest_cancel(NULL);
    outage_pass(bed, 1);
    assert_int_equal(h.replies, 0);
    assert_int_equal(ingest_stats(bed->ingest).results, 1);
    end(bed);
}

static void
test_a_stop_with_a_batch_on_its_way(void **unused)
{
    struct outage *bed = bed_of();
    struct result r = result_at(bed, "home");
    struct message_results m = {.spool = {{1}}};
    struct heard h = {0};

    (void)unused;
    post(bed, &r, &m, &h);
    outage_stop(bed);
    outage_pass(bed, 10);
    assert_int_equal(h.replies, 0);
    outage_start(bed); /* decided now, once */
    assert_non_null(decider_check(bed->decider, 0).regions[0].newest);
    end(bed);
}

static void
test_late_is_history(void **unused)
{
    struct outage *bed = bed_of();
    struct result r = result_at(bed, "home");
    struct message_results m = {.spool = {{1}}};
    struct heard h = {0};

    (void)unused;
    /* Slot end + timeout (5 s) + 10 s, to the millisecond. */
    outage_pass(bed, r.slot.ms + 25000 - outage_now(bed).ms);
    post(bed, &r, &m, &h);
    outage_pass(bed, 1);
    assert_int_equal(ingest_stats(bed->ingest).late, 1);
    assert_null(decider_check(bed->decider, 0).regions[0].newest);
    r = result_at(bed, "home");
    outage_pass(bed, r.slot.ms + 24999 - outage_now(bed).ms);
    m.spool.byte[0] = 2;
    post(bed, &r, &m, &h);
    outage_pass(bed, 1);
    assert_int_equal(ingest_stats(bed->ingest).late, 1);
    assert_int_equal(h.acked, 2);
    assert_non_null(decider_check(bed->decider, 0).regions[0].newest);
    end(bed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_batch_is_acknowledged_after_its_commit),
        cmocka_unit_test(test_what_can_never_be_accepted_is_refused),
        cmocka_unit_test(test_impossible_requests_get_no_answer_to_build_on),
        cmocka_unit_test(test_a_client_that_left_is_stored_all_the_same),
        cmocka_unit_test(test_a_stop_with_a_batch_on_its_way),
        cmocka_unit_test(test_late_is_history),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
