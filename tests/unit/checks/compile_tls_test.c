#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "checks/compile_tls.c"
#include "conf_case.h"

static const struct conf_case cases[] = {
    {"tls = \"h\";", NULL},
    {"tls = \"h:0\";", "a port is a number"},
    {"tcp = \"h\";", "the port is missing"},
    {"tcp = \"h:1\"; sni = \"x\";", "a tcp check has no setting `sni`"},
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
