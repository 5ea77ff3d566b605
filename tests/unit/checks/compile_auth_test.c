#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "checks/compile_auth.c"
#include "conf_case.h"

static const struct conf_case cases[] = {
    {"http = \"https://h/\"; auth = { basic = \"u\"; password = "
     "\"${secret.s}\"; };",
     NULL},
    {"http = \"https://h/\"; auth = { password = \"x${secret.s}\"; digest = "
     "\"u\"; };",
     NULL},
    {"http = \"https://h/\"; auth = { bearer = \"${secret.s}\"; };", NULL},
    {"http = \"https://h/\"; auth = { oauth2 = \"https://id/t\"; client = "
     "\"c\"; secret = \"${secret.s}\"; scope = \"a b\"; audience = \"x\"; "
     "in_body = true; };",
     NULL},
    {"http = \"https://h/\"; auth = { basic = \"u:v\"; password = "
     "\"${secret.s}\"; };",
     "has no colon in its name"},
    {"http = \"https://h/\"; auth = { digest = \"u:v\"; password = "
     "\"${secret.s}\"; };",
     NULL},
    {"http = \"https://h/\"; auth = { basic = \"u\"; password = \"hunter2\"; "
     "};",
     "a password is never written here"},
    {"http = \"https://h/\"; auth = { bearer = \"abc\"; };",
     "a token is never written here"},
    {"http = \"https://h/\"; auth = { basic = \"u\"; password = "
     "\"${secret.s}\"; bearer = \"${secret.s}\"; };",
     "and this is `basic` already"},
    {"http = \"https://h/\"; auth = { password = \"${secret.s}\"; };",
     "does not say how"},
    {"http = \"https://h/\"; auth = { };", "does not say how"},
    {"http = \"https://h/\"; auth = { basic = \"u\"; };",
     "`basic` needs `password`"},
    {"http = \"https://h/\"; auth = { oauth2 = \"https://id/t\"; secret = "
     "\"${secret.s}\"; };",
     "`oauth2` needs `client`"},
    {"http = \"https://h/\"; auth = { oauth2 = \"id\"; client = \"c\"; secret "
     "= \"${secret.s}\"; };",
     "begins with http"},
    {"http = \"https://h/\"; auth = { oauth2 = \"https://other/t\"; client = "
     "\"c\"; secret = \"${secret.s}\"; };",
     "is not for https://other"},
    {"http = \"https://h/\"; auth = { bearer = \"${secret.s}\"; scope = \"a\"; "
     "};",
     "`scope` does not go with `bearer`"},
    {"http = \"https://h/\"; auth = { bearer = \"${secret.s}\"; in_body = "
     "true; };",
     "`in_body` does not go with"},
    {"http = \"https://h/\"; auth = { bearer = \"${secret.s}\"; }; headers = { "
     "authorization = \"x ${secret.s}\"; };",
     "header `authorization` already"},
    {"http = \"https://h/\"; auth = { token = \"x\"; };",
     "unknown setting `token` in `auth`"},
    {"http = \"https://h/\"; auth = \"x\";", "takes a group"},
    {"journey = { a = { get = \"https://h/\"; }; }; auth = { bearer = "
     "\"${secret.s}\"; };",
     NULL},
    {"journey = { a = { get = \"https://i/\"; }; }; auth = { bearer = "
     "\"${secret.s}\"; };",
     "is not for https://i"},
};

static void
one_way_with_what_belongs_to_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        conf_case_run(&cases[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_way_with_what_belongs_to_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
