/* roster_test.c - who comes, stays and goes with an assignment, and at which
 * turn of the loop it is scheduled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/roster.c"

#include <stdio.h>

#include "base/buf.h"
#include "fake_engine.h"
#include "fake_loop.h"

#define NAMES_MAX 100

struct bed {
    struct loop *loop;
    struct schedule *schedule;
    struct roster *roster;
    unsigned scheduled;   /* calls ... */
    size_t compiled[200]; /* ... and how many were compiled at each */
    unsigned left;
    char last_left[24];
};

static void
on_scheduled(void *cookie)
{
    struct bed *bed = cookie;

    assert_true(bed->scheduled < 200);
    bed->compiled[bed->scheduled++] = fake_engine_compiled;
}

static void
on_leave(void *cookie, struct roster_check *check)
{
    struct bed *bed = cookie;

    bed->left++;
    (void)str_copy(bed->last_left, sizeof(bed->last_left), check->as->check);
}

static void
open_roster(struct bed *bed, size_t index, size_t count)
{
    struct roster_opts opts = {
        .loop = bed->loop,
        .schedule = bed->schedule,
        .specs_max = 4,
        .index = index,
        .count = count,
        .on_scheduled = on_scheduled,
        .on_leave = on_leave,
        .cookie = bed,
    };

    roster_free(bed->roster);
    bed->roster = roster_create(&opts);
    bed->scheduled = bed->left = 0;
}

static int
setup(void **state)
{
    struct bed *bed = calloc(1, sizeof(*bed));

    assert_non_null(bed);
    bed->loop = loop_create();
    bed->schedule = schedule_create();
    fake_engine_compiled = 0;
    open_roster(bed, 0, 1);
    *state = bed;
    return 0;
}

static int
teardown(void **state)
{
    struct bed *bed = *state;

    roster_free(bed->roster);
    assert_int_equal(fake_engine_specs, 0);
    schedule_free(bed->schedule);
    loop_free(bed->loop);
    free(bed);
    return 0;
}

/* Checks c000.. but for each whose bit is in `without`; over the wire, as a
 * real assignment comes. */
static void
assign(struct bed *bed, size_t n, unsigned without, const char *text)
{
    char names[NAMES_MAX][24];
    struct message_assigned many[NAMES_MAX];
    struct message_sync_reply reply = {.assigned = many};
    struct message_sync_reply *got;
    struct buf bytes;

    for (size_t i = 0; i < n; i++) {
        if (i < 32 && (without & 1U << i))
            continue;
        (void)snprintf(names[i], sizeof(names[i]), "c%03zu", i);
        many[reply.assigned_count++] =
            (struct message_assigned){names[i], text, 1, 0, 1};
    }
    buf_init(&bytes, MESSAGE_SYNC_MAX);
    assert_int_equal(message_encode_sync_reply(&bytes, &reply), 0);
    got = message_decode_sync_reply(bytes.data, bytes.len);
    assert_non_null(got);
    buf_free(&bytes);
    roster_set_assignment(bed->roster, assignment_create(got));
}

static void
a_few_are_compiled_at_each_turn(void **state)
{
    struct bed *bed = *state;

    assign(bed, 2 * COMPILE_A_TURN + 1, 0, "every 60");
    assert_int_equal(fake_engine_compiled, 0);
    fake_loop_advance(bed->loop, 0);
    assert_int_equal(bed->scheduled, 3);
    assert_int_equal(bed->compiled[0], COMPILE_A_TURN);
    assert_int_equal(bed->compiled[1], 2 * COMPILE_A_TURN);
    assert_int_equal(bed->compiled[2], 2 * COMPILE_A_TURN + 1);
    assert_int_equal(fake_engine_specs, 4); /* specs_max */
}

static void
who_is_the_same_stays(void **state)
{
    struct bed *bed = *state;
    struct roster_check *second;
    const struct schedule_item *item;

    assign(bed, 4, 0, "every 60");
    fake_loop_advance(bed->loop, NS_PER_S);
    second = roster_find(bed->roster, "c001");
    assert_non_null(second);
    item = second->item;
    assign(bed, 6, 1U << 2, "every 60");
    fake_loop_advance(bed->loop, NS_PER_S);
    assert_int_equal(bed->left, 1);
    assert_string_equal(bed->last_left, "c002");
    assert_null(roster_find(bed->roster, "c002"));
    assert_ptr_equal(roster_find(bed->roster, "c001"), second);
    assert_ptr_equal(second->item, item);
    assert_int_equal(fake_engine_compiled, 6);
    for (const char **name =
             (const char *[]){"c000", "c001", "c003", "c004", "c005", NULL};
         *name; name++)
        assert_string_equal(roster_find(bed->roster, *name)->as->check, *name);
    assign(bed, 0, 0, "");
    assert_int_equal(bed->left, 6);
}

/* One that goes before its turn to be compiled was never scheduled. */
static void
who_goes_at_once_is_never_compiled(void **state)
{
    struct bed *bed = *state;

    assign(bed, 3, 0, "every 60");
    assign(bed, 1, 0, "every 60");
    assert_int_equal(bed->left, 3);
    fake_loop_advance(bed->loop, NS_PER_S);
    assert_int_equal(fake_engine_compiled, 1);
}

static void
each_check_falls_to_one_lane(void **state)
{
    struct bed *bed = *state;
    unsigned seen[NAMES_MAX] = {0};

    for (size_t lane = 0; lane < 3; lane++) {
        open_roster(bed, lane, 3);
        assign(bed, NAMES_MAX, 0, "every 60");
        for (size_t i = 0; i < NAMES_MAX; i++) {
            char name[24];

            (void)snprintf(name, sizeof(name), "c%03zu", i);
            seen[i] += roster_find(bed->roster, name) != NULL;
        }
        assert_in_range(bed->roster->count, 15, 55);
    }
    for (size_t i = 0; i < NAMES_MAX; i++)
        assert_int_equal(seen[i], 1);
}

static void
a_wrong_text_is_scheduled_and_says_why(void **state)
{
    struct bed *bed = *state;
    struct roster_check *check;
    char why[64] = "";

    assign(bed, 1, 0, "rubbish");
    fake_loop_advance(bed->loop, NS_PER_S);
    check = roster_find(bed->roster, "c000");
    assert_non_null(check->item);
    assert_true(check->is_refused);
    assert_true(check->slack_ns < 0);
    assert_null(roster_spec(bed->roster, check, why, sizeof(why)));
    assert_string_equal(why, "not a fake check");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_few_are_compiled_at_each_turn),
        TEST(who_is_the_same_stays),
        TEST(who_goes_at_once_is_never_compiled),
        TEST(each_check_falls_to_one_lane),
        TEST(a_wrong_text_is_scheduled_and_says_why),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
