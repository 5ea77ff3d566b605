/* lane_test.c - turns, overruns, caps, run-nows and reloads, with an engine
 * that a test plays and a clock that it moves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/lane.c"

#include <stdio.h>

#include "base/buf.h"
#include "fake_engine.h"
#include "fake_loop.h"
#include "probe/assignment.h"

#define MS(n) ((int64_t)(n)*NS_PER_MS)

struct bed {
    struct loop *loop;
    struct lane *lane;
    unsigned results;
    unsigned asked;
    struct result last;
    size_t max;
};

static void
on_result(void *cookie, struct result *result, bool asked)
{
    struct bed *bed = cookie;

    bed->results++;
    bed->asked += asked;
    bed->last = *result;
    result_free(result);
}

static void
open_lane(struct bed *bed, size_t concurrency)
{
    struct lane_opts opts = {
        .loop = bed->loop,
        .concurrency_max = concurrency,
        .count = 1,
        .on_result = on_result,
        .cookie = bed,
    };

    lane_free(bed->lane);
    bed->lane = lane_create(&opts);
    assert_non_null(bed->lane);
}

static int
setup(void **state)
{
    struct bed *bed = calloc(1, sizeof(*bed));

    assert_non_null(bed);
    bed->loop = loop_create();
    open_lane(bed, 100);
    fake_engine_started = fake_engine_compiled = 0;
    *state = bed;
    return 0;
}

static int
teardown(void **state)
{
    struct bed *bed = *state;

    lane_free(bed->lane);
    assert_int_equal(fake_engine_specs, 0);
    loop_free(bed->loop);
    free(bed);
    return 0;
}

/* n checks named c000.. of "every N"; there and back through the wire, as a
 * real one comes. */
static void
assign(struct bed *bed, size_t n, const char *text, uint64_t version)
{
    static char names[2000][24];
    static struct message_assigned many[2000];
    struct message_sync_reply reply = {.assigned = many, .assigned_count = n};
    struct message_sync_reply *got;
    struct buf bytes;

    for (size_t i = 0; i < n; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "c%04zu", i);
        many[i] = (struct message_assigned){names[i], text, version, 0, 1};
    }
    buf_init(&bytes, MESSAGE_SYNC_MAX);
    assert_int_equal(message_encode_sync_reply(&bytes, &reply), 0);
    got = message_decode_sync_reply(bytes.data, bytes.len);
    assert_non_null(got);
    buf_free(&bytes);
    lane_set_assignment(bed->lane, assignment_create(got));
}

/* Lets time pass in steps; each run ends as it is found. */
static void
pass(struct bed *bed, int64_t ms, enum status status)
{
    for (int64_t i = 0; i < ms; i += 10) {
        fake_loop_advance(bed->loop, MS(10));
        if (fake_engine_count > bed->max)
            bed->max = fake_engine_count;
        while (fake_engine_count > 0)
            fake_engine_end(status);
    }
}

static void
first_runs_come_soon_then_each_turn(void **state)
{
    struct bed *bed = *state;

    assign(bed, 20, "every 10", 1);
    pass(bed, 600, STATUS_UP);
    assert_in_range(bed->results, 20, 23);
    pass(bed, 99400, STATUS_UP);
    assert_in_range(bed->results, 20 * 10, 20 * 11);
    assert_true(bed->max <= 4); /* spread */
    assert_int_equal(lane_counts(bed->lane).overruns, 0);
    assert_int_equal(bed->last.us[PHASE_TOTAL], 1234);
}

static void
a_check_never_overlaps_itself(void **state)
{
    struct bed *bed = *state;

    assign(bed, 1, "every 1", 1);
    fake_loop_advance(bed->loop, MS(10500));
    assert_int_equal(fake_engine_count, 1);
    assert_int_equal(fake_engine_started, 1);
    assert_in_range(lane_counts(bed->lane).overruns, 9, 11);
    fake_engine_end(STATUS_UP);
    pass(bed, 3000, STATUS_UP);
    assert_in_range(fake_engine_started, 4, 5);
}

static void
the_cap_delays(void **state)
{
    struct bed *bed = *state;

    open_lane(bed, 3);
    assign(bed, 50, "every 60", 1);
    fake_loop_advance(bed->loop, MS(2000));
    assert_int_equal(fake_engine_count, 3);
    assert_in_range(lane_counts(bed->lane).delayed, 47, 49);
    for (int i = 0; i < 50; i++) {
        assert_true(fake_engine_count <= 3);
        fake_engine_end(STATUS_UP);
    }
    assert_in_range(bed->results, 50, 52);
}

static struct message_run_now
ask(unsigned char id, const char *check, int64_t again_ms)
{
    struct message_run_now run = {.check = check, .again_ms = again_ms};

    run.id.byte[0] = id;
    return run;
}

static void
order(struct bed *bed, unsigned char id, int64_t again_ms)
{
    struct message_run_now run = ask(id, "c0000", again_ms);

    lane_run_now(bed->lane, &run,
                 clock_after(loop_now(bed->loop), 5 * NS_PER_S));
}

/* Assigned, and its first run done. */
static void
ready(struct bed *bed)
{
    assign(bed, 1, "every 3600", 1);
    pass(bed, 600, STATUS_UP);
    bed->results = bed->asked = 0;
    fake_engine_started = 0;
}

static void
an_order_runs_once_an_id(void **state)
{
    struct bed *bed = *state;

    ready(bed);
    order(bed, 7, 0);
    order(bed, 7, 0);
    assert_int_equal(fake_engine_count, 1);
    assert_int_equal(fake_engine_runs[0]->run.asked.byte[0], 7);
    fake_engine_end(STATUS_UP);
    order(bed, 7, 0);
    assert_int_equal(fake_engine_started, 1);
    assert_int_equal(bed->asked, 1);
    assert_int_equal(bed->last.asked.byte[0], 7);
    order(bed, 8, 0);
    assert_int_equal(fake_engine_started, 2);
}

static void
a_failed_order_runs_again_from_its_begin(void **state)
{
    struct bed *bed = *state;

    ready(bed);
    order(bed, 1, 1000);
    fake_loop_advance(bed->loop, MS(300));
    fake_engine_end(STATUS_DOWN);
    fake_loop_advance(bed->loop, MS(699));
    assert_int_equal(fake_engine_count, 0);
    fake_loop_advance(bed->loop, MS(1));
    assert_int_equal(fake_engine_count, 1);
    assert_int_equal(fake_engine_runs[0]->run.asked.byte[0], 1);
    fake_engine_end(STATUS_DOWN);
    fake_loop_advance(bed->loop, MS(5000));
    assert_int_equal(fake_engine_started, 2); /* once more, not for ever */
    assert_int_equal(bed->asked, 2);
    order(bed, 2, 1000);
    fake_loop_advance(bed->loop, MS(3000)); /* longer than `again` */
    fake_engine_end(STATUS_DOWN);
    fake_loop_advance(bed->loop, 0);
    assert_int_equal(fake_engine_count, 1);
    fake_engine_end(STATUS_UP);
    order(bed, 3, 1000);
    fake_engine_end(STATUS_UP);
    fake_loop_advance(bed->loop, MS(3000));
    assert_int_equal(fake_engine_started, 5);
}

static void
an_order_expires_while_it_waits(void **state)
{
    struct bed *bed = *state;
    struct message_run_now run = ask(9, "c0000", 0);

    open_lane(bed, 1);
    ready(bed);
    order(bed, 1, 0);
    order(bed, 2, 0);
    assert_int_equal(fake_engine_count, 1);
    fake_loop_advance(bed->loop, 6 * NS_PER_S);
    fake_engine_end(STATUS_UP);
    assert_int_equal(fake_engine_count, 0);
    lane_run_now(bed->lane, &run, loop_now(bed->loop));
    assert_int_equal(fake_engine_count, 0);
    run.check = "unknown";
    lane_run_now(bed->lane, &run, clock_after(loop_now(bed->loop), NS_PER_S));
    assert_int_equal(fake_engine_count, 0);
}

/* A check that leaves in the middle of its run leaves a place. */
static void
who_waits_takes_the_place_of_who_left(void **state)
{
    struct bed *bed = *state;
    struct message_run_now first = ask(1, "c0001", 0);

    open_lane(bed, 1);
    assign(bed, 2, "every 3600", 1);
    pass(bed, 600, STATUS_UP);
    lane_run_now(bed->lane, &first,
                 clock_after(loop_now(bed->loop), 5 * NS_PER_S));
    order(bed, 2, 0);
    assert_int_equal(fake_engine_count, 1);
    assert_int_equal(fake_engine_runs[0]->run.asked.byte[0], 1);
    assign(bed, 1, "every 3600", 1); /* without c0001 */
    assert_int_equal(fake_engine_count, 1);
    assert_int_equal(fake_engine_runs[0]->run.asked.byte[0], 2);
    fake_engine_end(STATUS_UP);
}

/* Who asked first has waited longest. */
static void
orders_wait_in_the_order_asked(void **state)
{
    struct bed *bed = *state;

    open_lane(bed, 1);
    ready(bed);
    for (unsigned char id = 1; id <= 4; id++)
        order(bed, id, 0);
    for (unsigned char id = 1; id <= 4; id++) {
        assert_int_equal(fake_engine_count, 1);
        assert_int_equal(fake_engine_runs[0]->run.asked.byte[0], id);
        fake_engine_end(STATUS_UP);
    }
    assert_int_equal(fake_engine_count, 0);
}

static void
orders_are_capped_and_counted(void **state)
{
    struct bed *bed = *state;
    struct message_run_now run = ask(0, "c0000", 0);

    ready(bed);
    for (unsigned i = 1; i <= LANE_ASKED_MAX + 5; i++) {
        run.id.byte[0] = (uint8_t)i;
        run.id.byte[1] = (uint8_t)(i >> 8);
        lane_run_now(bed->lane, &run,
                     clock_after(loop_now(bed->loop), NS_PER_S));
    }
    assert_int_equal(lane_counts(bed->lane).asked_dropped, 5);
    assert_int_equal(fake_engine_count, 100);
}

static void
lag_marks_a_result(void **state)
{
    struct bed *bed = *state;

    ready(bed);
    fake_loop_set_lag(bed->loop, MS(501));
    order(bed, 1, 0);
    fake_engine_end(STATUS_DOWN);
    assert_int_equal(bed->last.status, STATUS_ERROR);
    assert_int_equal(bed->last.reason, REASON_LOCAL_OVERLOAD);
    assert_int_equal(bed->last.us[PHASE_TOTAL], 1234);
    assert_int_equal(bed->last.lag_us, 501000);
    fake_loop_set_lag(bed->loop, MS(499));
    order(bed, 2, 0);
    fake_engine_end(STATUS_DOWN);
    assert_int_equal(bed->last.status, STATUS_DOWN);
    assert_int_equal(bed->last.lag_us, 499000);
}

/* No run before its turn, none beside it by jitter, and none that begins so
 * late that it meets the next region's. */
static void
a_lock_keeps_to_its_turn(void **state)
{
    struct bed *bed = *state;
    int64_t offset_ms = (int64_t)(id_hash("c0000") % 10000);
    int64_t now_ms = loop_wall(bed->loop).ms;
    int64_t turn_ms = 10000 - (now_ms - offset_ms) % 10000;

    open_lane(bed, 1);
    assign(bed, 1, "lock, every 10", 1);
    fake_loop_advance(bed->loop, MS(turn_ms) - 1);
    assert_int_equal(fake_engine_started, 0);
    for (int i = 0; i < 3; i++) {
        fake_loop_advance(bed->loop, i == 0 ? MS(2) : MS(10000));
        assert_int_equal(fake_engine_started, 1 + i);
        fake_engine_end(STATUS_UP);
    }
    order(bed, 1, 0); /* takes the only place */
    fake_loop_advance(bed->loop, MS(10000));
    assert_int_equal(fake_engine_started, 4);
    fake_loop_advance(bed->loop, MS(9300)); /* 9 s of slack */
    fake_engine_end(STATUS_UP);
    assert_int_equal(fake_engine_count, 0);
    assert_int_equal(bed->results, 5);
    assert_int_equal(bed->asked, 1);
    assert_int_equal(bed->last.reason, REASON_LOCAL_OVERLOAD);
}

static void
a_reload_keeps_what_did_not_change(void **state)
{
    struct bed *bed = *state;

    assign(bed, 10, "every 60", 1);
    pass(bed, 600, STATUS_UP);
    fake_engine_started = fake_engine_compiled = 0;
    assign(bed, 11, "every 60", 1); /* one more */
    pass(bed, 600, STATUS_UP);
    assert_int_equal(fake_engine_compiled, 1);
    assert_in_range(fake_engine_started, 1, 2);
    assign(bed, 11, "every 60", 2); /* all changed */
    pass(bed, 600, STATUS_UP);
    assert_int_equal(fake_engine_compiled, 12);
    assign(bed, 0, "", 3);
    bed->results = 0;
    pass(bed, 120000, STATUS_UP);
    assert_int_equal(bed->results, 0);
}

static void
what_is_gone_is_cancelled(void **state)
{
    struct bed *bed = *state;

    assign(bed, 5, "every 60", 1);
    fake_loop_advance(bed->loop, MS(600));
    assert_int_equal(fake_engine_count, 5);
    assign(bed, 2, "every 60", 1);
    assert_int_equal(fake_engine_count, 2);
    fake_engine_end(STATUS_UP);
    fake_engine_end(STATUS_UP);
    assert_int_equal(bed->results, 2);
}

static void
a_text_that_does_not_compile_reports_it(void **state)
{
    struct bed *bed = *state;

    assign(bed, 1, "rubbish", 5);
    fake_loop_advance(bed->loop, MS(600));
    assert_int_equal(bed->results, 1);
    assert_int_equal(bed->last.status, STATUS_ERROR);
    assert_int_equal(bed->last.reason, REASON_LOCAL_CONFIG);
    assert_int_equal(bed->last.version, 5);
    fake_loop_advance(bed->loop, 180 * NS_PER_S);
    assert_in_range(bed->results, 3, 5);
}

static void
specs_are_few_however_many_checks(void **state)
{
    struct bed *bed = *state;

    assign(bed, 2000, "every 60", 1);
    pass(bed, 60000, STATUS_UP);
    assert_true(bed->results >= 2000);
    assert_int_equal(fake_engine_specs, LANE_SPECS_MAX);
}

static void
a_clock_step_is_no_burst(void **state)
{
    struct bed *bed = *state;
    wall_t later;

    assign(bed, 50, "every 60", 1);
    pass(bed, 2000, STATUS_UP);
    bed->results = 0;
    bed->max = 0;
    later.ms = loop_wall(bed->loop).ms + 86400000;
    fake_loop_set_wall(bed->loop, later);
    pass(bed, 60000, STATUS_UP);
    assert_in_range(bed->results, 45, 55);
    assert_true(bed->max < 8);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(first_runs_come_soon_then_each_turn),
        TEST(a_check_never_overlaps_itself),
        TEST(the_cap_delays),
        TEST(an_order_runs_once_an_id),
        TEST(a_failed_order_runs_again_from_its_begin),
        TEST(an_order_expires_while_it_waits),
        TEST(who_waits_takes_the_place_of_who_left),
        TEST(orders_wait_in_the_order_asked),
        TEST(orders_are_capped_and_counted),
        TEST(lag_marks_a_result),
        TEST(a_lock_keeps_to_its_turn),
        TEST(a_reload_keeps_what_did_not_change),
        TEST(what_is_gone_is_cancelled),
        TEST(a_text_that_does_not_compile_reports_it),
        TEST(specs_are_few_however_many_checks),
        TEST(a_clock_step_is_no_burst),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
