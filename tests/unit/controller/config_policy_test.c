#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "controller/config_policy.c"
#include "tests/lib/config_case.h"

static const struct config_case cases[] = {
    {"channels = { t = { terminal = true; }; }; policies = { p = { page = { "
     "notify = \"channel:t\"; }; }; };",
     NULL},
    {"channels = { t = { terminal = true; }; }; policies = { p = { page = { a "
     "= { notify = \"channel:t\"; }; }; b = { notify = \"channel:t\"; }; }; };",
     "not both"},
    {"policies = { p = { a = 5; }; };", "a step is a group"},
    {"policies = { p = { page = { }; }; };", "`page` has no step"},
    {"channels = { t = { terminal = true; }; }; policies = { p = { a = { "
     "notify = \"channel:t\"; repeat = 2; }; b = { notify = \"channel:t\"; }; "
     "}; };",
     "only the last step"},
    {"channels = { m = { email = \"a@b\"; }; }; policies = { p = { a = { "
     "notify = \"channel:m\"; }; }; };",
     "there is no mail server"},
    {"people = { ana = { email = \"a@b\"; }; }; policies = { p = { a = { "
     "notify = \"person:anna\"; }; }; };",
     "did you mean `ana`?"},
};

static void
says_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        config_case_run(&cases[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
