#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/fleet_run.c"

static struct fleet_run *
add(struct fleet_member *m, int64_t expires_ms)
{
    struct fleet_run *run = str_xcalloc(1, sizeof(*run));

    run->id = id_random();
    run->check = str_xdup("c");
    run->target = str_xdup("t");
    run->expires_ms = expires_ms;
    run->next = m->runs;
    m->runs = run;
    m->run_count++;
    return run;
}

static void
run_is_due_at_once_then_each_second(void **state)
{
    struct fleet_member m = {0};
    struct message_run_now list[FLEET_RUNS_MAX];
    mono_t now = {5 * NS_PER_S};

    (void)state;
    assert_false(fleet_run_is_due(&m, now));
    (void)add(&m, 1000);
    assert_true(fleet_run_is_due(&m, now));
    assert_int_equal(fleet_run_list(&m, now, list), 1);
    assert_string_equal(list[0].check, "c");
    assert_false(fleet_run_is_due(&m, now));
    assert_false(fleet_run_is_due(&m, clock_after(now, NS_PER_S - 1)));
    assert_true(fleet_run_is_due(&m, clock_after(now, NS_PER_S)));
    fleet_run_free(&m);
    assert_null(m.runs);
}

static void
answered_and_expired_ones_go(void **state)
{
    struct fleet_member m = {0};
    struct id id;

    (void)state;
    (void)add(&m, 1000);
    (void)add(&m, 2000);
    id = add(&m, 3000)->id;
    fleet_run_drop(&m, NULL, 1000);
    assert_int_equal(m.run_count, 2);
    fleet_run_drop(&m, &id, 1000);
    assert_int_equal(m.run_count, 1);
    fleet_run_drop(&m, &id, 2000);
    assert_int_equal(m.run_count, 0);
    assert_null(m.runs);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(run_is_due_at_once_then_each_second),
        cmocka_unit_test(answered_and_expired_ones_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
