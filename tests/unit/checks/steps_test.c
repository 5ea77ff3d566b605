/* Steps outlive what they were made of, in the order of their places. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/steps.c"

#include "base/loop.h"

static void
in_any_order(void **state)
{
    struct loop *loop = loop_create();
    struct steps *steps = steps_create();
    struct result result;
    char name[] = "second";
    struct look look;

    (void)state;
    result_init(&result);
    steps_give(steps, &result);
    assert_int_equal(result.step_count, 0);
    assert_null(result.steps);
    look_init(&look, loop);
    look.seen.status = 503;
    (void)str_copy(look.seen.ip, sizeof(look.seen.ip), "192.0.2.7");
    look_fault(&look, REASON_EXPECT_STATUS, "got %d", 503);
    steps_put(steps, 1, name, &look, NULL);
    look_free(&look);
    memset(name, 'x', 3);
    look_init(&look, loop);
    steps_put(steps, 0, "first", &look, NULL);
    memset(&look, 0, sizeof(look));
    steps_give(steps, &result);
    assert_int_equal(result.step_count, 2);
    assert_string_equal(result.steps[0].name, "first");
    assert_int_equal(result.steps[0].fact_count, 0);
    assert_null(result.steps[0].message);
    assert_string_equal(result.steps[1].name, "second");
    assert_int_equal(result.steps[1].status, STATUS_DOWN);
    assert_string_equal(result.steps[1].message, "got 503");
    assert_int_equal(result.steps[1].facts[0].fact, FACT_STATUS);
    assert_int_equal(result.steps[1].facts[0].num, 503);
    assert_string_equal(result.steps[1].facts[1].text, "192.0.2.7");
    assert_ptr_equal(steps_get(steps, 1), &result.steps[1]);
    steps_free(steps);
    steps_free(NULL);
    loop_free(loop);
}

static void
no_secret_is_kept(void **state)
{
    struct loop *loop = loop_create();
    struct steps *steps = steps_create();
    struct mask *mask = mask_create();
    struct seen_hop hop = {0};
    char url[] = "https://a.example/?k=s3cr3t";
    struct look look;

    (void)state;
    mask_add(mask, "s3cr3t", 6);
    look_init(&look, loop);
    look_fault(&look, REASON_EXPECT_BODY, "got s3cr3t");
    hop.url = url;
    look.seen.hop = &hop;
    look.seen.hop_count = 1;
    look.seen.redirects = 1;
    steps_put(steps, 0, "one", &look, mask);
    assert_string_equal(steps_get(steps, 0)->message, "got <secret>");
    for (size_t i = 0; i < steps_get(steps, 0)->fact_count; i++)
        if (steps_get(steps, 0)->facts[i].fact == FACT_FINAL_URL)
            assert_string_equal(steps_get(steps, 0)->facts[i].text,
                                "https://a.example/?k=<secret>");
    look_free(&look);
    mask_free(mask);
    steps_free(steps);
    loop_free(loop);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_any_order),
        cmocka_unit_test(no_secret_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
