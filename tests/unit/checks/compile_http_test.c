#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "checks/compile_http.c"
#include "conf_case.h"

static const struct conf_case cases[] = {
    {"http = \"https://h/\"; method = \"PATCH\";", NULL},
    {"http = \"https://h/\"; method = \"PURGE\";", NULL},
    {"http = \"https://h/\"; method = \"M-SEARCH\";", NULL},
    {"http = \"https://h/\"; method = \"x\";", NULL},
    {"http = \"https://h/\"; method = \"get\";", "`get` is no method"},
    {"http = \"https://h/\"; method = \"PSOT\";", "did you mean `POST`?"},
    {"http = \"https://h/\"; method = \"A B\";", "`A B` is no method: letters"},
    {"http = \"https://h/\"; method = \"\";", "no method"},
    {"http = \"https://h/\"; method = \"CONNECT\";", "asks a proxy"},
    {"http = \"https://h/\"; headers = { X = \"a\\nb\"; };", "on one line"},
    {"http = \"https://h/\"; headers = { Content-Length = \"1\"; };",
     "set by Picket itself"},
    {"http = \"https://h/\"; redirects = 21;", "from 0 to 20"},
    {"http = \"https://h/\"; body_file = \"/nonexistent\";", "cannot read"},
    {"http = \"https://h/\"; body_file = \"/dev/zero\";", "cannot read"},
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
