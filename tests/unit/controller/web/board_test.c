#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "controller/web/board.c"
#include "tests/lib/fake_decider.h"

static struct board *
board_of(struct decider *d, struct made_config *m)
{
    struct view view = {.config = &m->config,
                        .decider = d,
                        .now = {MADE_NOW_MS},
                        .started = {MADE_NOW_MS - 90000}};

    return board_create(&view, 0);
}

static void
components_are_as_their_checks(void **state)
{
    struct decider *d = made_decider();
    struct made_config m;
    struct board *b;

    (void)state;
    made_config(&m);
    b = board_of(d, &m);
    assert_int_equal(b->component_count, 3);
    assert_int_equal(b->components[0].verdict, VERDICT_UP);
    assert_int_equal(b->components[1].verdict, VERDICT_PARTIAL); /* 1 of 2 */
    assert_int_equal(b->components[2].verdict, VERDICT_UNKNOWN);
    assert_int_equal(b->verdict, VERDICT_PARTIAL);
    assert_string_equal(b->sentence, "Checkout <b> fails in part");
    /* incidents of checks on no page (cert) are nobody's business */
    assert_int_equal(b->incident_count, 2);
    assert_string_equal(b->incidents[0].name, "Checkout <b>: partial outage");
    assert_true(board_is_open(&b->incidents[0]));
    assert_false(board_is_open(&b->incidents[1]));
    board_free(b);
    made_free(d);
}

static struct decider_incident
an_incident(const char *check, int64_t began_s_ago, int64_t ended_s_ago)
{
    return (struct decider_incident){
        .id = id_of(check, NULL),
        .check = check,
        .began = {MADE_NOW_MS - began_s_ago * 1000 - 500},
        .opened = {MADE_NOW_MS - began_s_ago * 1000},
        .resolved = {ended_s_ago == 0 ? 0 : MADE_NOW_MS - ended_s_ago * 1000},
        .verdict = "down",
        .json = "{}",
    };
}

/* home, login and pay fail within seconds: the shop has one outage. */
static void
one_event_is_told_once_a_component(void **state)
{
    struct decider *d = made_decider();
    struct made_config m;
    struct board *b;
    char first[BOARD_ID_MAX];
    char hex[ID_TEXT_MAX];

    (void)state;
    made_config(&m);
    d->incident[0] = an_incident("pay", 100, 10);
    d->incident[1] = an_incident("home", 101, 15);
    d->incident[2] = an_incident("login", 102, 20);
    d->incident[0].began.ms -= 5000; /* its rule waited longer */
    b = board_of(d, &m);
    assert_int_equal(b->incident_count, 2); /* of two components */
    board_free(b);
    m.component[0].checks = m.glob[1];
    m.component[0].check_count = 2;
    m.glob[1][0][0] = '*'; /* every check is of both */
    m.glob[1][0][1] = '\0';
    b = board_of(d, &m);
    assert_int_equal(b->incident_count, 1);
    assert_true(b->incidents[0].concerns[0] && b->incidents[0].concerns[1]);
    assert_int_equal(b->incidents[0].of.opened.ms, MADE_NOW_MS - 102000);
    assert_int_equal(b->incidents[0].of.began.ms, MADE_NOW_MS - 105500);
    assert_int_equal(b->incidents[0].of.resolved.ms, MADE_NOW_MS - 10000);
    board_id(first, "incident", id_format(hex, &d->incident[2].id));
    assert_string_equal(b->incidents[0].id, first);
    assert_string_equal(b->incidents[0].name, "Shop front: partial outage");
    board_free(b);
    d->incident[1].resolved.ms = 0; /* one still goes on */
    d->incident[0].acknowledged.ms = MADE_NOW_MS;
    b = board_of(d, &m);
    assert_int_equal(b->incident_count, 1);
    assert_true(board_is_open(&b->incidents[0]));
    assert_int_equal(b->incidents[0].of.acknowledged.ms, MADE_NOW_MS);
    board_free(b);
    made_free(d);
}

static void
events_apart_in_time_stay_apart(void **state)
{
    struct decider *d = made_decider();
    struct made_config m;
    struct board *b;

    (void)state;
    made_config(&m);
    d->incident[0] = an_incident("pay", 50, 10);
    d->incident[1] = an_incident("login", 80, 70);
    d->incident_count = 2;
    b = board_of(d, &m);
    assert_int_equal(b->incident_count, 2);
    board_free(b);
    d->incident[2] = an_incident("login", 90, 60); /* ends before the newest */
    d->incident_count = 3;
    b = board_of(d, &m);
    assert_int_equal(b->incident_count, 2);
    board_free(b);
    d->incident[2] = an_incident("login", 90, 40); /* one with both */
    b = board_of(d, &m);
    assert_int_equal(b->incident_count, 1);
    assert_string_equal(b->incidents[0].name, "Checkout <b>: outage");
    board_free(b);
    made_free(d);
}

static void
without_a_page_every_check_is_a_component(void **state)
{
    struct decider *d = made_decider();
    struct made_config m;
    struct board *b;

    (void)state;
    made_config(&m);
    m.config.page_count = 0;
    b = board_of(d, &m);
    assert_int_equal(b->component_count, MADE_CHECKS);
    assert_string_equal(b->path, "/status");
    assert_int_equal(b->components[2].verdict, VERDICT_DOWN);
    board_free(b);
    made_free(d);
}

static void
silence_is_not_said_to_be_well(void **state)
{
    struct decider *d = made_decider();
    struct made_config m;
    struct board *b;

    (void)state;
    made_config(&m);
    for (size_t i = 0; i < MADE_CHECKS; i++)
        d->check[i].verdict = VERDICT_UNKNOWN;
    d->incident_count = 0;
    b = board_of(d, &m);
    assert_int_equal(b->verdict, VERDICT_UNKNOWN);
    assert_string_equal(b->sentence, "No fresh data: we cannot tell");
    board_free(b);
    d->incident_count = 1; /* open, though every check is up again */
    for (size_t i = 0; i < MADE_CHECKS; i++)
        d->check[i].verdict = VERDICT_UP;
    b = board_of(d, &m);
    assert_string_equal(b->sentence, "Recovering: everything answers again");
    board_free(b);
    made_free(d);
}

static void
uptime_is_of_days_with_data_and_rounds_down(void **state)
{
    struct decider_day none[2] = {{0}};
    struct decider_day days[3] = {{.up = 1000000}, {0}, {.down = 1}};
    struct decider_day part[1] = {{.up = 7, .partial = 10, .unknown = 5}};

    (void)state;
    assert_int_equal(board_uptime(none, 2), -1);
    assert_int_equal(board_uptime(days, 1), 10000);
    assert_int_equal(board_uptime(days, 3), 9999); /* never 100 % */
    assert_int_equal(board_uptime(part, 1), 8235); /* 1 - 0.3 * 10/17 */
}

static void
ids_are_statuspages_own_form(void **state)
{
    char a[BOARD_ID_MAX];
    char b[BOARD_ID_MAX];

    (void)state;
    board_id(a, "x", "one");
    board_id(b, "x", "two");
    assert_int_equal(strspn(a, "0123456789abcdefghijklmnopqrstuvwxyz"), 12);
    assert_int_equal(strlen(a), 12);
    assert_string_not_equal(a, b);
    board_id(b, "x", "one");
    assert_string_equal(a, b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(components_are_as_their_checks),
        cmocka_unit_test(one_event_is_told_once_a_component),
        cmocka_unit_test(events_apart_in_time_stay_apart),
        cmocka_unit_test(without_a_page_every_check_is_a_component),
        cmocka_unit_test(silence_is_not_said_to_be_well),
        cmocka_unit_test(uptime_is_of_days_with_data_and_rounds_down),
        cmocka_unit_test(ids_are_statuspages_own_form),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
