/* A result is a value: copies stand alone, limits hold, names come back. */
#include "wire/result.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void
fresh_is_up_and_empty(void **state)
{
    struct result r;

    (void)state;
    memset(&r, 0x5a, sizeof(r));
    result_init(&r);
    assert_int_equal(r.status, STATUS_UP);
    assert_int_equal(r.reason, REASON_NONE);
    assert_null(r.message);
    assert_null(r.evidence);
    assert_int_equal(r.step_count, 0);
    assert_int_equal(r.fact_count, 0);
    for (int i = 0; i < PHASE_COUNT; i++)
        assert_int_equal(r.us[i], -1);
}

static void
a_copy_outlives_its_source(void **state)
{
    char check[] = "home";
    char message[] = "status == 200: got 503";
    char ip[] = "192.0.2.7";
    char step_name[] = "login";
    char evidence[] = "{\"a\":1}";
    struct result_fact facts[2] = {{FACT_STATUS, 200, NULL}, {FACT_IP, 0, ip}};
    struct result_step steps[2] = {
        {.name = step_name, .us = {1, 2}, .facts = facts, .fact_count = 2},
        {.name = NULL, .message = message, .facts = facts, .fact_count = 1}};
    struct result r;
    struct result *copy;

    (void)state;
    result_init(&r);
    r.check = check;
    r.message = message;
    r.evidence = evidence;
    r.steps = steps;
    r.step_count = 2;
    result_add_int(&r, FACT_STATUS, 503);
    result_add_text(&r, FACT_IP, ip);
    copy = result_copy(&r);
    assert_non_null(copy);
    memset(check, 'x', 4);
    memset(message, 'x', 4);
    memset(ip, 'x', 4);
    memset(step_name, 'x', 4);
    memset(evidence, 'x', 4);
    memset(steps, 0, sizeof(steps));
    memset(facts, 0, sizeof(facts));
    assert_string_equal(copy->check, "home");
    assert_string_equal(copy->message, "status == 200: got 503");
    assert_string_equal(copy->evidence, "{\"a\":1}");
    assert_string_equal(copy->steps[0].name, "login");
    assert_int_equal(copy->steps[0].us[1], 2);
    assert_null(copy->steps[1].name);
    assert_int_equal(copy->steps[0].facts[0].num, 200);
    assert_string_equal(copy->steps[0].facts[1].text, "192.0.2.7");
    assert_int_equal(copy->steps[1].facts[0].num, 200);
    assert_string_equal(copy->steps[1].message, "status == 200: got 503");
    assert_int_equal(copy->facts[0].num, 503);
    assert_ptr_equal(result_find(copy, FACT_IP), &copy->facts[1]);
    assert_string_equal(copy->facts[1].text, "192.0.2.7");
    assert_null(result_find(copy, FACT_BANNER));
    result_free(copy);
}

static void
facts_over_the_limit_are_dropped(void **state)
{
    struct result r;

    (void)state;
    result_init(&r);
    for (int i = 0; i < RESULT_FACTS_MAX + 5; i++)
        result_add_int(&r, FACT_SIZE, i);
    result_add_text(&r, FACT_IP, "192.0.2.7");
    assert_int_equal(r.fact_count, RESULT_FACTS_MAX);
    assert_int_equal(r.facts[RESULT_FACTS_MAX - 1].num, RESULT_FACTS_MAX - 1);
    assert_null(result_find(&r, FACT_IP));
}

static void
names(void **state)
{
    static const char *const expected[] = {"up", "degraded", "down", "error"};
    enum status status;

    (void)state;
    for (int i = 0; i < 4; i++) {
        assert_string_equal(result_status_name((enum status)i), expected[i]);
        assert_int_equal(result_status_parse(expected[i], &status), 0);
        assert_int_equal(status, i);
    }
    assert_int_equal(result_status_parse("Up", &status), -1);
    assert_string_equal(result_status_name((enum status)77), "unknown");
    assert_string_equal(result_phase_name(PHASE_DNS), "dns");
    assert_string_equal(result_phase_name(PHASE_TOTAL), "total");
    assert_string_equal(result_fact_name(FACT_CERT_NOT_AFTER),
                        "cert_not_after");
    assert_true(result_fact_is_text(FACT_IP));
    assert_false(result_fact_is_text(FACT_STATUS));
    assert_string_equal(result_fact_name((enum fact)9999), "unknown");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fresh_is_up_and_empty),
        cmocka_unit_test(a_copy_outlives_its_source),
        cmocka_unit_test(facts_over_the_limit_are_dropped),
        cmocka_unit_test(names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
