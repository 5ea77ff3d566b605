#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "checks/compile_expect.c"
#include "tests/lib/conf_case.h"

static const struct conf_case cases[] = {
    {"http = \"https://h/\"; expect = [ \"status == 200\" ];", NULL},
    {"http = \"https://h/\"; expect = [ \"status = 200\" ];", "f:9:58: "},
    {"http = \"https://h/\"; degraded_when = \"tme > 1s\";",
     "did you mean `time`?"},
    {"http = \"https://h/${secret.x}\";", "there is no secret `x`"},
    {"journey = { a = { get = \"https://h/\"; expect = \"status == 200\"; }; "
     "};",
     NULL},
    {"journey = { a = { get = \"https://h/\"; expect = \"rtt < 1s\"; }; };",
     "an http check has no `rtt`"},
    {"journey = { a = { get = \"https://h/\"; }; }; expect = \"time < 1s\";",
     NULL},
    {"journey = { a = { get = \"https://h/\"; }; }; expect = \"size < 1\";",
     "is asked for its `time` alone, not for its `size`"},
    {"tcp = \"h:1\"; expect = [ \"rtt < 5ms\" ];",
     "a tcp check has no `rtt`; it is asked of icmp checks"},
    {"tcp = \"h:1\"; expect = [ \"body contains 'x'\" ];",
     "a tcp check has no `body`"},
};

static void
settings_meet_each_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        conf_case_run(&cases[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_meet_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
