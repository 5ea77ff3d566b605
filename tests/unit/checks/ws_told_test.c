#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "checks/ws_told.c"

#include "base/str.h"
#include "checks/expect.h"
#include "tests/lib/check_bed.h"

static bool
holds(struct check_bed *bed, struct ws_run *run, const char *text)
{
    struct look look;
    bool does;

    look_init(&look, bed->loop);
    look.more = &ws_told;
    look.more_of = run;
    check_bed_drop(&bed->spec.expect);
    check_bed_expect(bed, text);
    does = expect_holds(&look, &bed->spec.expect);
    look_free(&look);
    return does;
}

static void
what_was_heard(void **state)
{
    struct ws_run *run = str_xcalloc(1, sizeof *run);
    struct check_bed bed;
    struct result result;
    struct look look;

    (void)state;
    check_bed_open(&bed, SPEC_WS, NULL);
    run->close_code = -1;
    buf_init(&run->heard, 100);
    assert_false(holds(&bed, run, "messages == 0")); /* not yet upgraded */
    run->state = WS_TALKING;
    assert_true(holds(&bed, run, "messages == 0"));
    assert_false(holds(&bed, run, "message exists"));
    assert_false(holds(&bed, run, "close exists"));
    buf_add_str(&run->heard, "onetwo");
    run->message[0] = (struct ws_message){0, 3};
    run->message[1] = (struct ws_message){3, 3};
    run->count = 2;
    assert_true(holds(&bed, run, "message == 'one' and message == 'two'"));
    assert_false(holds(&bed, run, "message contains 'net'")); /* oneTwo */
    assert_true(holds(&bed, run, "messages == 2"));
    run->close_code = 1001;
    assert_true(holds(&bed, run, "close == 1001"));
    assert_false(holds(&bed, run, "subprotocol exists"));
    str_copy(run->subprotocol, sizeof run->subprotocol, "chat");
    assert_true(holds(&bed, run, "subprotocol == 'chat'"));

    result_init(&result);
    look_init(&look, bed.loop);
    look.more_of = run;
    run->seen.status = 101;
    ws_told.add_facts(&look, &result);
    assert_int_equal(result_find(&result, FACT_STATUS)->num, 101);
    assert_int_equal(result_find(&result, FACT_MESSAGES)->num, 2);
    assert_int_equal(result_find(&result, FACT_CLOSE_CODE)->num, 1001);
    assert_string_equal(result_find(&result, FACT_SUBPROTOCOL)->text, "chat");
    look_free(&look);
    buf_free(&run->heard);
    free(run);
    check_bed_close(&bed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_heard),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
