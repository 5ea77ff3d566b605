#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "controller/config_alert.c"
#include "tests/lib/config_case.h"

static const struct config_case cases[] = {
    {"alerts = { a = { on = \"unknown for 3m\"; }; };", NULL},
    {"alerts = { a = { on = \"unknown for ever\"; }; };", "nothing to alert"},
    {"alerts = { a = { on = \"downfor 3m\"; }; };", "nothing to alert"},
    {"alerts = { a = { }; };", "does not say on what"},
    {"alerts = { a = { on = \"down\"; slos = [ \"*\" ]; }; };",
     "`slos` is not in this version"},
    {"status = { s = { components = { c = { }; }; }; };", "has no checks"},
    {"status = { s = { components = { c = { checks = \"*\"; }; }; }; };", NULL},
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
