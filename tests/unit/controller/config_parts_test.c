#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "controller/config_parts.c"
#include "tests/lib/config_case.h"

static const struct config_case cases[] = {
    {"regions = { a = { country = \"DE\"; }; };", NULL},
    {"regions = { a = { country = \"DEU\"; }; };", "longer than 2 bytes"},
    {"secrets = { a = { command = [ ]; }; };", "`command` of `a` is empty"},
    {"secrets = { a = { file = \"/x\"; at = \"controller\"; }; };", NULL},
    {"secrets = { a = { file = \"/x\"; at = \"moon\"; }; };", "not"},
    {"people = { a = { email = \"a b@c\"; }; };", "no mail address"},
    {"people = { a = { sms = \"+34\"; }; };", "`sms` is not in this version"},
    {"channels = { a = { terminal = true; email = \"a@b\"; }; };",
     "more than one kind"},
    {"channels = { a = { terminal = true; secret = \"${secret.x}\"; }; }; "
     "secrets = { x = { env = \"X\"; }; };",
     "only a webhook takes"},
    {"channels = { a = { webhook = \"${secret.x}\"; }; }; secrets = { x = { "
     "env = \"X\"; }; };",
     NULL},
    {"channels = { a = { webhook = \"https://h/${x}\"; }; };",
     "only secrets can be referred to"},
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
