/* outcome.c: what is said of this probe, and that the rest is kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/outcome.c"

#include <string.h>

static struct result *
slow(const char *message)
{
    struct result result;

    result_init(&result);
    result.check = "home";
    result.status = STATUS_DOWN;
    result.reason = REASON_EXPECT_TIME;
    result.message = message;
    result.us[PHASE_TOTAL] = 1200000;
    result.lag_us = 300;
    return result_copy(&result);
}

static void
a_late_loop_has_measured_itself(void **state)
{
    struct result *r = outcome_lag(slow("time < 800ms: 1.2s"), 500000, 500000);

    (void)state;
    assert_int_equal(r->status, STATUS_DOWN); /* at its limit */
    assert_int_equal(r->lag_us, 500000);
    r = outcome_lag(r, 501999, 500000);
    assert_int_equal(r->status, STATUS_ERROR);
    assert_int_equal(r->reason, REASON_LOCAL_OVERLOAD);
    assert_int_equal(r->lag_us, 501999);
    assert_int_equal(r->us[PHASE_TOTAL], 1200000);
    assert_string_equal(r->message,
                        "this probe was 501 ms behind, over its limit of 500 "
                        "ms: nothing was measured; give it fewer checks or "
                        "more CPU (it saw: time < 800ms: 1.2s)");
    result_free(r);
    r = outcome_lag(slow(NULL), 600000, 500000);
    assert_null(strstr(r->message, "it saw"));
    result_free(r);
}

/* ---- with steps: what lateness cannot have made stands ---- */

static void
a_journey_stands_when_it_was_not_lateness(void **state)
{
    static const struct {
        enum status status;
        enum reason reason;
        bool stands;
    } rows[] = {
        {STATUS_UP, REASON_NONE, true},
        {STATUS_DOWN, REASON_EXPECT_STATUS, true},
        {STATUS_DOWN, REASON_SAVE_MISSING, true},
        {STATUS_DOWN, REASON_CONNECT_REFUSED, true},
        {STATUS_ERROR, REASON_LOCAL_SECRET, true},
        {STATUS_DEGRADED, REASON_EXPECT_TIME, false},
        {STATUS_DOWN, REASON_EXPECT_TIME, false},
        {STATUS_DOWN, REASON_HTTP_TIMEOUT, false},
        {STATUS_DOWN, REASON_DNS_TIMEOUT, false},
        {STATUS_DOWN, REASON_HTTP_CLOSED, false},
        {STATUS_DOWN, REASON_HTTP_RESET, false},
    };
    const struct result_step step = {.name = "pay"};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct result result;
        struct result *r;

        result_init(&result);
        result.check = "buy";
        result.status = rows[i].status;
        result.reason = rows[i].reason;
        result.steps = &step;
        result.step_count = 1;
        result.lag_us = 501999;
        r = outcome_lag(result_copy(&result), 0, 500000);
        assert_int_equal(r->status,
                         rows[i].stands ? rows[i].status : STATUS_ERROR);
        assert_int_equal(r->reason, rows[i].stands ? rows[i].reason
                                                   : REASON_LOCAL_OVERLOAD);
        assert_int_equal(r->lag_us, 501999);
        result_free(r);
    }
}

static void
a_run_that_did_not_begin(void **state)
{
    const struct message_assigned as = {.check = "home", .version = 7};
    const struct check_run run = {.slot = {1000}, .asked = {{9}}};
    struct result *r = outcome_refused(&as, &run, (wall_t){2000},
                                       REASON_LOCAL_CONFIG, "it is wrong");

    (void)state;
    assert_string_equal(r->check, "home");
    assert_int_equal(r->version, 7);
    assert_int_equal(r->slot.ms, 1000);
    assert_int_equal(r->started.ms, 2000);
    assert_int_equal(r->asked.byte[0], 9);
    assert_false(id_is_zero(&r->run));
    assert_int_equal(r->status, STATUS_ERROR);
    assert_string_equal(r->message, "it is wrong");
    result_free(r);
}

static void
slack_is_what_the_window_leaves(void **state)
{
    struct spec spec = {.kind = SPEC_HTTP,
                        .every_ns = 90 * NS_PER_S,
                        .timeout_ns = 20 * NS_PER_S};

    (void)state;
    assert_int_equal(outcome_slack_ns(NULL, 3), -1);
    assert_int_equal(outcome_slack_ns(&spec, 3), -1);
    spec.lock = true;
    assert_int_equal(outcome_slack_ns(&spec, 3), 10 * NS_PER_S);
    spec.kind = SPEC_JOURNEY;
    spec.of.journey.cleanup_timeout_ns = 10 * NS_PER_S;
    assert_int_equal(outcome_slack_ns(&spec, 3), 0);
    assert_int_equal(outcome_slack_ns(&spec, 4), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_late_loop_has_measured_itself),
        cmocka_unit_test(a_journey_stands_when_it_was_not_lateness),
        cmocka_unit_test(a_run_that_did_not_begin),
        cmocka_unit_test(slack_is_what_the_window_leaves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
