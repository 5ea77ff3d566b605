#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "base/buf.h"
#include "base/diag.h"
#include "controller/config_parts.c"

/* A configuration, and what is said about it; NULL: nothing. */
static const char *const cases[][2] = {
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
