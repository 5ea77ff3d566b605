#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "checks/compile_lock.c"
#include "conf_case.h"

static const struct conf_case cases[] = {
    {"http = \"https://h/\"; lock = true; every = \"40s\";", NULL},
    {"http = \"https://h/\"; lock = true; every = \"39s\";",
     "2 regions x (20s) is more than `every`, 39s"},
    {"http = \"https://h/\"; lock = true; every = \"20s\"; regions = [ \"fra\" "
     "];",
     NULL},
    {"journey = { a = { get = \"https://h/\"; }; }; lock = true; every = "
     "\"40s\";",
     NULL},
    {"journey = { a = { get = \"https://h/\"; }; }; lock = true; every = "
     "\"60s\"; cleanup = { b = { get = \"https://h/\"; }; };",
     "2 regions x (20s + 20s of cleanup)"},
    {"journey = { a = { get = \"https://h/\"; }; }; lock = true; every = "
     "\"60s\"; cleanup_timeout = \"10s\"; cleanup = { b = { get = "
     "\"https://h/\"; }; };",
     NULL},
    {"journey = { a = { get = \"https://h/\"; }; }; lock = true; every = "
     "\"59s\"; cleanup_timeout = \"10s\"; cleanup = { b = { get = "
     "\"https://h/\"; }; };",
     "every = \"1m\""},
    {"dns = \"h\"; lock = true;", "has no setting `lock`"},
};

static void
regions_one_after_another_fit_or_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        conf_case_run(&cases[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regions_one_after_another_fit_or_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
