/* uplink_test.c - a controller played by hand, on a clock moved by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/uplink.c"

#include <stdio.h>

#include "base/file.h"
#include "fake_link.h"
#include "fake_loop.h"
#include "results.h"
#include "wire/batch.h"

#define MS(n) ((int64_t)(n)*NS_PER_MS)

struct bed {
    struct loop *loop;
    struct fake_link link;
    struct spool *spool;
    struct uplink *uplink;
    char dir[64];
    struct message_sync_reply *assignment;
    unsigned run_nows;
    int64_t run_now_left_ms;
};

static void
on_sealed(void *cookie, int64_t first, uint32_t count)
{
    struct bed *bed = cookie;

    (void)first;
    (void)count;
    if (bed->uplink != NULL)
        uplink_on_sealed(bed->uplink);
}

static void
on_sync(void *cookie, struct message_sync *sync)
{
    (void)cookie;
    sync->overruns = 77;
}

static void
on_assignment(void *cookie, struct message_sync_reply *reply)
{
    struct bed *bed = cookie;

    message_free(bed->assignment);
    bed->assignment = reply;
}

static void
on_run_now(void *cookie, const struct message_run_now *run_now, mono_t expires)
{
    struct bed *bed = cookie;

    assert_string_equal(run_now->check, "home");
    bed->run_nows++;
    bed->run_now_left_ms =
        clock_since_ns(loop_now(bed->loop), expires) / NS_PER_MS;
}

static void
connect(struct bed *bed)
{
    struct uplink_opts opts = {
        .loop = bed->loop,
        .link = &bed->link.link,
        .spool = bed->spool,
        .seed = 1,
        .on_sync = on_sync,
        .on_assignment = on_assignment,
        .on_run_now = on_run_now,
        .cookie = bed,
    };

    bed->uplink = uplink_create(&opts);
    fake_loop_advance(bed->loop, 0);
}

static int
setup(void **state)
{
    struct bed *bed = calloc(1, sizeof(*bed));
    struct spool_opts opts = {.on_sealed = on_sealed, .cookie = bed};
    char why[256];

    assert_non_null(bed);
    (void)snprintf(bed->dir, sizeof(bed->dir), "/tmp/uplink_XXXXXX");
    assert_non_null(mkdtemp(bed->dir));
    bed->loop = opts.loop = loop_create();
    opts.dir = bed->dir;
    opts.max_bytes = 64 << 20;
    opts.max_ns = 3600 * NS_PER_S;
    bed->spool = spool_open(&opts, why, sizeof(why));
    assert_non_null(bed->spool);
    fake_link_init(&bed->link);
    *state = bed;
    return 0;
}

static int
teardown(void **state)
{
    struct bed *bed = *state;

    uplink_free(bed->uplink);
    assert_int_equal(bed->link.count, 0);
    spool_close(bed->spool);
    loop_free(bed->loop);
    message_free(bed->assignment);
    (void)file_remove_tree(bed->dir);
    free(bed);
    return 0;
}

static struct link_call *
waiting(struct bed *bed, enum link_path path)
{
    struct link_call *call = fake_link_find(&bed->link, path);

    if (call == NULL)
        abort(); /* no such call waits */
    return call;
}

static void
answer_sync(struct bed *bed, const struct message_sync_reply *reply)
{
    struct buf body;

    buf_init(&body, MESSAGE_SYNC_MAX);
    assert_int_equal(message_encode_sync_reply(&body, reply), 0);
    fake_link_answer(waiting(bed, LINK_SYNC), 200, body.data, body.len);
    buf_free(&body);
    fake_loop_advance(bed->loop, 0);
}

static void
answer_empty_sync(struct bed *bed)
{
    struct message_sync_reply reply = {
        .received_ms = loop_wall(bed->loop).ms,
        .sent_ms = loop_wall(bed->loop).ms,
    };

    answer_sync(bed, &reply);
}

static void
push(struct bed *bed, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        struct result r = results_make(i);

        spool_push(bed->spool, result_copy(&r), SPOOL_URGENT);
        fake_loop_advance(bed->loop, 0);
    }
}

/* What one upload carries, as the controller sees it. */
static struct message_results *
carried(const struct link_call *call)
{
    struct message_results *m =
        message_decode_results(call->request.body, call->request.len);

    assert_non_null(m);
    for (size_t i = 0; i < m->batch_count; i++) {
        char why[128] = "";
        struct batch *batch = batch_decode(m->batches[i].data,
                                           m->batches[i].len, why, sizeof(why));

        assert_string_equal(why, "");
        assert_int_equal(batch_count(batch), m->batches[i].count);
        batch_free(batch);
    }
    return m;
}

static void
answer_results(struct bed *bed, struct link_call *call,
               const struct message_results_reply *reply)
{
    struct buf body;

    buf_init(&body, 1 << 16);
    assert_int_equal(message_encode_results_reply(&body, reply), 0);
    fake_link_answer(call, 200, body.data, body.len);
    buf_free(&body);
    fake_loop_advance(bed->loop, 0);
}

static void
ack(struct bed *bed, struct link_call *call)
{
    struct message_results *m = carried(call);
    struct message_range ranges[SPOOL_READ_MAX];
    struct message_results_reply reply = {.acked = ranges,
                                          .acked_count = m->batch_count};

    for (size_t i = 0; i < m->batch_count; i++)
        ranges[i] =
            (struct message_range){m->batches[i].first, m->batches[i].count};
    answer_results(bed, call, &reply);
    message_free(m);
}

static void
a_sync_is_always_held(void **state)
{
    struct bed *bed = *state;
    struct message_sync *m;
    struct link_call *call;

    connect(bed);
    call = waiting(bed, LINK_SYNC);
    assert_int_equal(call->request.timeout_ns, 35 * NS_PER_S);
    m = message_decode_sync(call->request.body, call->request.len);
    assert_non_null(m);
    assert_int_equal(m->wire_version, MESSAGE_WIRE_VERSION);
    assert_int_equal(m->overruns, 77);
    assert_int_equal(m->rtt_ms, -1);
    assert_int_equal(m->sent_ms, FAKE_LOOP_START_MS);
    assert_false(id_is_zero(&m->boot));
    message_free(m);
    for (int i = 0; i < 5; i++) {
        fake_loop_advance(bed->loop, 25 * NS_PER_S);
        answer_empty_sync(bed);
        assert_true(uplink_is_connected(bed->uplink));
    }
    assert_int_equal(bed->link.started[LINK_SYNC], 6);
}

static bool
asks_for_no_hold(struct bed *bed)
{
    struct link_call *call = waiting(bed, LINK_SYNC);
    struct message_sync *m =
        message_decode_sync(call->request.body, call->request.len);
    bool no_hold = m->no_hold;

    message_free(m);
    return no_hold;
}

/* A controller that holds it would keep the results here for 25 s. */
static void
the_first_sync_is_not_to_be_held(void **state)
{
    struct bed *bed = *state;

    connect(bed);
    assert_true(asks_for_no_hold(bed));
    answer_empty_sync(bed);
    fake_loop_advance(bed->loop, MS(50));
    assert_false(asks_for_no_hold(bed));
    fake_link_answer(waiting(bed, LINK_SYNC), 0, NULL, 0);
    fake_loop_advance(bed->loop, MS(500));
    assert_true(asks_for_no_hold(bed));
}

static void
an_answer_at_once_is_no_circle(void **state)
{
    struct bed *bed = *state;

    connect(bed);
    for (int i = 0; i < 20; i++) {
        answer_empty_sync(bed);
        assert_null(fake_link_find(&bed->link, LINK_SYNC));
        fake_loop_advance(bed->loop, MS(50));
    }
    assert_int_equal(bed->link.started[LINK_SYNC], 21);
}

static void
failures_back_off_with_jitter(void **state)
{
    static const int64_t most[] = {500,   1000,  2000,  4000, 8000,
                                   16000, 30000, 30000, 30000};
    struct bed *bed = *state;

    connect(bed);
    for (size_t i = 0; i < sizeof(most) / sizeof(most[0]); i++) {
        size_t before = bed->link.started[LINK_SYNC];

        fake_link_answer(waiting(bed, LINK_SYNC), 0, NULL, 0);
        fake_loop_advance(bed->loop, MS(most[i] / 2 - 1));
        assert_int_equal(bed->link.started[LINK_SYNC], before);
        fake_loop_advance(bed->loop, MS(most[i] / 2 + 1));
        assert_int_equal(bed->link.started[LINK_SYNC], before + 1);
    }
    answer_empty_sync(bed);
    fake_loop_advance(bed->loop, MS(50));
    fake_link_answer(waiting(bed, LINK_SYNC), 500, "x", 1);
    fake_loop_advance(bed->loop, MS(500));
    (void)waiting(bed, LINK_SYNC);
    fake_link_answer(waiting(bed, LINK_SYNC), 200, "\xff\xff", 2);
    assert_false(uplink_is_connected(bed->uplink));
    bed->link.refuse_start = 1;
    fake_loop_advance(bed->loop, 60 * NS_PER_S);
    bed->link.refuse_start = 0;
    fake_loop_advance(bed->loop, 60 * NS_PER_S);
    (void)waiting(bed, LINK_SYNC);
}

static void
nothing_is_sent_before_a_sync_came_back(void **state)
{
    struct bed *bed = *state;

    connect(bed);
    push(bed, 3);
    fake_loop_advance(bed->loop, 10 * NS_PER_S);
    assert_int_equal(bed->link.started[LINK_RESULTS], 0);
    answer_empty_sync(bed);
    assert_int_equal(bed->link.started[LINK_RESULTS], 1);
    ack(bed, waiting(bed, LINK_RESULTS));
    assert_int_equal(spool_stats(bed->spool).results, 0);
}

static void
live_goes_before_backlog(void **state)
{
    struct bed *bed = *state;
    struct message_results *m;
    struct link_call *backlog;

    push(bed, 200); /* more than one upload holds */
    connect(bed);
    answer_empty_sync(bed);
    backlog = waiting(bed, LINK_RESULTS);
    m = carried(backlog);
    assert_int_equal(m->batch_count, SPOOL_READ_MAX);
    for (size_t i = 0; i < m->batch_count; i++)
        assert_int_equal(m->batches[i].first, 1 + i); /* in order */
    message_free(m);
    push(bed, 1);
    assert_int_equal(bed->link.count, 2);
    m = carried(bed->link.calls[1]);
    assert_int_equal(m->batch_count, 1);
    assert_int_equal(m->batches[0].first, 201);
    message_free(m);
    push(bed, 4); /* 202 in the second live upload, then 203..205 wait */
    assert_int_equal(bed->link.count, 3);
    ack(bed, bed->link.calls[1]);
    m = carried(bed->link.calls[2]);
    assert_int_equal(m->batch_count, 3);
    assert_int_equal(m->batches[0].first, 205); /* newest first */
    assert_int_equal(m->batches[2].first, 203);
    message_free(m);
    for (int i = 0; i < 10 && bed->link.count > 0; i++)
        ack(bed, waiting(bed, LINK_RESULTS));
    assert_int_equal(spool_stats(bed->spool).results, 0);
    assert_int_equal(bed->link.started[LINK_RESULTS], 7);
}

/* The same bytes again, and only what was not acknowledged. */
static void
a_batch_is_resent_byte_for_byte(void **state)
{
    struct bed *bed = *state;
    struct message_results *first, *second;
    struct message_range one = {1, 1};
    struct message_results_reply some = {.acked = &one, .acked_count = 1};

    push(bed, 2);
    connect(bed);
    answer_empty_sync(bed);
    first = carried(waiting(bed, LINK_RESULTS));
    fake_link_answer(waiting(bed, LINK_RESULTS), 0, NULL, 0);
    assert_null(fake_link_find(&bed->link, LINK_RESULTS));
    fake_loop_advance(bed->loop, MS(500));
    second = carried(waiting(bed, LINK_RESULTS));
    assert_int_equal(second->batch_count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(second->batches[i].first, first->batches[i].first);
        assert_int_equal(second->batches[i].len, first->batches[i].len);
        assert_memory_equal(second->batches[i].data, first->batches[i].data,
                            first->batches[i].len);
    }
    message_free(first);
    message_free(second);
    answer_results(bed, waiting(bed, LINK_RESULTS), &some);
    second = carried(waiting(bed, LINK_RESULTS));
    assert_int_equal(second->batch_count, 1);
    assert_int_equal(second->batches[0].first, 2);
    message_free(second);
}

static void
no_progress_waits(void **state)
{
    struct bed *bed = *state;
    struct message_results_reply nothing = {0};

    push(bed, 1);
    connect(bed);
    answer_empty_sync(bed);
    answer_results(bed, waiting(bed, LINK_RESULTS), &nothing);
    assert_null(fake_link_find(&bed->link, LINK_RESULTS));
    fake_loop_advance(bed->loop, MS(500));
    ack(bed, waiting(bed, LINK_RESULTS));
    assert_int_equal(spool_stats(bed->spool).results, 0);
}

static void
refused_is_dropped_for_good(void **state)
{
    struct bed *bed = *state;
    struct message_range one = {1, 1};
    struct message_results_reply reply = {
        .refused = &one, .refused_count = 1, .refused_why = "no"};

    push(bed, 1);
    connect(bed);
    answer_empty_sync(bed);
    answer_results(bed, waiting(bed, LINK_RESULTS), &reply);
    assert_int_equal(spool_stats(bed->spool).results, 0);
    fake_loop_advance(bed->loop, 60 * NS_PER_S);
    assert_int_equal(bed->link.started[LINK_RESULTS], 1);
}

/* The controller is 5 s ahead, the way takes 20 ms each, it holds 10 s. */
static void
holding_cancels_out(void **state)
{
    struct bed *bed = *state;
    struct message_sync_reply reply = {0};

    connect(bed);
    reply.received_ms = FAKE_LOOP_START_MS + 5000 + 20;
    reply.sent_ms = reply.received_ms + 10000;
    fake_loop_advance(bed->loop, MS(10040));
    answer_sync(bed, &reply);
    assert_int_equal(uplink_offset_ms(bed->uplink), 5000);
}

/* This machine's clock is set while a sync is held: what goes out next has the
 * offset of the new clock, and the controller is asked for its own at once. */
static void
a_clock_that_was_set_here(void **state)
{
    struct bed *bed = *state;
    struct message_results *m;

    connect(bed);
    answer_empty_sync(bed);
    fake_loop_advance(bed->loop, MS(2000));
    assert_false(asks_for_no_hold(bed));
    fake_loop_set_wall(bed->loop, (wall_t){loop_wall(bed->loop).ms + 600000});
    push(bed, 1);
    m = carried(waiting(bed, LINK_RESULTS));
    assert_int_equal(m->offset_ms, -600000);
    message_free(m);
    fake_loop_advance(bed->loop, 0);
    assert_true(asks_for_no_hold(bed));
    answer_empty_sync(bed); /* its clock was set, too */
    assert_int_equal(uplink_offset_ms(bed->uplink), 0);
    fake_loop_advance(bed->loop, MS(1000));
    assert_false(asks_for_no_hold(bed));
}

/* While it is on its way: the moments of one exchange are of one clock. */
static void
a_clock_that_was_set_during_an_exchange(void **state)
{
    struct bed *bed = *state;
    struct message_sync_reply reply = {0};

    connect(bed);
    reply.received_ms = FAKE_LOOP_START_MS + 20;
    reply.sent_ms = reply.received_ms + 10000;
    fake_loop_advance(bed->loop, MS(10040));
    fake_loop_set_wall(bed->loop, (wall_t){loop_wall(bed->loop).ms - 600000});
    answer_sync(bed, &reply);
    assert_int_equal(uplink_offset_ms(bed->uplink), 600000);
}

static void
orders_are_passed_on(void **state)
{
    struct bed *bed = *state;
    struct message_assigned one = {"home", "text", 9, 0, 1};
    struct message_run_now run = {.check = "home", .again_ms = 1000};
    struct message_sync_reply reply = {
        .received_ms = 1767000000000,
        .sent_ms = 1767000000000,
        .generation = 12,
        .has_assignment = true,
        .assigned = &one,
        .assigned_count = 1,
        .run_now = &run,
        .run_now_count = 1,
    };
    struct message_sync *m;
    struct link_call *call;

    run.id.byte[0] = 1;
    run.expires_ms = reply.sent_ms + 7000;
    connect(bed);
    fake_loop_advance(bed->loop, MS(100));
    answer_sync(bed, &reply);
    assert_non_null(bed->assignment);
    assert_int_equal(bed->assignment->assigned_count, 1);
    assert_int_equal(bed->run_nows, 1);
    assert_int_equal(bed->run_now_left_ms, 7000);
    call = waiting(bed, LINK_SYNC);
    m = message_decode_sync(call->request.body, call->request.len);
    assert_int_equal(m->generation, 12);
    message_free(m);
    run.expires_ms = reply.sent_ms - 1;
    fake_loop_advance(bed->loop, MS(100));
    answer_sync(bed, &reply);
    assert_int_equal(bed->run_nows, 1);
}

static void
a_kick_gives_up_the_held_sync(void **state)
{
    struct bed *bed = *state;

    connect(bed);
    fake_loop_advance(bed->loop, MS(2000));
    uplink_kick(bed->uplink);
    uplink_kick(bed->uplink);
    assert_int_equal(bed->link.cancelled, 1);
    fake_loop_advance(bed->loop, 0);
    assert_int_equal(bed->link.started[LINK_SYNC], 2);
    uplink_kick(bed->uplink); /* within the second */
    assert_int_equal(bed->link.cancelled, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_sync_is_always_held),
        TEST(the_first_sync_is_not_to_be_held),
        TEST(an_answer_at_once_is_no_circle),
        TEST(failures_back_off_with_jitter),
        TEST(nothing_is_sent_before_a_sync_came_back),
        TEST(live_goes_before_backlog),
        TEST(a_batch_is_resent_byte_for_byte),
        TEST(no_progress_waits),
        TEST(refused_is_dropped_for_good),
        TEST(holding_cancels_out),
        TEST(a_clock_that_was_set_here),
        TEST(a_clock_that_was_set_during_an_exchange),
        TEST(orders_are_passed_on),
        TEST(a_kick_gives_up_the_held_sync),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
