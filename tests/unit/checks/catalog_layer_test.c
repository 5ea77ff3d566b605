#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "checks/catalog_layer.c"
#include "conf_case.h"

static const struct conf_case cases[] = {
    {"every = \"5s\";", "does not say what to watch"},
    {"http = \"https://h/\"; tls = \"h\";", "has `http` already"},
    {"get = \"https://h/\"; method = \"PUT\";", "names the method already"},
    {"put = \"https://h/\";", NULL},
    {"options = \"https://h/\";", NULL},
    {"http = \"https://h/\"; cert = \"/etc/hostname\"; cert_pem = "
     "\"" CONF_CASE_CERT "\"; key = \"${secret.s}\";",
     "say the same"},
    {"dns = \"h\"; get = \"https://h/\";", "has `dns` already"},
    {"http = \"https://h/\"; name-of-nothing = 1;", "unknown setting"},
};

static void
a_layer_as_it_is_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        conf_case_run(&cases[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_layer_as_it_is_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
