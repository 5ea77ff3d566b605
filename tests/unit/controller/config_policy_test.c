#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "base/buf.h"
#include "base/diag.h"
#include "controller/config_policy.c"

/* A configuration, and what is said about it; NULL: nothing. */
static const char *const cases[][2] = {
    {"channels = { t = { terminal = true; }; }; policies = { p = { page = { "
     "notify = \"channel:t\"; }; }; };",
     NULL},
    {"channels = { t = { terminal = true; }; }; policies = { p = { page = { a "
     "= { notify = \"channel:t\"; }; }; b = { notify = \"channel:t\"; }; }; };",
     "not both"},
    {"policies = { p = { a = 5; }; };", "a step is a group"},
    {"policies = { p = { page = { }; }; };", "`page` has no step"},
    {"channels = { t = { terminal = true; }; }; policies = { p = { a = { "
     "notify = \"channel:t\"; repeat = 2; }; b = { notify = \"channel:t\"; }; "
     "}; };",
     "only the last step"},
    {"channels = { m = { email = \"a@b\"; }; }; policies = { p = { a = { "
     "notify = \"channel:m\"; }; }; };",
     "there is no mail server"},
    {"people = { ana = { email = \"a@b\"; }; }; policies = { p = { a = { "
     "notify = \"person:anna\"; }; }; };",
     "did you mean `ana`?"},
};

static void
says_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *text = str_xprintf("picket = 1;\n%s", cases[i][0]);
        struct diag *diag = diag_create();
        struct config *config = config_load_text("f", text, diag);
        struct buf out;

        buf_init(&out, 10000);
        diag_print(diag, &out, false);
        if ((config == NULL) != (cases[i][1] != NULL) ||
            (cases[i][1] && !strstr(buf_text(&out), cases[i][1])))
            fail_msg("%s\n%s", text, buf_text(&out));
        config_free(config);
        buf_free(&out);
        diag_free(diag);
        free(text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
