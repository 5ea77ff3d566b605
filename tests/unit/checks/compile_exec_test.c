#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "checks/compile_exec.c"
#include "conf_case.h"

static const struct conf_case cases[] = {
    {"exec = [ \"check_load\", \"-w\", \"4\" ];", NULL},
    {"exec = \"check_load\";", NULL},
    {"exec = [ \"/usr/lib/nagios/plugins/check_load\" ];"
     " env = { LANG = \"C\"; X_1 = \"a b\"; };"
     " expect = [ \"perf load1 < 4\" ];",
     NULL},
    {"exec = [ ];", "`exec` names no program"},
    {"exec = [ \"\" ];", "the program is missing"},
    {"exec = \"check_load -w 4\";", "one word each: no shell"},
    {"exec = [ \"plugins/check_load\" ];", "a path from nowhere"},
    {"exec = [ \"check_x\", \"${secret.x}\" ];",
     "a secret has no place in the words of a program"},
    {"exec = \"x\"; env = { A-B = \"1\"; };", "no name of an environment"},
    {"exec = \"x\"; env = { PATH = \"/tmp\"; };", "set by Picket itself"},
    {"exec = \"x\"; env = { LD_PRELOAD = \"/tmp/x.so\"; };",
     "set by Picket itself"},
    {"exec = \"x\"; env = { A = \"${secret.x}\"; };", "there is no secret"},
    {"exec = \"x\"; method = \"GET\";", "an exec check has no setting"},
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
