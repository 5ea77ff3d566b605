#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "checks/compile_dns.c"
#include "conf_case.h"

static const struct conf_case cases[] = {
    {"dns = \"h\"; record = \"soa\";", NULL},
    {"dns = \"h\"; record = \"SRV\";", "not in this version"},
    {"dns = \"h\"; ask = [ \"192.0.2.1\", \"[::1]:54\", \"system\" ];", NULL},
    {"dns = \"h\"; ask = [ ];", "names no server"},
    {"dns = \"h\"; ask = [ \"ns1.example\" ];", "no server to ask"},
    {"dns = \"h\"; ask = \"https://dns.example/\";", "not in this version"},
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
