#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/fleet_hold.c"

#include "fake_loop.c"

/* Two members that hold syncs; what the other files of the fleet do. */
struct world {
    struct loop *loop;
    struct fleet fleet;
    struct fleet_member a, b;
    int touched, replies;
    bool run_is_due;
    struct message_sync_reply last;
    struct fleet_hold *drop; /* from inside the reply */
};

static struct world *here;

void
fleet_touch(struct fleet *fleet)
{
    assert_ptr_equal(fleet, &here->fleet);
    here->touched++;
}

bool
fleet_run_is_due(const struct fleet_member *member, mono_t now)
{
    (void)now;
    return here->run_is_due && member == &here->a;
}

size_t
fleet_run_list(struct fleet_member *member, mono_t now,
               struct message_run_now *list)
{
    list[0] = (struct message_run_now){0};
    return fleet_run_is_due(member, now) ? 1 : 0;
}

struct message_given *
fleet_given_list(const struct fleet_member *member)
{
    return str_xcalloc(member->given_count + 1, sizeof(struct message_given));
}

static void
on_reply(void *cookie, const struct message_sync_reply *reply)
{
    struct world *w = cookie;

    w->replies++;
    w->last = *reply;
    if (w->drop != NULL)
        fleet_hold_remove(w->drop);
    w->drop = NULL;
}

static struct fleet_hold *
hold_as(struct world *w, struct fleet_member *member, uint64_t generation)
{
    const struct message_sync sync = {.generation = generation};

    return fleet_hold_add(&w->fleet, member, &sync, on_reply, w);
}

static void
answer_all(struct world *w)
{
    fleet_hold_answer(&w->fleet, loop_now(w->loop));
}

static int
setup(void **state)
{
    struct world *w = test_calloc(1, sizeof(*w));

    w->loop = loop_create();
    w->fleet.loop = w->loop;
    w->a.generation = 7;
    w->b.generation = 7;
    here = w;
    *state = w;
    return 0;
}

static int
teardown(void **state)
{
    struct world *w = *state;

    while (w->fleet.holds != NULL)
        fleet_hold_remove(w->fleet.holds);
    loop_free(w->loop);
    test_free(w);
    return 0;
}

static void
without_news_it_is_held_to_its_end(void **state)
{
    struct world *w = *state;

    (void)hold_as(w, &w->a, 7);
    assert_int_equal(w->touched, 1);
    answer_all(w);
    fake_loop_advance(w->loop, HOLD_NS - 1);
    answer_all(w);
    assert_int_equal(w->replies, 0);
    fake_loop_advance(w->loop, 1);
    answer_all(w);
    assert_int_equal(w->replies, 1);
    assert_false(w->last.has_assignment);
    assert_true(w->last.generation == 7);
    assert_null(w->fleet.holds);
}

static void
another_generation_is_news_with_the_tasks(void **state)
{
    struct world *w = *state;
    char name[] = "shop";
    struct spec spec = {.name = name, .text = name, .version = 3};
    struct fleet_task task = {&spec, 0, 1};

    w->a.tasks = &task;
    w->a.task_count = 1;
    (void)hold_as(w, &w->a, 6);
    (void)hold_as(w, &w->b, 7);
    answer_all(w);
    assert_int_equal(w->replies, 1);
    assert_true(w->last.has_assignment);
    assert_int_equal(w->last.assigned_count, 1);
    assert_true(w->last.generation == 7);
}

static void
run_now_is_news_without_the_tasks(void **state)
{
    struct world *w = *state;

    (void)hold_as(w, &w->a, 7);
    w->run_is_due = true;
    answer_all(w);
    assert_int_equal(w->replies, 1);
    assert_int_equal(w->last.run_now_count, 1);
    assert_false(w->last.has_assignment);
}

/* What the probe would do twice is said to its newest sync alone. */
static void
newer_sync_ends_the_older_without_a_word(void **state)
{
    struct world *w = *state;

    (void)hold_as(w, &w->a, 7);
    (void)hold_as(w, &w->b, 7);
    (void)hold_as(w, &w->a, 7);
    answer_all(w);
    assert_int_equal(w->replies, 1);
    assert_false(w->last.has_assignment);
    assert_ptr_equal(w->fleet.holds->member, &w->a);
    w->run_is_due = true;
    answer_all(w);
    assert_int_equal(w->replies, 2);
    assert_int_equal(w->last.run_now_count, 1);
    assert_ptr_equal(w->fleet.holds->member, &w->b);
    assert_null(w->fleet.holds->next);
}

static void
sync_of_a_member_that_went_says_nothing(void **state)
{
    struct world *w = *state;

    (void)hold_as(w, &w->a, 6);
    w->run_is_due = true;
    fleet_hold_forget(&w->fleet, &w->a);
    answer_all(w);
    assert_int_equal(w->replies, 1);
    assert_false(w->last.has_assignment);
    assert_true(w->last.generation == 6);
    assert_int_equal(w->last.run_now_count, 0);
}

static void
step_of_the_clock_answers_all_with_the_new_time(void **state)
{
    struct world *w = *state;
    int64_t received_ms = loop_wall(w->loop).ms;

    (void)hold_as(w, &w->a, 7);
    (void)hold_as(w, &w->b, 7);
    w->touched = 0;
    fleet_hold_step(&w->fleet, 5000);
    assert_int_equal(w->touched, 1);
    answer_all(w);
    assert_int_equal(w->replies, 2);
    assert_true(w->last.received_ms == received_ms + 5000);
}

static void
reply_may_remove_another_hold(void **state)
{
    struct world *w = *state;

    w->drop = hold_as(w, &w->a, 6);
    (void)hold_as(w, &w->b, 6); /* first in the list */
    answer_all(w);
    assert_int_equal(w->replies, 1);
    assert_null(w->fleet.holds);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_news_it_is_held_to_its_end,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            another_generation_is_news_with_the_tasks, setup, teardown),
        cmocka_unit_test_setup_teardown(run_now_is_news_without_the_tasks,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            newer_sync_ends_the_older_without_a_word, setup, teardown),
        cmocka_unit_test_setup_teardown(sync_of_a_member_that_went_says_nothing,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            step_of_the_clock_answers_all_with_the_new_time, setup, teardown),
        cmocka_unit_test_setup_teardown(reply_may_remove_another_hold, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
