#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "checks/compile_kind.c"
#include "conf_case.h"

static const struct conf_case cases[] = {
    {"http = \"https://h/\"; method = \"PATCH\";", NULL},
    {"dns = \"h\"; record = \"soa\";", NULL},
    {"tls = \"h\";", NULL},
    {"tcp = \"h:1\";", NULL},
    {"tcp = \"h:1\"; record = \"A\";", "a tcp check has no setting `record`"},
};

static void
each_kind_has_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        conf_case_run(&cases[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_has_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
