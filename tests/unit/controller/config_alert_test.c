#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "base/buf.h"
#include "base/diag.h"
#include "controller/config_alert.c"

/* A configuration, and what is said about it; NULL: nothing. */
static const char *const cases[][2] = {
    {"alerts = { a = { on = \"unknown for 3m\"; }; };", NULL},
    {"alerts = { a = { on = \"unknown for ever\"; }; };", "nothing to alert"},
    {"alerts = { a = { on = \"downfor 3m\"; }; };", "nothing to alert"},
    {"alerts = { a = { }; };", "does not say on what"},
    {"alerts = { a = { on = \"down\"; slos = [ \"*\" ]; }; };",
     "`slos` is not in this version"},
    {"status = { s = { components = { c = { }; }; }; };", "has no checks"},
    {"status = { s = { components = { c = { checks = \"*\"; }; }; }; };", NULL},
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
