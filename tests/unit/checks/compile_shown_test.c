#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "checks/compile_shown.c"
#include "conf_case.h"

static const struct conf_case cases[] = {
    {"http = \"https://h/\"; links = { a = "
     "\"https://x/${run.id}?${check}&${region}\"; b = \"http://y\"; };",
     NULL},
    {"http = \"https://h/\"; links = { a = \"https://x/${run}\"; };",
     "a link knows no `run`"},
    {"http = \"https://h/\"; links = { a = \"https://x/${chek}\"; };",
     "did you mean `check`?"},
    {"http = \"https://h/\"; links = { a = \"https://x/${run.id\"; };",
     "has no `}`"},
    {"http = \"https://h/\"; links = { a = \"x.example\"; };", "`a` is a link"},
    {"http = \"https://h/\"; evidence = \"none\";", NULL},
    {"http = \"https://h/\"; evidence = \"head\";", NULL},
    {"http = \"https://h/\"; evidence = \"all\";",
     "is \"none\", \"head\" or \"body\""},
    {"http = \"https://h/\"; public = [ \"set-cookie\", \"csrf\" ];", NULL},
    {"dns = \"h\"; public = [ \"x\" ];", "has no setting `public`"},
    {"dns = \"h\"; evidence = \"none\"; links = { a = \"https://x/\"; };",
     NULL},
};

static void
links_evidence_and_public_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        conf_case_run(&cases[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_evidence_and_public_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
