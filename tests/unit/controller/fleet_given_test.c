/* fleet_given.c: a probe is given what its checks use, and no more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/fleet_given.c"

#define A "PICKET_TEST_A"
#define B "PICKET_TEST_B"

struct world {
    struct fleet fleet;
    struct fleet_member member;
    struct spec spec[3];
    struct fleet_task tasks[3];
};

static void
define(struct secret_set *set, const char *name, enum secret_at at,
       const char *variable)
{
    struct secret_def def = {
        .name = name, .source = SECRET_ENV, .at = at, .from = variable};

    assert_int_equal(secret_add(set, &def), 0);
}

/* The first check uses a and p (read at the probe), the second a and b, the
 * third none. */
static int
setup(void **state)
{
    struct world *w = str_xcalloc(1, sizeof(*w));

    setenv(A, "hunter2", 1);
    unsetenv(B);
    w->fleet.secrets = secret_set_create();
    define(w->fleet.secrets, "a", SECRET_AT_CONTROLLER, A);
    define(w->fleet.secrets, "b", SECRET_AT_CONTROLLER, B);
    define(w->fleet.secrets, "p", SECRET_AT_PROBE, A);
    define(w->fleet.secrets, "unused", SECRET_AT_CONTROLLER, A);
    for (size_t i = 0; i < 2; i++) {
        w->spec[i].secrets = secret_set_create();
        define(w->spec[i].secrets, "a", SECRET_AT_CONTROLLER, A);
    }
    define(w->spec[0].secrets, "p", SECRET_AT_PROBE, A);
    define(w->spec[1].secrets, "b", SECRET_AT_CONTROLLER, B);
    for (size_t i = 0; i < 3; i++)
        w->tasks[i].spec = &w->spec[i];
    w->member.tasks = w->tasks;
    w->member.task_count = 3;
    *state = w;
    return 0;
}

static int
teardown(void **state)
{
    struct world *w = *state;

    fleet_given_free(&w->member);
    for (size_t i = 0; i < 2; i++)
        secret_set_free(w->spec[i].secrets);
    secret_set_free(w->fleet.secrets);
    free(w);
    return 0;
}

static void
read_all(struct world *w)
{
    char why[SECRET_WHY_MAX];

    secret_mark_stale(w->fleet.secrets, NULL);
    (void)secret_refresh(w->fleet.secrets, why, sizeof(why));
}

static void
only_what_its_checks_use(void **state)
{
    struct world *w = *state;
    struct message_given *list;

    read_all(w);
    assert_true(fleet_given_settle(&w->fleet, &w->member));
    list = fleet_given_list(&w->member);
    assert_int_equal(w->member.given_count, 2);
    assert_string_equal(list[0].name, "a");
    assert_int_equal(list[0].len, 7);
    assert_memory_equal(list[0].value, "hunter2", 7);
    assert_string_equal(list[1].name, "b");
    assert_int_equal(list[1].len, 0);
    assert_string_equal(list[1].why,
                        "at the controller: environment variable " B
                        " is not set");
    free(list);

    w->member.task_count = 1;
    assert_true(fleet_given_settle(&w->fleet, &w->member));
    assert_int_equal(w->member.given_count, 1);
    w->member.tasks = &w->tasks[2];
    assert_true(fleet_given_settle(&w->fleet, &w->member));
    assert_int_equal(w->member.given_count, 0);
    assert_false(fleet_given_settle(&w->fleet, &w->member));
}

/* Read again and the same: nothing is new; another: once. */
static void
a_changed_value_is_news(void **state)
{
    struct world *w = *state;

    read_all(w);
    assert_true(fleet_given_settle(&w->fleet, &w->member));
    read_all(w);
    assert_false(fleet_given_settle(&w->fleet, &w->member));
    setenv(A, "hunter3", 1);
    read_all(w);
    assert_true(fleet_given_settle(&w->fleet, &w->member));
    assert_false(fleet_given_settle(&w->fleet, &w->member));
    setenv(B, "correct horse", 1);
    read_all(w);
    assert_true(fleet_given_settle(&w->fleet, &w->member));
    unsetenv(A);
    read_all(w); /* what was, is kept */
    assert_false(fleet_given_settle(&w->fleet, &w->member));
}

static void
only_what_was_given_can_be_refused(void **state)
{
    struct world *w = *state;

    char why[SECRET_WHY_MAX];

    setenv(B, "correct horse", 1);
    assert_int_equal(secret_read(w->fleet.secrets, NULL, why, sizeof(why)), 0);
    (void)fleet_given_settle(&w->fleet, &w->member);
    fleet_given_refused(&w->fleet, &w->member, "unused");
    fleet_given_refused(&w->fleet, &w->member, "p");
    fleet_given_refused(&w->fleet, &w->member, "none");
    assert_int_equal(secret_due_ns(w->fleet.secrets), -1);
    fleet_given_refused(&w->fleet, &w->member, "b");
    assert_int_equal(secret_due_ns(w->fleet.secrets), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_what_its_checks_use, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_changed_value_is_news, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(only_what_was_given_can_be_refused,
                                        setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
